"""Rows to curate: a few of real topics, and made ones."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from datagen.categories import CATEGORIES
from datagen.sources import TopicSource
from rewardsvc.tasks import TaskRow


def topic_rows(category: str, *names: str, count: int) -> Iterator[TaskRow]:
    """So many rows of each topic, answered with their references."""
    for topic in CATEGORIES[category].topics:
        if topic.name in names:
            source = TopicSource(category, topic, 0)
            for index in range(count):
                record = source.record(index)
                assert record is not None
                yield TaskRow.of(
                    record.task,
                    id=record.id,
                    output=record.reference,
                    provenance=record.provenance,
                )


def answered(format: str, label: str, text: str, *, id: str = "row", asked: str = "") -> TaskRow:
    """A row with one file."""
    fenced = f"```{label}\n{text}\n```\n"
    return TaskRow(id=id, format=format, instruction=asked or f"ask {id}", output=fenced)


def renamed(rows: Sequence[TaskRow], prefix: str) -> list[TaskRow]:
    """The same rows under other ids."""
    return [replace(row, id=f"{prefix}{row.id}") for row in rows]
