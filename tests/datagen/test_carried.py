"""What a task says arrives: at the verdict, in the row, and over every border on the way."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

import pytest
from click.testing import CliRunner

from datagen.brief import Brief, need
from datagen.execution import LocalExecutor, Progress, run_waves, taken
from datagen.journal import Journal
from datagen.outputs import rows_of
from datagen.record import Outcome, Record
from datagen.sources import TopicSource
from datagen.stages.ask import Asking
from datagen.stages.verify import Verification, request_of
from datagen.teachers.builtin import BuiltinTeacher
from datagen.topic import Posed, Topic, as_json
from rewardsvc.cli import main as rewardsvc
from rewardsvc.cli.verdict_file import printed
from rewardsvc.scorer import Scorer, open_scorer
from rewardsvc.settings import Settings
from rewardsvc.tasks import TaskRow, read_tasks, row_to_json
from rewardsvc.types import Check, Fixture, Means, ScoreRequest, Target, Task, Verdict
from rewardsvc.wire.json import request_from_json, request_to_json, verdict_from_json
from rewardsvc.wire.protobuf import request_from_proto, request_to_proto

FULL = Task(
    category="scripts",
    format="bash",
    instruction="count",
    input="a file",
    files=("count.sh",),
    checks=(Check(on=Target.DOCUMENTS, expr="[0].stdout"),),
    reference="```bash\nwc -l a\n```\n",
    means=Means(libraries=("kfp",)),
    truth={"lines": [1]},
    before={"count.sh": "exit\n"},
    fixtures=(Fixture(files={"a": "1\n"}),),
)
"""A task that says something in every field."""


def test_the_full_task_says_something_in_every_field() -> None:
    silent = Task(format="")
    for field in fields(Task):
        assert getattr(FULL, field.name) != getattr(silent, field.name), field.name


@pytest.mark.parametrize("field", [field.name for field in fields(Task)])
def test_every_field_of_a_task_is_carried(field: str, tmp_path: Path) -> None:
    record = Record(id="1", source="counts", task=FULL, completion=FULL.reference)
    request = request_of(record)
    row = TaskRow.of(FULL, id="1", output=FULL.reference)
    path = tmp_path / "tasks.jsonl"
    path.write_text(f"{row_to_json(row)}\n")
    (read,) = read_tasks(path)
    arrived = [
        request_from_json(json.dumps(request_to_json(request))).task,
        request_from_proto(request_to_proto(request)).task,
    ]
    assert all(getattr(task, field) == getattr(FULL, field) for task in arrived)
    if field == "reference":
        assert read.output == FULL.reference
    else:
        assert getattr(read.task, field) == getattr(FULL, field)


@dataclass(frozen=True)
class Script:
    """How many lines the file has that is to be counted."""

    lines: int


class Given(Topic[Script]):
    """A topic whose tasks give a file to work on, and name the file asked for."""

    def pose(self, category: str, spec: Script, rng: Random) -> Posed:
        brief = self.brief(spec)
        data = "x\n" * spec.lines
        task = Task(
            category=category,
            format=self.format,
            instruction="Count the lines of data.txt",
            input=f"```text path=data.txt\n{data}```\n",
            files=("bin/count.sh",),
            checks=brief.checks,
        )
        return Posed(self.name, as_json(spec), brief, task, answer(spec))


def counted(spec: Script) -> Brief:
    pin = Check(on=Target.DOCUMENTS, expr="[0].stdout", expect=f"{spec.lines} lines\n")
    return Brief(need("a script that counts", pins=[pin]), ())


def answer(_: Script) -> str:
    # Two blocks: only the task's files tell which of them is asked for.
    return (
        "```bash path=bin/count.sh\n#!/usr/bin/env bash\nset -euo pipefail\n\n"
        "printf '%d lines\\n' \"$(wc -l <data.txt)\"\n```\n"
        "To undo it:\n```bash path=bin/undo.sh\nrm data.txt\n```\n"
    )


TOPIC = Given(
    name="counts",
    format="bash",
    sample=lambda rng: Script(rng.randint(2, 9)),
    brief=counted,
    answer=answer,
)


class Noting:
    """A real scorer; what it says is noted."""

    def __init__(self, inner: Scorer) -> None:
        self.inner = inner
        self.verdicts: dict[str, Verdict] = {}

    async def __aenter__(self) -> Self:
        await self.inner.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.inner.__aexit__(exc_type, exc, traceback)

    async def score(self, requests: Sequence[ScoreRequest]) -> list[Verdict]:
        verdicts = await self.inner.score(requests)
        self.verdicts |= {verdict.id: verdict for verdict in verdicts}
        return verdicts


async def made(folder: Path) -> tuple[list[Progress], TaskRow, dict[str, Verdict]]:
    with Journal(folder, {"seed": 7}) as journal:
        async with Noting(open_scorer(Settings.load(cache=False))) as scorer:
            executor = LocalExecutor(
                [[Asking(BuiltinTeacher())], [Verification(scorer)]],
                journal,
                concurrency=2,
                decided=lambda _: None,
            )
            progress = await run_waves([TopicSource("scripts", TOPIC, 7)], executor, 1)
        (row,) = rows_of(taken(progress, 1), teacher="builtin", seed=7)
    return progress, row, scorer.verdicts


def said(verdict: Verdict) -> str:
    timeless = tuple(replace(stage, seconds=0) for stage in verdict.stages)
    return printed(replace(verdict, stages=timeless))


def test_a_row_is_scored_as_the_pair_was_verified(tmp_path: Path) -> None:
    progress, row, verified = asyncio.run(made(tmp_path))
    (record,) = progress[0].records
    assert record.outcome is Outcome.ACCEPTED, record
    request = ScoreRequest(id=row.id, task=row.task, completion=row.output)
    file = tmp_path / "request.json"
    file.write_text(json.dumps(request_to_json(request)))
    result = CliRunner().invoke(rewardsvc, ["score", str(file)], env={"ASSAY_CACHE": "false"})
    assert result.exit_code == 0, result.stderr
    assert said(verdict_from_json(result.stdout)) == said(verified[row.id])
