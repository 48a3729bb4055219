"""Which records are worked on next, until each source gave its share.

What a run gives depends on its sources and on what comes of their records alone, never on the order
in which answers come: same seed, same rows. A run proceeds in waves: what the shares still need is
worked on together, then the shares are looked at again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from datagen.balance import quotas, rounds
from datagen.execution.base import Executor
from datagen.record import Outcome, Record
from datagen.sources import RecordSource

PATIENCE = 25
"""Rejected records in a row after which a source is given up: its share goes to the others."""


@dataclass(slots=True)
class Progress:
    """How one source is getting on: its records as far as they got, in order."""

    source: RecordSource
    records: list[Record] = field(default_factory=list)
    used_up: bool = False

    @property
    def accepted(self) -> list[Record]:
        """Those that become rows, in order; an instruction that came before is left out."""
        kept, seen = [], set()
        for record in self.records:
            words = " ".join(record.task.instruction.lower().split())
            if record.outcome is Outcome.ACCEPTED and words not in seen:
                seen.add(words)
                kept.append(record)
        return kept

    @property
    def rejected(self) -> list[Record]:
        """Those that were decided against, in order."""
        return [record for record in self.records if record.outcome is Outcome.REJECTED]

    @property
    def fault(self) -> Record | None:
        """The record that keeps the source from going on."""
        return next((each for each in self.records if not each.outcome.final), None)

    @property
    def limit(self) -> int | None:
        """What it can give at most: None where there is more to try, or to try again later."""
        fault = self.fault
        if fault is not None:
            return len(self.accepted) if fault.outcome is Outcome.MISSING else None
        tail = self.records[-PATIENCE:]
        given_up = len(tail) == PATIENCE and all(
            record.outcome is Outcome.REJECTED for record in tail
        )
        return len(self.accepted) if self.used_up or given_up else None

    def needed(self, share: int) -> list[Record]:
        """The records to work on next for a share; none where it is met or cannot be."""
        if self.limit is not None or self.fault is not None:
            return []
        first = len(self.records)
        wanted = []
        for index in range(first, first + share - len(self.accepted)):
            record = self.source.record(index)
            if record is None:
                self.used_up = True
                break
            wanted.append(record)
        return wanted

    def add(self, records: Sequence[Record]) -> None:
        """Take in what came of those that were needed; what lies behind a fault does not count,
        until the fault is gone."""
        for record in records:
            self.records.append(record)
            if not record.outcome.final:
                break


async def run_waves(
    sources: Sequence[RecordSource],
    executor: Executor,
    count: int,
    progress: list[Progress] | None = None,
) -> list[Progress]:
    """Work until ``count`` records are accepted or no source can give more.

    ``progress``: how far an earlier call with the same sources came, where this one goes on.

    Raises:
        DatagenError, rewardsvc.errors.RewardServiceError: nothing more can be done; what was found
            so far is in the journal.
    """
    progress = progress or [Progress(source) for source in sources]
    while True:
        shares = _shares(progress, count)
        wave = [each.needed(share) for each, share in zip(progress, shares, strict=True)]
        if not any(wave):
            if shares == _shares(progress, count):
                return progress
            continue  # a source was found to be used up: the others have to give more
        order = list(rounds([len(records) for records in wave]))  # sources take turns
        carried = await executor.carry([wave[source][position] for source, position in order])
        came: list[list[Record]] = [[] for _ in sources]
        for (source, _), record in zip(order, carried, strict=True):
            came[source].append(record)
        for each, records in zip(progress, came, strict=True):
            each.add(records)


def taken(progress: Sequence[Progress], count: int) -> list[tuple[Record, int]]:
    """The records that become rows, sources taking turns, each with its position among those of its
    source."""
    accepted = [each.accepted for each in progress]
    shares = [
        min(share, len(records))
        for share, records in zip(_shares(progress, count), accepted, strict=True)
    ]
    return [(accepted[source][position], position) for source, position in rounds(shares)]


def _shares(progress: Sequence[Progress], count: int) -> list[int]:
    return quotas(count, [each.limit for each in progress])
