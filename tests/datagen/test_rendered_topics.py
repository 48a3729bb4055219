"""Topics of charts and overlays, by the real helm and kubectl: checks hold on the reference, pin
each field of the specification, and do not hold on what the task gives."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import fields, replace
from random import Random
from typing import Any

import pytest
import pytest_asyncio

from datagen.categories import CATEGORIES
from datagen.sources.topics import record_of
from datagen.stages.verify import request_of
from datagen.topic import Category, Topic, with_paths
from rewardsvc.formats import FORMATS
from rewardsvc.local import LocalScorer
from rewardsvc.settings import Settings
from rewardsvc.types import Status, Verdict

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOPICS = [
    pytest.param(category, topic, id=f"{category.name}/{topic.name}")
    for category in CATEGORIES.values()
    for topic in category.topics
    if topic.format in ("helm", "kustomize")
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scorer() -> AsyncIterator[LocalScorer]:
    async with LocalScorer(Settings.load(cache=False)) as opened:
        yield opened


async def judged(
    category: Category,
    topic: Topic[Any],
    spec: Any,
    scorer: LocalScorer,
    files: Mapping[str, str] | None = None,
) -> Verdict:
    """What files are worth as the answer to the task of a specification; its reference without."""
    record = record_of(topic.pose(category.name, spec, Random(1)))
    completion = with_paths(topic.format, files) if files else record.reference
    (verdict,) = await scorer.score([request_of(replace(record, completion=completion))])
    assert verdict.status is Status.SCORED
    return verdict


def correctness(verdict: Verdict) -> float:
    assert verdict.components is not None
    return verdict.components.correctness


@pytest.mark.parametrize(("category", "topic"), TOPICS)
async def test_the_reference_earns_all_there_is(
    category: Category, topic: Topic[Any], scorer: LocalScorer
) -> None:
    assert FORMATS[topic.format].mutations.load().costly
    verdict = await judged(category, topic, topic.sample(Random(1)), scorer)
    assert verdict.reward == 1.0, verdict


@pytest.mark.slow
@pytest.mark.parametrize(("category", "topic"), TOPICS)
async def test_what_is_given_is_no_answer(
    category: Category, topic: Topic[Any], scorer: LocalScorer
) -> None:
    spec = topic.sample(Random(1))
    given, answer = topic.given(spec), topic.answer(spec)
    assert not isinstance(answer, str)
    unchanged = {path: given[path] for path in answer if path in given}
    if unchanged:
        assert correctness(await judged(category, topic, spec, scorer, unchanged)) < 0.5


@pytest.mark.slow
@pytest.mark.parametrize(("category", "topic"), TOPICS)
async def test_each_field_of_a_specification_is_pinned(
    category: Category, topic: Topic[Any], scorer: LocalScorer
) -> None:
    spec, others = topic.sample(Random(1)), [topic.sample(Random(seed)) for seed in range(9)]
    answer = topic.answer(spec)
    assert not isinstance(answer, str)
    for field in fields(spec):
        values = {getattr(other, field.name) for other in others} - {getattr(spec, field.name)}
        for value in sorted(values)[:2]:
            changed = topic.answer(replace(spec, **{field.name: value}))
            assert not isinstance(changed, str)
            if changed != answer and changed.keys() == answer.keys():
                verdict = await judged(category, topic, spec, scorer, changed)
                assert correctness(verdict) < 1, f"{field.name}: {value!r} is as good"
