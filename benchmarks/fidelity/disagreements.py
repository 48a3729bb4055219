"""Where we say otherwise than a tool, and why: the rules that docs/reward.md documents. Pure."""

import re
from dataclasses import dataclass

from benchmarks.fidelity.reference_tools import STAGES, ToolAnswer
from benchmarks.fidelity.scored import ScoredFile


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One file of which a tool and the verdict do not say the same. ``reason``: "" where nobody
    has documented why."""

    scored: ScoredFile
    answer: ToolAnswer
    reason: str


@dataclass(frozen=True, slots=True)
class _Rule:
    """``said`` matches every error of the tool; ``ours`` what the verdict says instead."""

    tool: str
    said: str
    ours: str
    reason: str


_RULES = (
    _Rule(
        "hadolint",
        r"DL1000 unexpected '#' expecting a new line.*",
        r"",
        "hadolint 2.15 cannot read a comment on the line after a heredoc",
    ),
    _Rule(
        "actionlint",
        r"(?:runner-label: label .* is unknown|action: .*runtime .* is deprecated).*",
        r"",
        "labels beside self-hosted are free, and a deprecated runtime still runs",
    ),
    _Rule(
        "shellcheck",
        r"SC10\d\d .*",
        r"",
        "bash itself reads it; what shellcheck cannot parse costs format, not syntax",
    ),
    _Rule(
        "check-jsonschema",
        r"",
        r".*(?:twice|duplicate).*",
        "a key that occurs twice is an error everywhere",
    ),
)


def disagreement(scored: ScoredFile, answer: ToolAnswer) -> Disagreement | None:
    """Whether the stage in which the tool is heard says something else than the tool by hand.

    A file that was not brought before the tool (it does not parse, or there is nothing of substance
    in it) counts as refused: both must say so, or a rule must tell why not.
    """
    passed = scored.stage_passed(STAGES[scored.file.format])
    if scored.verdict.components is None:
        return Disagreement(scored, answer, "")
    ours = bool(passed) and scored.stage_passed("parse") is not False
    if ours == answer.accepts:
        return None
    if passed is None and answer.accepts and " skipped: " in scored.why:
        return Disagreement(scored, answer, f"not brought before the tool: {scored.why}")
    for rule in _RULES:
        same = rule.tool == answer.tool
        said = all(re.fullmatch(rule.said, each, re.DOTALL) for each in answer.said)
        if same and said and re.fullmatch(rule.ours, scored.why, re.DOTALL):
            return Disagreement(scored, answer, rule.reason)
    return Disagreement(scored, answer, "")
