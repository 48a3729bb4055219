"""What a source is: a sequence of records by position, the same each time it is asked."""

from typing import Protocol

from datagen.record import Record


class RecordSource(Protocol):
    """A sequence of records, pure: a run that is started again finds what it found before."""

    name: str
    """Unique within a run, which shares its rows among its sources."""
    format: str
    """Of the records' answers."""

    def record(self, index: int) -> Record | None:
        """The record at a position; None where the source is used up before."""
        ...
