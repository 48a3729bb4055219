"""What is kept for the benchmark becomes of no row but the benchmark's own."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

from datagen.categories import CATEGORIES
from datagen.sources import RecordSource, TopicSource
from datagen.sources.edits import EditSource
from datagen.sources.topics import BenchSource, Kept
from datagen.variants import spec_of, variants
from rewardsvc.tasks import TaskRow

CATEGORY = "cicd"
TOPIC = next(each for each in CATEGORIES[CATEGORY].topics if each.name == "gitlab-image")
"""A sixth of its variants is near to what is kept."""


def rows_of(source: RecordSource, count: int, split: str) -> Iterator[TaskRow]:
    for index in range(count):
        record = source.record(index)
        assert record is not None
        yield TaskRow.of(
            record.task,
            id=record.id,
            output=record.reference,
            provenance=record.provenance,
            split=split,
        )


def edited(rows: list[TaskRow]) -> Iterator[Any]:
    """The specifications that rows become."""
    source = EditSource(TOPIC, rows, prefix="", seed=0, taken=())
    for index, row in enumerate(rows):
        record = source.record(index)
        assert record is not None and record.id == row.id
        some = variants(TOPIC, spec_of(TOPIC, row.provenance["spec"]), f"0/{row.id}/variant")
        yield next(
            each.spec
            for each in some
            if TOPIC.pose(CATEGORY, each.spec, Random(0)).reference == record.reference
        )


def test_a_row_to_train_on_becomes_nothing_that_is_kept_or_near_to_it() -> None:
    kept = Kept(CATEGORY, TOPIC)
    rows = list(rows_of(TopicSource(CATEGORY, TOPIC, 0), 24, "train"))
    assert [spec for spec in edited(rows) if spec in kept] == []


def test_only_on_its_own_side_a_row_of_the_benchmark_becomes_what_is_near() -> None:
    kept = Kept(CATEGORY, TOPIC)
    rows = list(rows_of(BenchSource(CATEGORY, TOPIC), 6, "test"))
    assert any(spec in kept for spec in edited(rows))
    moved = [replace(row, split="train") for row in rows]
    assert not any(spec in kept for spec in edited(moved))
