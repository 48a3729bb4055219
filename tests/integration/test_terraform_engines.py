"""The warm engine gives the verdict of the cold one, on configurations as people and models write.

Cold takes ten to twenty seconds a case; the quick lane has two of them, the others are slow.
"""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from rewardsvc.pipeline import decide, prepare
from rewardsvc.reward import DEFAULT_WEIGHTS
from rewardsvc.types import ScoreRequest, Status, Task, Verdict
from rewardsvc.verification.verifier import Workbench
from tests.integration.terraform_cases import BUCKET, CASES, Files

pytestmark = pytest.mark.asyncio(loop_scope="session")

AT_A_TIME = 2
"""Cases that the slow lane has under way: there are two cores."""

QUICK = {
    "random": CASES["random names and passwords"],
    "bucket": BUCKET,
    "unknown argument": 'resource "aws_s3_bucket" "a" {\n  bucket = "a"\n  colour = "red"\n}\n',
}


def completion_of(files: Files) -> str:
    given = {"main.tf": files} if isinstance(files, str) else files
    return "\n".join(
        f"```hcl path={path}\n{text}{'' if text.endswith(chr(10)) else chr(10)}```\n"
        for path, text in given.items()
    )


async def verdict_of(files: Files, workbench: Workbench) -> Verdict:
    request = ScoreRequest(task=Task(format="terraform"), completion=completion_of(files))
    return await decide(prepare(request), workbench, DEFAULT_WEIGHTS)


def facts(verdict: Verdict) -> tuple[object, ...]:
    """All of a verdict but times, each stage's diagnostics in a fixed order."""
    return (
        (verdict.status, verdict.failure_kind),
        (verdict.reward, verdict.components),
        [(stage.name, stage.status, stage.score) for stage in verdict.stages],
        sorted(
            (stage.name, found.severity, found.message, found.file, found.line)
            for stage in verdict.stages
            for found in stage.diagnostics
        ),
    )


async def _difference(files: Files, warm: Workbench, cold: Workbench) -> str:
    quick, reference = await verdict_of(files, warm), await verdict_of(files, cold)
    if quick.status is not Status.SCORED:
        return f"warm is {quick.failure_kind}: {quick.failure_reason}"
    pairs = zip(facts(quick), facts(reference), strict=True)
    return "\n".join(f"warm {one}\ncold {other}" for one, other in pairs if one != other)


@pytest.mark.parametrize("name", QUICK)
async def test_warm_gives_colds_verdict(name: str, warm: Workbench, cold: Workbench) -> None:
    assert await _difference(QUICK[name], warm, cold) == ""


@pytest.mark.slow
async def test_warm_gives_colds_verdict_on_many(warm: Workbench, cold: Workbench) -> None:
    assert len(CASES) >= 60
    room = asyncio.Semaphore(AT_A_TIME)
    differences: dict[str, str] = {}

    async def compare(name: str, files: Files) -> None:
        async with room:
            if found := await _difference(files, warm, cold):
                differences[name] = found

    async with asyncio.TaskGroup() as group:
        for name, files in CASES.items():
            group.create_task(compare(name, files))
    report = "\n\n".join(f"{name}:\n{found}" for name, found in differences.items())
    assert not differences, f"{len(differences)} of {len(CASES)} differ\n\n{report}"


@pytest.mark.slow
async def test_warm_gives_colds_plan(warm: Workbench, cold: Workbench) -> None:
    assert warm.terraform is not None and cold.terraform is not None
    text = CASES["its author's account"]
    assert isinstance(text, str)
    files = {"main.tf": text.encode()}
    quick, reference = await warm.terraform.run(files), await cold.terraform.run(files)
    assert quick.plan_json is not None and reference.plan_json is not None
    # The configuration of the provider is what cold has to change.
    for plan in (quick.plan_json, reference.plan_json):
        plan["configuration"].pop("provider_config")
    for part in ("planned_values", "resource_changes", "configuration"):
        assert quick.plan_json[part] == reference.plan_json[part]


def _buckets(module: Mapping[str, Any]) -> Iterator[str]:
    """The names of all buckets in a planned module, and in those that it calls."""
    for resource in module.get("resources", ()):
        if resource["type"] == "aws_s3_bucket":
            yield resource["values"]["bucket"]
    for child in module.get("child_modules", ()):
        yield from _buckets(child)


@pytest.mark.parametrize(
    ("name", "buckets"),
    [
        ("an alias beside the implied default", {"x-us-east-1-us-west-2"}),
        (
            "an alias that is passed to a module",
            {"from-us-west-2-to-ap-northeast-1", "from-eu-west-1-to-us-west-2"},
        ),
        ("json syntax", {"x-us-west-2"}),
    ],
)
async def test_several_regions_at_once_are_planned_each_with_its_own(
    name: str, buckets: set[str], warm: Workbench
) -> None:
    assert warm.terraform is not None
    files = CASES[name]
    given = {"main.tf": files} if isinstance(files, str) else files
    outcome = await warm.terraform.run({path: text.encode() for path, text in given.items()})
    assert outcome.plan_json is not None, outcome
    assert set(_buckets(outcome.plan_json["planned_values"]["root_module"])) == buckets


async def test_a_remote_module_is_said_not_to_be_fetched_and_earns_no_correctness(
    warm: Workbench,
) -> None:
    verdict = await verdict_of(CASES["remote module beside a resource"], warm)
    assert verdict.components is not None
    assert verdict.components.correctness == 0
    (validate,) = (stage for stage in verdict.stages if stage.name == "validate")
    (said,) = (found for found in validate.diagnostics if found.severity == "error")
    assert said.message == (
        'Remote modules are not fetched: module "vpc" is acme-networks/vpc/aws, '
        "which cannot be looked into"
    )
