"""The rungs of a verifier's ladder: problems become a stage with its partial credit."""

from collections.abc import Sequence
from dataclasses import replace

from rewardsvc.reward import lint_credit, partial_credit
from rewardsvc.types import Component, Diagnostic, Stage, StageStatus

OVERRUN = "overrun"
"""The code of a diagnostic that says that a tool reached a limit on the answer."""

MAX_DIAGNOSTICS = 50
"""Kept of one stage; all of them count for its score."""

MAX_MESSAGE_CHARACTERS = 400
"""Schema validators repeat whole values in their messages."""


def gate(
    name: str, diagnostics: Sequence[Diagnostic], seconds: float, component: Component
) -> Stage:
    """A stage that passes when there is no error; warnings and infos are only reported."""
    errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
    return _stage(name, component, partial_credit(errors), diagnostics, seconds)


def syntax(
    name: str, diagnostics: Sequence[Diagnostic], seconds: float, *, after: int = 0
) -> Stage:
    """A gate of component syntax.

    ``after``: the errors of the gates before it, where those account for some that would be its own
    (:mod:`rewardsvc.verification.once`). Then the gates together are worth what all their errors
    are in one, and a mistake that takes one from here to there gains nothing.
    """
    stage = gate(name, diagnostics, seconds, Component.SYNTAX)
    if not after or stage.score == 1.0:
        return stage
    errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
    return replace(stage, score=partial_credit(after + errors) / partial_credit(after))


def lint(name: str, diagnostics: Sequence[Diagnostic], seconds: float) -> Stage:
    """A stage of component format: errors count in full, warnings by half, infos not at all.

    A linter that reached a limit saw nothing: to be too much for it is worth no more than to have
    all of its findings.
    """
    errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
    warnings = sum(diagnostic.severity == "warning" for diagnostic in diagnostics)
    overrun = any(diagnostic.code == OVERRUN for diagnostic in diagnostics)
    credit = 0.0 if overrun else lint_credit(errors, warnings)
    return _stage(name, Component.FORMAT, credit, diagnostics, seconds)


def skipped(name: str, component: Component, why: str) -> Stage:
    """A stage whose turn did not come; it does not count."""
    note = Diagnostic("info", why, "skipped")
    return Stage(name, component, StageStatus.SKIPPED, 0.0, diagnostics=(note,))


def shortened(message: str) -> str:
    """A message on one line and of bounded length."""
    line = " ".join(message.split())
    if len(line) <= MAX_MESSAGE_CHARACTERS:
        return line
    half = MAX_MESSAGE_CHARACTERS // 2
    return f"{line[:half]} … {line[-half:]}"


def _stage(
    name: str,
    component: Component,
    score: float,
    diagnostics: Sequence[Diagnostic],
    seconds: float,
) -> Stage:
    status = StageStatus.PASSED if score == 1.0 else StageStatus.FAILED
    kept = tuple(diagnostics[:MAX_DIAGNOSTICS])
    return Stage(name, component, status, score, seconds, kept)
