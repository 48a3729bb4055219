"""Topics of scripts, by the real bash: the reference does what is asked, on what the task shows and
on what it does not show; what only suits the one does not do for the other."""

import re
import shlex
from collections.abc import AsyncIterator
from dataclasses import fields, replace
from random import Random
from typing import Any

import pytest
import pytest_asyncio

from datagen.categories import CATEGORIES
from datagen.sources.topics import record_of
from datagen.stages.verify import request_of
from datagen.topic import Topic, fenced
from rewardsvc.formats import FORMATS
from rewardsvc.local import LocalScorer
from rewardsvc.settings import Settings
from rewardsvc.types import ScoreRequest, Status, Verdict

pytestmark = pytest.mark.asyncio(loop_scope="module")

CATEGORY = CATEGORIES["bash"]
TOPICS = [pytest.param(topic, id=topic.name) for topic in CATEGORY.topics]
SAMPLES = 2
HOSTILE = 0.35
"""What is valid and does nothing that was asked for earns at most this."""

_FILE = re.compile(r'\[0\]\.files\."([^"]+)"')
_GONE = re.compile(r"keys\(\[0\]\.files\), '([^']+)'\)")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scorer() -> AsyncIterator[LocalScorer]:
    async with LocalScorer(Settings.load(cache=False)) as opened:
        yield opened


def asked(topic: Topic[Any], spec: Any, answer: str | None = None) -> ScoreRequest:
    """The request of an answer to the task of a specification; its reference without."""
    record = record_of(topic.pose(CATEGORY.name, spec, Random(1)))
    completion = record.reference if answer is None else fenced(topic.format, answer)
    return request_of(replace(record, completion=completion))


async def judged(scorer: LocalScorer, *requests: ScoreRequest) -> list[Verdict]:
    verdicts = list(await scorer.score(requests))
    assert [verdict.status for verdict in verdicts] == [Status.SCORED] * len(requests)
    return verdicts


@pytest.mark.parametrize("topic", TOPICS)
async def test_the_reference_earns_all_there_is(topic: Topic[Any], scorer: LocalScorer) -> None:
    assert FORMATS[topic.format].mutations.load().costly
    requests = [asked(topic, topic.sample(Random(seed))) for seed in range(SAMPLES)]
    assert [len(request.task.fixtures) for request in requests] == [2] * SAMPLES
    for verdict in await judged(scorer, *requests):
        assert verdict.reward == 1.0, verdict


@pytest.mark.parametrize("topic", TOPICS)
async def test_a_script_that_knows_the_end_of_the_shown_run_earns_nothing(
    topic: Topic[Any], scorer: LocalScorer
) -> None:
    spec = topic.sample(Random(1))
    honest = asked(topic, spec)
    constant = asked(topic, spec, constant_of(honest))
    alone = replace(constant, task=replace(constant.task, fixtures=()))
    shown, hidden = await judged(scorer, alone, constant)
    assert shown.components is not None and shown.components.correctness >= 0.8
    assert hidden.reward is not None and hidden.reward <= HOSTILE


def constant_of(request: ScoreRequest) -> str:
    """A script that brings about what the checks of the shown run look for, whatever it finds."""
    commands, code = ["#!/usr/bin/env bash", "set -eu"], 0
    for check in request.task.checks:
        path = _FILE.fullmatch(check.expr)
        if check.expr == "[0].exit_code":
            code = check.expect
        elif check.expr == "[0].stdout":
            commands.append(f"printf '%s' {shlex.quote(check.expect)}")
        elif path:
            name = shlex.quote(path[1])
            commands.append(f'mkdir -p "$(dirname {name})"')
            commands.append(f"printf '%s' {shlex.quote(check.expect)} > {name}")
        else:
            commands += [f"rm -f {shlex.quote(each)}" for each in _GONE.findall(check.expr)]
    return "\n".join([*commands, f"exit {code}", ""])


@pytest.mark.slow
@pytest.mark.parametrize("topic", TOPICS)
async def test_each_field_of_a_specification_is_pinned(
    topic: Topic[Any], scorer: LocalScorer
) -> None:
    spec, others = topic.sample(Random(1)), [topic.sample(Random(seed)) for seed in range(9)]
    for field in fields(spec):
        values = {getattr(other, field.name) for other in others} - {getattr(spec, field.name)}
        for value in sorted(values)[:2]:
            changed = topic.answer(replace(spec, **{field.name: value}))
            if changed != topic.answer(spec):
                (verdict,) = await judged(scorer, asked(topic, spec, str(changed)))
                assert verdict.components is not None
                assert verdict.components.correctness < 1, f"{field.name}: {value!r} is as good"
