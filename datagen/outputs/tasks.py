"""The rows that somebody trains on."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from datagen.balance import split_of
from datagen.outputs.base import DataSet
from datagen.record import Record
from datagen.stages.rating import PanelRating
from datagen.teachers import Reply
from rewardsvc.leaning import leaned_on, with_versions
from rewardsvc.tasks import TaskRow, row_to_json
from rewardsvc.types import JsonValue, Means, Verdict


class TasksFile:
    """``tasks.jsonl``; a :class:`RecordSink`."""

    file = "tasks.jsonl"

    def lines(self, data: DataSet) -> Iterable[str]:
        """A row in each."""
        return map(row_to_json, data.rows)


def rows_of(taken: Sequence[tuple[Record, int]], *, teacher: str, seed: int) -> list[TaskRow]:
    """The rows of accepted records, each with its position among those of its source."""
    return [_row(record, position, teacher, seed) for record, position in taken]


def _row(record: Record, position: int, teacher: str, seed: int) -> TaskRow:
    provenance: dict[str, JsonValue] = {**record.provenance, "teacher": teacher, "seed": seed}
    reply = record.result(Reply)
    if reply is not None and reply.output_tokens:
        provenance["input_tokens"] = reply.input_tokens
        provenance["output_tokens"] = reply.output_tokens
    if rating := record.result(PanelRating):
        provenance["rating"] = dict(rating.levels)
    return TaskRow.of(
        replace(record.task, means=_means(record)),
        id=record.id,
        output=record.completion,
        split=split_of(position),
        provenance=provenance,
    )


def _means(record: Record) -> Means:
    """What the answer leaned on, with the versions that judged it."""
    means, verdict = leaned_on(record.task, record.completion), record.result(Verdict)
    return means if verdict is None else with_versions(means, verdict)
