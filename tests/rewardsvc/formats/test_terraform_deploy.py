"""The stage ``deploy``: what came of a deployment, as a verdict. Without Terraform."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from rewardsvc.pipeline import decide, prepare
from rewardsvc.reward import DEFAULT_WEIGHTS
from rewardsvc.types import (
    Component,
    FailureKind,
    ScoreRequest,
    Stage,
    StageStatus,
    Status,
    Task,
    Verdict,
)
from rewardsvc.verification.verifier import Workbench
from sandbox.base import Ended, Usage
from sandbox.terraform import Deployment, Depth, Phase, Problem, TerraformOutcome
from sandbox.toolchain import Source, Tool, Toolchain

BUCKET = 'resource "aws_s3_bucket" "a" {\n  bucket = "a"\n}\n'
FINE = Phase(True, (), 1.0)
FAILED = Phase(False, (Problem("error", "it went wrong"),), 1.0)
PLAN = {"resource_changes": [{"change": {"actions": ["create"]}, "mode": "managed", "type": "x"}]}


class Told:
    """An engine that says what it was told to, and keeps how far it was asked to go."""

    def __init__(self, deployment: Deployment | None, plan: Phase) -> None:
        self.until: Depth | None = None
        self._outcome = TerraformOutcome(
            parse=FINE,
            validate=FINE,
            plan=plan,
            plan_json=PLAN if plan.passed else None,
            unformatted=(),
            relaxed=(),
            ended=Ended.EXITED,
            usage=Usage(1.0),
            deploy=deployment,
        )

    async def run(
        self,
        files: Mapping[str, bytes],
        until: Depth = Depth.PLAN,
        before: Mapping[str, bytes] = MappingProxyType({}),
    ) -> TerraformOutcome:
        self.until = until
        return self._outcome


async def verdict_of(
    deployment: Deployment | None, until: Depth = Depth.DEPLOY, plan: Phase = FINE
) -> Verdict:
    tool: Any = Tool(name="terraform", version="1.11.4", source=Source.PATH)
    engine: Any = Told(deployment, plan)
    nothing: Any = None
    toolchain = Toolchain(tools={"terraform": tool}, digest="d")
    workbench = Workbench(nothing, toolchain, engine, until)
    request = ScoreRequest(task=Task(format="terraform"), completion=f"```hcl\n{BUCKET}```\n")
    verdict = await decide(prepare(request), workbench, DEFAULT_WEIGHTS)
    assert engine.until is until
    return verdict


def deploy_of(verdict: Verdict) -> Stage:
    (stage,) = (stage for stage in verdict.stages if stage.name == "deploy")
    assert stage.component is Component.CORRECTNESS
    return stage


@pytest.mark.parametrize(
    ("deployment", "score"),
    [
        (Deployment(FINE, FINE, FINE), 1.0),
        (Deployment(FINE, FAILED, FINE), 0.5),
        (Deployment(FINE, FINE, FAILED), 0.5),
        (Deployment(FINE, FAILED, FAILED), 0.5),
        (Deployment(FINE, FAILED), 0.5),
        (Deployment(FAILED), 0.0),
    ],
)
async def test_deploy_multiplies_correctness(deployment: Deployment, score: float) -> None:
    verdict = await verdict_of(deployment)
    assert verdict.status is Status.SCORED, verdict.failure_reason
    stage = deploy_of(verdict)
    assert stage.score == score
    assert (stage.status is StageStatus.PASSED) is (score == 1.0)
    assert verdict.components is not None and verdict.components.correctness == score
    assert verdict.reward == pytest.approx(0.7 + 0.3 * score)


@pytest.mark.parametrize("broken", [True, False])
async def test_a_gap_of_the_emulator_is_unscored_and_the_plan_is_told(broken: bool) -> None:
    gap = "CreateAccelerator: StatusCode: 501"
    verdict = await verdict_of(Deployment(FAILED, gap=gap, broken=broken))
    assert verdict.chosen is not broken
    assert (verdict.status, verdict.reward) == (Status.UNSCORED, None)
    assert verdict.failure_kind is FailureKind.EMULATOR_FAILED
    assert "CreateAccelerator" in verdict.failure_reason
    stages = {stage.name: stage.status for stage in verdict.stages}
    assert stages["plan"] is StageStatus.PASSED
    assert stages["deploy"] is StageStatus.SKIPPED


async def test_notes_cost_nothing_and_are_told() -> None:
    verdict = await verdict_of(Deployment(FINE, FINE, FINE, notes=("switched off: x",)))
    assert verdict.reward == 1.0
    assert "switched off: x" in [found.message for found in deploy_of(verdict).diagnostics]


async def test_without_a_plan_there_is_nothing_to_deploy() -> None:
    verdict = await verdict_of(None, plan=FAILED)
    assert deploy_of(verdict).status is StageStatus.SKIPPED
    assert verdict.status is Status.SCORED


async def test_there_is_no_such_stage_where_nobody_asked_for_it() -> None:
    verdict = await verdict_of(None, Depth.PLAN)
    assert "deploy" not in [stage.name for stage in verdict.stages]
    assert verdict.reward == 1.0
