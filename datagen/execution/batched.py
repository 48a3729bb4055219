"""Takes records through the stages where a teacher answers in batches.

Records go as far as they get without an answer; when the batch is back, those that waited go on, to
a repair turn's question perhaps, which waits for the next one.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from datagen.batches.teacher import BatchTeacher
from datagen.execution.base import Executor, Settled
from datagen.record import Record

_MOST = 10_000
"""Records whose answers are waited for at once: each is in memory until it is verified."""


class BatchedExecutor:
    """Satisfies :class:`datagen.execution.base.Executor`, with another that does the work."""

    def __init__(self, inner: Executor, teacher: BatchTeacher) -> None:
        """``teacher``: the one that the stages of ``inner`` ask."""
        self._inner = inner
        self._teacher = teacher

    async def carry(self, records: Iterable[Record]) -> list[Settled]:
        """See :class:`datagen.execution.base.Executor`."""
        settled: list[Settled] = []
        for some in _chunks(records):
            settled += await self._carried(some)
        return settled

    def recalled(self, record: Record) -> Record:
        """See :class:`datagen.execution.base.Executor`."""
        return self._inner.recalled(record)

    async def _carried(self, records: list[Record]) -> list[Settled]:
        settled: dict[int, Settled] = {}
        left = dict(enumerate(records))
        while left:
            came = dict(zip(left, await self._inner.carry(left.values()), strict=True))
            settled |= came
            waiting = self._teacher.waiting
            left = {place: record for place, record in left.items() if came[place].id in waiting}
            await self._teacher.answered()
        return [settled[place] for place in range(len(records))]


def deciding(teacher: BatchTeacher, decided: Callable[[Record], None]) -> Callable[[Record], None]:
    """Tells of the records that do not wait for an answer."""

    def heard(record: Record) -> None:
        if record.id not in teacher.waiting:
            decided(record)

    return heard


def _chunks(records: Iterable[Record]) -> Iterator[list[Record]]:
    following = iter(records)
    while some := list(islice(following, _MOST)):
        yield some
