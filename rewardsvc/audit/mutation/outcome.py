"""What became of one mutant, from its verdict. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rewardsvc.types import Component, FailureKind, StageStatus, Status, Verdict

_CODE = re.compile(r"checks\[(\d+)\]")
_OF_FIXTURE = re.compile(r"fixtures\[\d+\]\.checks\[\d+\]")


class Fate(StrEnum):
    """Who noticed a mutant."""

    TOOLS = "caught by tools"
    """A stage before the checks did not pass: the answer is not valid, plans nothing …"""
    CHECKS = "caught by checks"
    SURVIVED = "survived"
    """Full syntax, and every check holds."""
    UNSCORED = "unscored"
    """A fault of ours: nothing is known about it."""


@dataclass(frozen=True, slots=True)
class MutantOutcome:
    """``checks``: the indices of those that do not hold, of a mutant that the tools accept; none
    where a fixture's checks noticed."""

    fate: Fate
    checks: tuple[int, ...] = ()
    reason: str = ""
    fault: FailureKind | None = None
    """With the reason, of an UNSCORED verdict."""


def outcome_of(verdict: Verdict) -> MutantOutcome:
    """Read a verdict on a mutant.

    Only where the tools accept it do the checks count as having noticed: what no tool accepts is
    not shown to checks, so that each of them "fails" then.
    """
    if verdict.status is Status.UNSCORED or verdict.components is None:
        fault = verdict.failure_kind or FailureKind.INTERNAL
        reason = f"{fault.value}: {verdict.failure_reason}"
        return MutantOutcome(Fate.UNSCORED, reason=reason, fault=fault)
    gates = [
        stage
        for stage in verdict.stages
        if stage.component is not Component.FORMAT and stage.name != "checks"
    ]
    refused = any(stage.status is StageStatus.FAILED for stage in gates)
    failed = failed_checks(verdict)
    noticed = bool(failed) or _noticed_on_fixture(verdict)
    if refused or (not noticed and verdict.components.syntax < 1.0):
        return MutantOutcome(Fate.TOOLS)
    if noticed:
        return MutantOutcome(Fate.CHECKS, failed)
    return MutantOutcome(Fate.SURVIVED if verdict.components.correctness == 1.0 else Fate.TOOLS)


def failed_checks(verdict: Verdict) -> tuple[int, ...]:
    """The indices of the checks that do not hold, where the checks had their turn."""
    return tuple(
        int(match[1])
        for stage in verdict.stages
        if stage.name == "checks"
        for diagnostic in stage.diagnostics
        if (match := _CODE.fullmatch(diagnostic.code))
    )


def _noticed_on_fixture(verdict: Verdict) -> bool:
    return any(
        _OF_FIXTURE.fullmatch(diagnostic.code)
        for stage in verdict.stages
        if stage.name == "checks"
        for diagnostic in stage.diagnostics
    )


def holds(verdict: Verdict) -> bool:
    """Whether an answer is accepted in full: the tools take it, and every check holds."""
    return outcome_of(verdict).fate is Fate.SURVIVED


def only_catchers(outcomes: Sequence[MutantOutcome]) -> dict[int, int]:
    """From the index of a check to how many mutants no other check catches."""
    alone: dict[int, int] = {}
    for outcome in outcomes:
        if len(outcome.checks) == 1:
            (index,) = outcome.checks
            alone[index] = alone.get(index, 0) + 1
    return alone
