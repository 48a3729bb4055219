"""Terraform topics against real plans: checks hold on the reference, and fail on wrong plans."""

import copy
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import fields, replace
from random import Random
from typing import Any

import pytest
import pytest_asyncio

from datagen.categories import CATEGORIES
from datagen.topic import Topic
from rewardsvc.artifact import Artifact, File
from rewardsvc.checks import compile_checks
from rewardsvc.reward import components_of
from rewardsvc.settings import Settings
from rewardsvc.types import Check, Target
from rewardsvc.verifiers import VERIFIERS
from rewardsvc.verifiers.base import Findings, Workbench
from sandbox.select import open_sandbox
from sandbox.terraform import open_engine
from sandbox.toolchain import discover

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOPICS = [
    pytest.param(topic, id=f"{category.name}/{topic.name}")
    for category in CATEGORIES.values()
    for topic in category.topics
    if topic.format == "terraform"
]
_AWS = "registry.terraform.io/hashicorp/aws"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workbench() -> AsyncIterator[Workbench]:
    settings = Settings.load()
    toolchain = discover(settings.tools, settings.terraform_mirror)
    if "terraform" not in toolchain.tools or _AWS not in toolchain.providers:
        pytest.skip("terraform or its AWS provider is not on this machine")
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(open_sandbox("auto"))
        engine = await stack.enter_async_context(open_engine("warm", toolchain, sandbox))
        yield Workbench(sandbox, toolchain, engine)


async def findings(workbench: Workbench, text: str) -> Findings:
    artifact = Artifact((File("main.tf", "hcl", text),))
    return await VERIFIERS["terraform"].verify(artifact, workbench)


def failing(checks: tuple[Check, ...], seen: Any) -> set[str]:
    verifier = VERIFIERS["terraform"]
    return {
        check.expr
        for check in checks
        if (stage := compile_checks([check], verifier).evaluate(seen).stage) and stage.score < 1
    }


def mutants(seen: Any) -> Iterator[dict[Target, Any]]:
    """What the verifier shows of the reference, with one value gone or another."""
    plan = {
        name: seen[Target.PLAN][name] for name in ("planned_values", "configuration")
    }  # what checks look at; the rest of a plan repeats it
    for target, whole in ((Target.PLAN, plan), (Target.CONFIG, seen[Target.CONFIG])):
        for path in _paths(whole):
            for change in ("other", "gone"):
                changed = copy.deepcopy(whole)
                place = changed
                for key in path[:-1]:
                    place = place[key]
                old = place[path[-1]]
                if change == "gone":
                    del place[path[-1]]
                elif isinstance(old, bool):
                    place[path[-1]] = not old
                elif isinstance(old, int | float):
                    place[path[-1]] = old + 1
                else:
                    place[path[-1]] = "other"
                yield {Target.PLAN: plan, Target.CONFIG: seen[Target.CONFIG], target: changed}
    admitted = copy.deepcopy(plan)  # one thing too many: everything allowed to everybody
    for resource in admitted["planned_values"]["root_module"]["resources"]:
        values = resource["values"]
        values["ingress"] = [*values.get("ingress", ()), *values.get("ingress", ())]
        for name in ("policy",):
            if isinstance(values.get(name), str):
                values[name] += '"*" "s3:GetObject" "s3:PutObject" "s3:DeleteObject"'
    yield {Target.PLAN: admitted, Target.CONFIG: seen[Target.CONFIG]}


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from _paths(inner, (*path, key))


@pytest.mark.parametrize("topic", TOPICS)
async def test_checks_hold_on_the_reference_and_each_can_fail(
    topic: Topic[Any], workbench: Workbench
) -> None:
    spec = topic.sample(Random(1))
    checks = topic.brief(spec).checks
    found = await findings(workbench, topic.answer(spec))
    components = components_of(found.stages, parsed=found.parsed, vacuous=False, off_task=False)
    assert (components.syntax, components.correctness, components.format) == (1, 1, 1)
    assert not found.vacuous
    assert failing(checks, found.projections) == set()
    never = {check.expr for check in checks}
    for seen in mutants(found.projections):
        never -= failing(tuple(check for check in checks if check.expr in never), seen)
        if not never:
            break
    assert never == set()


@pytest.mark.slow
@pytest.mark.parametrize("topic", TOPICS)
async def test_each_field_of_a_specification_is_pinned(
    topic: Topic[Any], workbench: Workbench
) -> None:
    spec, others = topic.sample(Random(1)), [topic.sample(Random(seed)) for seed in range(9)]
    checks = topic.brief(spec).checks
    for field in fields(spec):
        values = {getattr(other, field.name) for other in others} - {getattr(spec, field.name)}
        for value in sorted(values)[:2]:
            changed = topic.answer(replace(spec, **{field.name: value}))
            if changed != topic.answer(spec):
                found = await findings(workbench, changed)
                assert failing(checks, found.projections), f"{field.name}: {value!r} is as good"
