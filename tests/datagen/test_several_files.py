"""A topic whose answers have two files, through the real verifier: built in, and by a model."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from datagen.brief import Brief, lit, need
from datagen.errors import UnusableReply
from datagen.execution import LocalExecutor, Progress, run_waves, taken
from datagen.journal import Journal
from datagen.outputs import rows_of
from datagen.pins import of_kind
from datagen.record import Outcome, Record
from datagen.sources import TopicSource
from datagen.stages.ask import Asking, completion_of
from datagen.stages.strength import MutationGate
from datagen.stages.verify import Verification
from datagen.teachers import Reply, Teacher
from datagen.teachers.base import pair_as_json, pair_schema, read_pair
from datagen.teachers.builtin import BuiltinTeacher
from datagen.teachers.prompt import commission
from datagen.topic import Topic
from rewardsvc.scorer import open_scorer
from rewardsvc.settings import Settings
from rewardsvc.tasks import TaskRow, read_tasks, row_to_json
from rewardsvc.types import ScoreRequest, Status

CONFIG, SECRET = "web/config.yaml", "web/secret.yaml"


@dataclass(frozen=True, slots=True)
class Settled:
    """A configuration map, and the secret beside it."""

    name: str
    level: str
    user: str


def sample(rng: Random) -> Settled:
    return Settled(
        rng.choice(("orders", "billing", "search")),
        rng.choice(("debug", "info", "error")),
        rng.choice(("app", "reader", "worker")),
    )


def brief(s: Settled) -> Brief:
    level = of_kind("ConfigMap", "data.LEVEL", s.level)
    user = of_kind("Secret", "stringData.USER", s.user)
    named = [of_kind(kind, "metadata.name", s.name) for kind in ("ConfigMap", "Secret")]
    return Brief(
        need(f"a ConfigMap and a Secret, both named {lit(s.name)}", pins=named),
        (
            need(f"LEVEL is {lit(s.level)} in {CONFIG}", pins=[level]),
            need(f"USER is {lit(s.user)} in {SECRET}", pins=[user]),
        ),
    )


def answer(s: Settled) -> dict[str, str]:
    return {
        CONFIG: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n"
        f"  name: {s.name}\ndata:\n  LEVEL: {s.level}\n",
        SECRET: "apiVersion: v1\nkind: Secret\nmetadata:\n"
        f"  name: {s.name}\nstringData:\n  USER: {s.user}\n",
    }


TOPIC = Topic(name="settled", format="kubernetes", sample=sample, brief=brief, answer=answer)


async def made(folder: Path, teacher: Teacher) -> tuple[list[Progress], TaskRow]:
    """One row, and what its answer is worth once it was written down and read again."""
    sources = [TopicSource("toys", TOPIC, 7)]
    with Journal(folder, {"seed": 7}) as journal:
        async with open_scorer(Settings.load(cache=False)) as scorer:
            executor = LocalExecutor(
                [[Asking(teacher)], [Verification(scorer), MutationGate(scorer)]],
                journal,
                concurrency=2,
                decided=lambda _: None,
            )
            progress = await run_waves(sources, executor, 1)
            (row,) = rows_of(taken(progress, 1), teacher=teacher.name, seed=7)
            file = folder / "tasks.jsonl"
            file.write_text(f"{row_to_json(row)}\n")
            (row,) = read_tasks(file)
            (verdict,) = await scorer.score(
                [ScoreRequest(id=row.id, task=row.task, completion=row.output)]
            )
    assert verdict.status is Status.SCORED and verdict.reward == 1.0
    return progress, row


def test_two_files_are_asked_for_verified_and_written(tmp_path: Path) -> None:
    progress, row = asyncio.run(made(tmp_path, BuiltinTeacher()))
    assert row.files == (CONFIG, SECRET)
    assert row.output.count("```yaml path=web/") == 2
    assert [record.outcome for record in progress[0].records] == [Outcome.ACCEPTED]
    assert "One file" not in row.instruction and "the file only" not in row.instruction


class Modelled:
    """Writes as a model does that was given the schema: a text for each path."""

    name = "modelled"
    paid = True

    def __init__(self, *, forgets: bool) -> None:
        self.forgets = forgets
        self.asked = 0

    def told(self, record: Record) -> str:
        return commission(record)

    async def ask(self, record: Record) -> str:
        self.asked += 1
        files = answer(Settled(**record.provenance["spec"]))
        if self.forgets and self.asked == 1:
            del files[SECRET]
        return pair_as_json(f"{record.task.instruction} Thanks.", files)

    def read(self, raw: str) -> Reply:
        pair = read_pair(raw)
        return Reply(pair.instruction, pair.answer, 1, 1)

    async def aclose(self) -> None:
        return None


def test_a_model_gives_a_text_for_each_path_or_is_rejected(tmp_path: Path) -> None:
    progress, row = asyncio.run(made(tmp_path, Modelled(forgets=True)))
    assert row.files == (CONFIG, SECRET) and row.instruction.endswith("Thanks.")
    (rejected,) = (progress[0].records[place] for place in progress[0].rejected)
    said = f"answer unusable: files {CONFIG}, where {CONFIG}, {SECRET} was asked for"
    assert rejected.ruling.reason == said


def test_a_model_is_told_the_paths_and_bound_to_them() -> None:
    record = TopicSource("toys", TOPIC, 7).record(0)
    assert record is not None
    assert f"It consists of these files, each complete: {CONFIG}, {SECRET}." in commission(record)
    schema = pair_schema("kubernetes", record.task.files)["properties"]["answer"]
    assert schema["required"] == [CONFIG, SECRET] and not schema["additionalProperties"]


def test_files_that_nobody_asked_for_are_unusable() -> None:
    record = TopicSource("toys", TOPIC, 7).record(0)
    assert record is not None
    with pytest.raises(UnusableReply, match=r"files other\.yaml, where"):
        completion_of(record.task, {"other.yaml": "a: 1\n"})
    pair = json.dumps({"instruction": "Do it.", "answer": {CONFIG: " ", SECRET: ""}})
    with pytest.raises(UnusableReply, match="empty"):
        read_pair(pair)
