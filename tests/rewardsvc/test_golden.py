"""The golden set: completions in tests/golden with the facts that their verdicts must show.

A case is a Markdown file: an HTML comment with its facts in YAML, then the completion as a model
would write it. Facts: ``why``; ``files``, ``checks``, ``input``, ``truth`` of the task; ``needs``
(a tool without which the case cannot be judged); ``syntax``, ``correctness`` and ``format`` as a
comparison ("= 1", "<= 0.5"); ``vacuous``, ``off_task``; ``artifact: none``; ``says``, a part of a
diagnostic.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from rewardsvc.artifact import Artifact
from rewardsvc.formats import FORMATS
from rewardsvc.pipeline import decide, prepare
from rewardsvc.reward import DEFAULT_WEIGHTS
from rewardsvc.types import Check, Components, FailureKind, ScoreRequest, Status, Task
from rewardsvc.verification.verifier import Findings, Verifier, Workbench
from rewardsvc.yaml12 import load_documents
from sandbox.toolchain import Source
from tests.needs import lacks

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
_FACTS = {
    "why", "files", "checks", "input", "needs", "syntax", "correctness", "format", "vacuous",
    "off_task", "artifact", "says", "truth",
}  # fmt: skip
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "=": lambda left, right: left == pytest.approx(right),
    "<=": operator.le,
    "<": operator.lt,
    ">": operator.gt,
}
_CHECKS = TypeAdapter(tuple[Check, ...])


@dataclass(frozen=True, slots=True)
class GoldenCase:
    """One file of the golden set."""

    name: str
    format: str
    good: bool
    task: Task
    completion: str
    facts: Mapping[str, Any]

    def disagreements(self, components: Components) -> Iterator[str]:
        """The components that are not what the facts say."""
        for name in ("syntax", "correctness", "format"):
            sign, _, number = str(self.facts.get(name, "<= 1")).partition(" ")
            value = getattr(components, name)
            if not _COMPARISONS[sign](value, float(number)):
                yield f"{name} is {value}, not {sign} {number}"


class _Watched:
    """A verifier whose findings are kept for a look."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self.findings: Findings | None = None
        self.format = verifier.format
        self.languages = verifier.languages
        self.default_path = verifier.default_path
        self.many = verifier.many
        self.companions = verifier.companions
        self.tools = verifier.tools
        self.targets = verifier.targets

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        self.findings = await self._verifier.verify(artifact, workbench)
        return self.findings


def read_case(path: Path) -> GoldenCase:
    """Read one case; a fact that is misspelt is an error, not a case that always passes."""
    head, separator, completion = path.read_text(encoding="utf-8").partition("\n-->\n")
    assert separator and head.startswith("<!--\n"), f"{path}: no facts"
    (document,) = load_documents(head.removeprefix("<!--\n"))
    facts = document.value
    assert set(facts) <= _FACTS and "why" in facts, f"{path}: {set(facts) - _FACTS}"
    kind = path.parent.name
    format_name = path.parent.parent.name
    assert kind in {"good", "bad"}
    task = Task(
        format=format_name,
        input=facts.get("input", ""),
        files=tuple(facts.get("files", ())),
        truth=facts.get("truth"),
        checks=_CHECKS.validate_python(facts.get("checks", ())),
    )
    name = f"{format_name}-{kind}-{path.stem}"
    return GoldenCase(name, format_name, kind == "good", task, completion, facts)


def golden_cases() -> list[GoldenCase]:
    """Every case, in the order of the folders."""
    return [read_case(path) for path in sorted(GOLDEN.glob("*/*/*.md"))]


CASES = golden_cases()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_the_verdict_is_the_one_that_the_case_names(
    case: GoldenCase, workbench: Workbench
) -> None:
    if case.format not in FORMATS:
        pytest.skip(f"no verifier knows {case.format}")
    needed = case.facts.get("needs")
    if needed and workbench.toolchain.tools[needed].source is Source.MISSING:
        pytest.skip(f"{needed} is not on this machine")
    prepared = prepare(ScoreRequest(task=case.task, completion=case.completion))
    watched = _Watched(prepared.format.verifier)
    prepared = replace(prepared, format=replace(prepared.format, verifier=watched))
    verdict = await decide(prepared, workbench, DEFAULT_WEIGHTS)
    if verdict.failure_kind in {FailureKind.TOOL_MISSING, FailureKind.PROVIDER_MISSING}:
        reason = f"this machine cannot judge it: {verdict.failure_reason}"
        lacks("terraform", reason) if case.format == "terraform" else pytest.skip(reason)
    assert verdict.status is Status.SCORED, verdict.failure_reason
    assert verdict.components is not None and verdict.reward is not None
    messages = [
        found.message
        for stage in verdict.stages
        for found in stage.diagnostics
        if found.severity != "info"
    ]
    assert not list(case.disagreements(verdict.components)), messages
    assert (prepared.artifact is None) is (case.facts.get("artifact") == "none")
    if prepared.artifact is None:
        assert verdict.reward == 0.0
    else:
        assert watched.findings is not None
        assert bool(watched.findings.vacuous) is bool(case.facts.get("vacuous", False))
    checks = [stage.score for stage in verdict.stages if stage.name == "checks"]
    assert (checks == [0.0]) is bool(case.facts.get("off_task", False))
    if "says" in case.facts:
        assert any(case.facts["says"] in message for message in messages), messages
    if case.good:
        assert verdict.reward == pytest.approx(1.0)
        assert messages == []


@pytest.mark.parametrize("format_name", FORMATS)
def test_each_format_has_good_and_bad_cases(format_name: str) -> None:
    kinds = [case.good for case in CASES if case.format == format_name]
    assert kinds.count(True) >= 6, f"tests/golden/{format_name}/good"
    assert kinds.count(False) >= 6, f"tests/golden/{format_name}/bad"
