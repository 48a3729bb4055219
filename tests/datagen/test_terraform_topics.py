"""Terraform topics against real plans: checks hold on the reference and pin each field."""

from collections.abc import AsyncIterator, Mapping
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
from rewardsvc.formats import FORMATS
from rewardsvc.reward import components_of
from rewardsvc.settings import Settings
from rewardsvc.types import Check
from rewardsvc.verification.verifier import Findings, Workbench
from sandbox.select import open_sandbox
from sandbox.terraform import open_engine
from sandbox.toolchain import discover
from tests.needs import lacks

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
        lacks("terraform", "terraform or its AWS provider is not on this machine")
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(open_sandbox("auto"))
        engine = await stack.enter_async_context(open_engine("warm", toolchain, sandbox))
        yield Workbench(sandbox, toolchain, engine)


async def findings(workbench: Workbench, answer: str | Mapping[str, str]) -> Findings:
    files = {"main.tf": answer} if isinstance(answer, str) else answer
    artifact = Artifact(tuple(File(path, "hcl", text) for path, text in files.items()))
    return await FORMATS["terraform"].verifier.verify(artifact, workbench)


def failing(checks: tuple[Check, ...], seen: Any) -> set[str]:
    return {
        check.expr
        for check in checks
        if (stage := compile_checks([check], FORMATS["terraform"]).evaluate(seen).stage)
        and stage.score < 1
    }


@pytest.mark.parametrize("topic", TOPICS)
async def test_checks_hold_on_the_reference(topic: Topic[Any], workbench: Workbench) -> None:
    spec = topic.sample(Random(1))
    checks = topic.brief(spec).checks
    found = await findings(workbench, topic.answer(spec))
    components = components_of(found.stages, parsed=found.parsed, vacuous=False, off_task=False)
    assert (components.syntax, components.correctness, components.format) == (1, 1, 1)
    assert not found.vacuous
    assert failing(checks, found.projections) == set()


@pytest.mark.slow
@pytest.mark.parametrize("topic", TOPICS)
async def test_each_field_of_a_specification_is_pinned(
    topic: Topic[Any], workbench: Workbench
) -> None:
    spec, others = topic.sample(Random(1)), [topic.sample(Random(seed)) for seed in range(9)]
    checks = topic.brief(spec).checks
    for field in fields(spec):
        values = {getattr(other, field.name) for other in others} - {getattr(spec, field.name)}
        for value in sorted(values, key=repr)[:2]:
            changed = topic.answer(replace(spec, **{field.name: value}))
            if changed != topic.answer(spec):
                found = await findings(workbench, changed)
                assert failing(checks, found.projections), f"{field.name}: {value!r} is as good"
