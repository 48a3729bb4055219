"""What was decided against, and why: nobody trains on it, and somebody may want to know."""

import json
from collections.abc import Iterable

from datagen.outputs.base import DataSet
from datagen.record import Record
from rewardsvc.types import Verdict


class RejectedFile:
    """``rejected.jsonl``; a :class:`RecordSink`."""

    file = "rejected.jsonl"

    def lines(self, data: DataSet) -> Iterable[str]:
        """A rejected record in each."""
        return map(_line, data.rejected())


def _line(record: Record) -> str:
    verdict = record.result(Verdict)
    return json.dumps(
        {
            "id": record.id,
            "category": record.task.category,
            "format": record.task.format,
            "topic": record.source,
            # Without an answer that can be read there is no instruction of the teacher's either.
            "instruction": record.task.instruction if record.completion else "",
            "output": record.completion,
            "reason": record.ruling.reason,
            "reward": None if verdict is None else verdict.reward,
            "diagnostics": list(record.ruling.diagnostics),
        },
        ensure_ascii=False,
    )
