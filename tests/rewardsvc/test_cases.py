"""Answers whose verdicts were wrong once, each with what it must be (``cases/*.jsonl``).

Made from public bug reports, from upstream projects' own files that were refused, and from tasks of
a public benchmark.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from rewardsvc import ScoreRequest, Verdict
from rewardsvc.local import LocalScorer
from rewardsvc.settings import Settings
from rewardsvc.types import StageStatus, Status
from rewardsvc.wire.json import request_from_object
from sandbox.hcl.addresses import AWS
from tests.needs import lacks

_FOLDER = Path(__file__).parent / "cases"
CASES: Mapping[str, Mapping[str, Any]] = {
    case["id"]: case
    for file in ("field", "files", "iac-eval")
    for case in map(json.loads, (_FOLDER / f"{file}.jsonl").read_text().splitlines())
}
FORMATS = sorted({case["request"]["task"]["format"] for case in CASES.values()})


def _syntax(verdict: Verdict) -> float:
    """Of a verdict; -1 where it has none."""
    return verdict.components.syntax if verdict.components is not None else -1.0


def _plans(verdict: Verdict) -> set[StageStatus]:
    return {stage.status for stage in verdict.stages if stage.name == "plan"}


def _not_wrong(verdict: Verdict) -> bool:
    """Right, or no verdict: what is lacking is ours."""
    right = _syntax(verdict) >= 0.999 and _plans(verdict) <= {StageStatus.PASSED}
    return verdict.status is Status.UNSCORED or right


MUST: Mapping[str, Callable[[Verdict], bool]] = {
    "scored": lambda verdict: verdict.status is Status.SCORED,
    "reward_full": lambda verdict: verdict.reward is not None and verdict.reward >= 0.999,
    "reward_below": lambda verdict: verdict.reward is not None and verdict.reward < 0.999,
    "reward_at_most_0.35": lambda verdict: verdict.reward is not None and verdict.reward < 0.351,
    "syntax_full": lambda verdict: _syntax(verdict) >= 0.999,
    "syntax_below": lambda verdict: 0.0 <= _syntax(verdict) < 0.999,
    "plan_passes": lambda verdict: _plans(verdict) == {StageStatus.PASSED},
    "not_wrong": _not_wrong,
    "unscored_or_right": _not_wrong,
    "not_full_or_unscored": lambda verdict: verdict.reward is None or verdict.reward < 0.999,
}


def as_it_must_be(must: str, verdict: Verdict) -> bool:
    """Whether a verdict is; ``syntax_0.5`` names a figure."""
    if must not in MUST:
        return abs(_syntax(verdict) - float(must.removeprefix("syntax_"))) < 0.01
    return MUST[must](verdict)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("format", FORMATS)
async def test_each_case_is_as_it_must_be(format: str) -> None:
    cases = [case for case in CASES.values() if case["request"]["task"]["format"] == format]
    asked: list[ScoreRequest] = [request_from_object(case["request"]) for case in cases]
    async with LocalScorer(Settings.load(cache=False)) as scorer:
        if format == "terraform" and AWS not in scorer.workbench.toolchain.providers:
            lacks("terraform", "no AWS provider: set ASSAY_TERRAFORM_MIRROR")
        verdicts = await scorer.score(asked)
    wrong = [
        (case["id"], case["must"], verdict.reward, verdict.failure_reason)
        for case, verdict in zip(cases, verdicts, strict=True)
        if not as_it_must_be(case["must"], verdict)
    ]
    assert wrong == []
