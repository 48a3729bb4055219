"""Fixtures: an answer is run on each in turn, and the lowest score counts."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from rewardsvc.errors import InvalidRequest
from rewardsvc.local import LocalScorer
from rewardsvc.pipeline import prepare
from rewardsvc.settings import Settings
from rewardsvc.types import Check, Fixture, ScoreRequest, Status, Target, Task, Verdict

pytestmark = pytest.mark.asyncio(loop_scope="module")

INPUT = """\
```text path=words.txt
one
two
```

```arguments
count.txt
```
"""
HONEST = 'wc -l < words.txt > "$1"\n'
CONSTANT = 'cat words.txt > /dev/null\necho 2 > "$1"\n'


def counted(count: int) -> Check:
    return Check(on=Target.DOCUMENTS, expr='[0].files."count.txt"', expect=f"{count}\n")


def task(*fixtures: Fixture) -> Task:
    return Task(format="bash", input=INPUT, checks=(counted(2),), fixtures=fixtures)


def request(script: str, *fixtures: Fixture) -> ScoreRequest:
    text = f"#!/bin/bash\nset -eu\n{script}"
    return ScoreRequest(task=task(*fixtures), completion=f"```bash\n{text}```\n")


THREE = Fixture(files={"words.txt": "a\nb\nc\n"}, checks=(counted(3),))
NONE = Fixture(files={"words.txt": ""}, checks=(counted(0),))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scorer() -> AsyncIterator[LocalScorer]:
    async with LocalScorer(Settings.load(cache=False)) as opened:
        yield opened


async def judged(scorer: LocalScorer, asked: ScoreRequest) -> Verdict:
    (verdict,) = await scorer.score([asked])
    assert verdict.status is Status.SCORED
    return verdict


def codes(verdict: Verdict) -> list[str]:
    (checks,) = [stage for stage in verdict.stages if stage.name == "checks"]
    return [found.code for found in checks.diagnostics]


async def test_what_does_the_work_does_it_on_every_fixture(scorer: LocalScorer) -> None:
    assert (await judged(scorer, request(HONEST, THREE, NONE))).reward == 1.0


async def test_what_only_suits_the_files_that_are_shown_is_off_task(scorer: LocalScorer) -> None:
    assert (await judged(scorer, request(CONSTANT))).reward == 1.0
    verdict = await judged(scorer, request(CONSTANT, THREE))
    assert verdict.reward is not None and verdict.reward <= 0.35
    assert codes(verdict) == ["fixtures[0].checks[0]"]
    told = [found.message for stage in verdict.stages for found in stage.diagnostics]
    assert "on fixtures[0]" in told


async def test_a_run_that_does_not_end_is_the_last_one(scorer: LocalScorer) -> None:
    endless = f"{HONEST}if ! [ -s words.txt ]; then kill -STOP $$; sleep 60; fi\n"
    verdict = await judged(scorer, request(endless, THREE, NONE, NONE, NONE, NONE))
    assert verdict.reward is not None and verdict.reward <= 0.35
    assert sum(stage.seconds for stage in verdict.stages) < 25


async def test_a_fixture_has_its_own_files_and_the_arguments_of_the_input(
    scorer: LocalScorer,
) -> None:
    other = Fixture(files={"other.txt": ""}, checks=(Check(on=Target.DOCUMENTS, expr=(
        "sort(keys([0].files))"), expect=["count.txt", "other.txt"]),))  # fmt: skip
    script = 'cat ./*.txt > count\nmv count "$1"\n'
    (verdict,) = await scorer.score(
        [ScoreRequest(task=Task(format="bash", input=INPUT, fixtures=(other,)),
                      completion=f"```bash\n#!/bin/bash\nset -eu\n{script}```\n")]
    )  # fmt: skip
    assert verdict.reward == 1.0, verdict


@pytest.mark.parametrize(
    ("fixture", "field"),
    [
        (Fixture(files={"../a": ""}), "task.fixtures[0].files"),
        (Fixture(files={"a": "", "./a": ""}), "task.fixtures[0].files"),
        (Fixture(sql="SELECT 1"), "task.fixtures[0].sql"),
        (Fixture(checks=(Check(on=Target.PLAN, expr="a"),)), "task.fixtures[0].checks[0].on"),
    ],
)
async def test_what_is_wrong_with_a_fixture_is_named(fixture: Fixture, field: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        prepare(request(HONEST, fixture))
    assert raised.value.field == field
