"""One source for several teachers: each is dealt records of its own."""

from collections.abc import Sequence
from itertools import count

from datagen.balance import round_robin
from datagen.record import Record
from datagen.sources.base import RecordSource


class DealtSource:
    """The records of a source that fall to one of those who share it; a :class:`RecordSource`.

    So no two teachers are asked for the same, and no two of their specifications are nearly the
    same. Dealt by weight, a small space lasts for all of them as long as it can.
    """

    def __init__(self, source: RecordSource, weights: Sequence[float], place: int) -> None:
        """``place``: whose records these are, among those who have the weights."""
        self.name = source.name
        self.format = source.format
        self._source = source
        self._positions: list[int] = []
        self._following = (
            position
            for position, whose in zip(count(), round_robin(weights), strict=False)
            if whose == place
        )

    def record(self, index: int) -> Record | None:
        """See :class:`RecordSource`."""
        while len(self._positions) <= index:
            self._positions.append(next(self._following))
        return self._source.record(self._positions[index])
