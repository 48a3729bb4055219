"""Which records are worked on next, until each source gave its share.

What a run gives depends on its sources and on what comes of their records alone, never on the order
in which answers come: same seed, same rows. A run proceeds in waves: what the shares still need is
worked on together, then the shares are looked at again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from datagen.balance import EQUAL, Precedence, quotas, rounds
from datagen.execution.base import Executor, Settled
from datagen.record import Outcome, Record
from datagen.sources import RecordSource

MAX_REJECTED = 25
"""Rejected records in a row after which a source is given up: its share goes to the others."""


@dataclass(slots=True)
class Progress:
    """How one source is getting on: its records as far as they got, in order.

    ``recalled``: what the journal knows of a record. ``precedence``: of its share.
    """

    source: RecordSource
    recalled: Callable[[Record], Record]
    records: list[Settled] = field(default_factory=list)
    used_up: bool = False
    precedence: Precedence = EQUAL

    @property
    def accepted(self) -> list[int]:
        """The positions of those that become rows; an instruction that came before is left out."""
        kept, seen = [], set()
        for position, record in enumerate(self.records):
            if record.outcome is Outcome.ACCEPTED and record.words not in seen:
                seen.add(record.words)
                kept.append(position)
        return kept

    @property
    def rejected(self) -> list[int]:
        """The positions of those that were decided against."""
        return [
            position
            for position, record in enumerate(self.records)
            if record.outcome is Outcome.REJECTED
        ]

    @property
    def fault(self) -> Settled | None:
        """The record that keeps the source from going on."""
        return next((each for each in self.records if not each.outcome.final), None)

    @property
    def limit(self) -> int | None:
        """What it can give at most: None where there is more to try, or to try again later."""
        fault = self.fault
        if fault is not None:
            return len(self.accepted) if fault.outcome is Outcome.MISSING else None
        tail = self.records[-MAX_REJECTED:]
        given_up = len(tail) == MAX_REJECTED and all(
            record.outcome is Outcome.REJECTED for record in tail
        )
        return len(self.accepted) if self.used_up or given_up else None

    def lacking(self, share: int) -> int:
        """How many more records to work on for a share; 0 where it is met or cannot be."""
        if self.limit is not None or self.fault is not None:
            return 0
        return max(0, share - len(self.accepted))

    def whole(self, position: int) -> Record:
        """The record at a position, which was decided, with all that was found of it.

        Raises:
            LookupError: neither source nor journal have it as it was.
        """
        record, settled = self.source.record(position), self.records[position]
        if record is not None:
            record = self.recalled(record)
            if (record.id, record.ruling) == (settled.id, settled.ruling):
                return record
        raise LookupError(f"{self.source.name}: record {position} is not what it was")

    def add(self, records: Sequence[Settled]) -> None:
        """Take in what came of the next ones; what lies behind a fault does not count, until the
        fault is gone."""
        for record in records:
            self.records.append(record)
            if not record.outcome.final:
                break


async def run_waves(
    sources: Sequence[RecordSource],
    executor: Executor,
    count: int,
    progress: list[Progress] | None = None,
    precedences: Sequence[Precedence] = (),
) -> list[Progress]:
    """Work until ``count`` records are accepted or no source can give more.

    ``progress``: how far an earlier call with the same sources came, where this one goes on.
    ``precedences``: of the sources' shares, which are equal without.

    Raises:
        DatagenError, rewardsvc.errors.RewardServiceError: nothing more can be done; what was found
            so far is in the journal.
    """
    progress = progress or [
        Progress(source, executor.recalled, precedence=precedence)
        for source, precedence in zip(sources, precedences or [EQUAL] * len(sources), strict=True)
    ]
    while True:
        shares = _shares(progress, count)
        lacking = [each.lacking(share) for each, share in zip(progress, shares, strict=True)]
        sources_in_order: list[int] = []
        carried = await executor.carry(_following(progress, lacking, sources_in_order))
        came: list[list[Settled]] = [[] for _ in progress]
        for source, record in zip(sources_in_order, carried, strict=True):
            came[source].append(record)
        for each, records in zip(progress, came, strict=True):
            each.add(records)
        # Where a source was found to be used up, the others have to give more.
        if not carried and shares == _shares(progress, count):
            return progress


def _following(
    progress: Sequence[Progress], lacking: Sequence[int], sources_in_order: list[int]
) -> Iterator[Record]:
    """The next records that are lacking, sources taking turns; whose each is, is noted."""
    begun = [len(each.records) for each in progress]
    for source, number in rounds(lacking):
        if progress[source].used_up:
            continue
        record = progress[source].source.record(begun[source] + number)
        if record is None:
            progress[source].used_up = True
            continue
        sources_in_order.append(source)
        yield record


def taken(progress: Sequence[Progress], count: int) -> Iterator[tuple[Record, int]]:
    """The records that become rows, sources taking turns, each with its position among those of its
    source."""
    accepted = [each.accepted for each in progress]
    shares = [
        min(share, len(positions))
        for share, positions in zip(_shares(progress, count), accepted, strict=True)
    ]
    for source, number in rounds(shares):
        yield progress[source].whole(accepted[source][number]), number


def _shares(progress: Sequence[Progress], count: int) -> list[int]:
    return quotas(count, [each.limit for each in progress], [each.precedence for each in progress])
