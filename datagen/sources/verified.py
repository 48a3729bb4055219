"""Records of rows that were verified before: what repairs are made of."""

from collections.abc import Sequence

from datagen.curation.splitting import FAMILY, HELD_OUT
from datagen.record import Record
from rewardsvc.tasks import TaskRow
from rewardsvc.types import JsonValue

PARENT = "parent"
"""What a row's provenance calls the row that it was made of."""


class VerifiedSource:
    """The rows of one topic as records with their answers as references; a
    :class:`RecordSource`."""

    def __init__(self, name: str, format: str, rows: Sequence[TaskRow], prefix: str) -> None:
        """``prefix``: of the records' ids, before those of their rows."""
        self.name = name
        self.format = format
        self._rows = rows
        self._prefix = prefix

    def record(self, index: int) -> Record | None:
        """See :class:`RecordSource`: None behind the last row."""
        if index >= len(self._rows):
            return None
        row = self._rows[index]
        return Record(
            id=f"{self._prefix}{row.id}",
            source=self.name,
            task=row.task,
            reference=row.output,
            provenance=kept_of(row),
        )


def kept_of(row: TaskRow) -> dict[str, JsonValue]:
    """The provenance of what is made of a row: its group, and its name as the parent's."""
    kept = {
        name: value for name, value in row.provenance.items() if name in _KEPT and value is not None
    }
    return kept | {PARENT: row.id}


_KEPT = (FAMILY, "topic", "spec", "service", "type", "template", "module", HELD_OUT)
"""What groups rows: siblings are on one side of a split."""
