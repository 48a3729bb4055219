"""The checks of every topic against mutants of its reference: at least 95% are caught."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
import pytest_asyncio

from datagen.categories import CATEGORIES
from datagen.topic import Category, Topic
from rewardsvc.audit.mutation.measure import measure, plan_of
from rewardsvc.audit.mutation.outcome import Fate
from rewardsvc.audit.mutation.report import MutationReport, share
from rewardsvc.audit.mutation.strength import strength_of
from rewardsvc.local import LocalScorer
from rewardsvc.settings import Settings
from rewardsvc.tasks import TaskRow
from tests.needs import lacks

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEAST_CAUGHT = 0.95
_AWS = "registry.terraform.io/hashicorp/aws"
_EACH = [(category, topic) for category in CATEGORIES.values() for topic in category.topics]
ALL = [pytest.param(*each, id=f"{each[0].name}/{each[1].name}") for each in _EACH]
_TOOLS = {"ansible", "bash", "cloudformation", "helm", "kustomize", "python"}
"""Formats of which each mutant has a program started: quick tests let checks decide first, or look
at a few mutants only."""
QUICK = [
    param
    for param, (_, topic) in zip(ALL, _EACH, strict=True)
    if topic.format not in {"terraform", *_TOOLS}
]
SAMPLED = [param for param, (_, topic) in zip(ALL, _EACH, strict=True) if topic.format in _TOOLS]
COMPARED = next(param for param in SAMPLED if str(param.id).startswith("cloudformation/"))
FEW = 3
"""Mutants of one chart or overlay."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scorer() -> AsyncIterator[LocalScorer]:
    async with LocalScorer(Settings.load()) as opened:
        yield opened


def row_of(category: Category, topic: Topic[Any], seed: int) -> TaskRow:
    posed = topic.pose(category.name, topic.sample(Random(f"{seed}/spec")), Random(seed))
    return TaskRow.of(posed.task, id=posed.id, output=posed.reference)


async def reports_of(
    category: Category, topic: Topic[Any], seeds: Sequence[int], scorer: LocalScorer
) -> list[MutationReport]:
    found = scorer.workbench.toolchain
    if topic.format == "terraform" and (
        "terraform" not in found.tools or _AWS not in found.providers
    ):
        lacks("terraform", "terraform or its AWS provider is not on this machine")
    return [await measure(plan_of(row_of(category, topic, seed)), scorer) for seed in seeds]


def assert_strong(reports: Sequence[MutationReport]) -> None:
    assert [report.problem for report in reports] == [""] * len(reports)
    assert not any(report.of(Fate.UNSCORED) for report in reports)
    survivors = [str(mutant) for report in reports for mutant in report.of(Fate.SURVIVED)]
    caught = share(reports)
    assert caught is not None and caught >= LEAST_CAUGHT, survivors
    assert all(len(report.counted) >= 8 for report in reports)


@pytest.mark.parametrize(("category", "topic"), QUICK)
async def test_wrong_answers_are_caught(
    category: Category, topic: Topic[Any], scorer: LocalScorer
) -> None:
    assert_strong(await reports_of(category, topic, [0], scorer))


@pytest.mark.parametrize(("category", "topic"), SAMPLED)
async def test_wrong_answers_that_take_a_tool_are_caught(
    category: Category, topic: Topic[Any], scorer: LocalScorer
) -> None:
    row = row_of(category, topic, 0)
    found = await strength_of(row.task, row.output, scorer, most=FEW, seed=row.id)
    assert found.fault is None, found.reason
    assert found.survivors == ()
    assert found.measured >= FEW


@pytest.mark.slow
@pytest.mark.parametrize(("category", "topic"), ALL)
async def test_wrong_answers_to_several_tasks_of_a_topic_are_caught(
    category: Category, topic: Topic[Any], scorer: LocalScorer
) -> None:
    assert_strong(await reports_of(category, topic, range(1, 5), scorer))


@pytest.mark.parametrize(("category", "topic"), [*QUICK[::5], COMPARED])
async def test_what_is_decided_without_tools_is_what_the_tools_decide(
    category: Category, topic: Topic[Any], scorer: LocalScorer
) -> None:
    row = row_of(category, topic, 0)
    weak = replace(row, checks=row.checks[::2])  # so that some survive
    full = await measure(plan_of(weak), scorer)
    quick = await strength_of(weak.task, weak.output, scorer, most=16, seed="x")
    assert quick.measured == full.decided
    assert list(quick.survivors) == [str(mutant) for mutant in full.of(Fate.SURVIVED)]
    assert quick.survivors
