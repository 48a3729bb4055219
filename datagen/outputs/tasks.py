"""The rows that somebody trains on."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from datagen.balance import split_of
from datagen.curation.splitting import HELD_OUT
from datagen.outputs.base import DataSet
from datagen.record import Record
from datagen.stages.rating import PanelRating
from datagen.teachers import Reply
from rewardsvc.leaning import leaned_on, with_versions
from rewardsvc.preferences import WorseAnswer, with_worse
from rewardsvc.tasks import TaskRow, row_to_json
from rewardsvc.types import JsonValue, Means, Verdict


class TasksFile:
    """``tasks.jsonl``; a :class:`RecordSink`."""

    file = "tasks.jsonl"

    def lines(self, data: DataSet) -> Iterable[str]:
        """A row in each."""
        return map(row_to_json, data.rows)


def rows_of(taken: Iterable[tuple[Record, int]], *, teacher: str, seed: int) -> Iterator[TaskRow]:
    """The rows of accepted records, each with its position among those of its source."""
    return (_row(record, position, teacher, seed) for record, position in taken)


def _row(record: Record, position: int, teacher: str, seed: int) -> TaskRow:
    provenance: dict[str, JsonValue] = {**record.provenance, "teacher": teacher, "seed": seed}
    replies = record.all_results(Reply)
    if any(reply.output_tokens for reply in replies):
        provenance["input_tokens"] = sum(reply.input_tokens for reply in replies)
        provenance["output_tokens"] = sum(reply.output_tokens for reply in replies)
    if worse := worse_answers_of(record):
        provenance = with_worse(provenance, worse)
    if rating := record.result(PanelRating):
        provenance["rating"] = dict(rating.levels)
    return TaskRow.of(
        replace(record.task, means=_means(record)),
        id=record.id,
        output=record.completion,
        split=_split_of(record, position),
        provenance=provenance,
    )


def worse_answers_of(record: Record) -> list[WorseAnswer]:
    """The attempts before the answer that the tools saw, for the same instruction, and found worse:
    what preference pairs are made of."""
    verdict = record.result(Verdict)
    best = -1.0 if verdict is None or verdict.reward is None else verdict.reward
    return [
        WorseAnswer(each.completion, each.reward, each.reason)
        for each in record.attempts
        if each.completion and each.instruction == record.task.instruction
        if each.reward is not None and each.reward < best
    ]


def _split_of(record: Record, position: int) -> str:
    """That which its source knows; or else by the position among those of its source, unless that
    is on one side as a whole."""
    if record.split or record.evolution is not None:
        return record.split
    held_out = record.provenance.get(HELD_OUT)
    if held_out is None:
        return split_of(position)
    return "test" if held_out else "train"


def _means(record: Record) -> Means:
    """What the answer leaned on, with the versions that judged it."""
    means, verdict = leaned_on(record.task, record.completion), record.result(Verdict)
    return means if verdict is None else with_versions(means, verdict)
