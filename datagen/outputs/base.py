"""What a sink is, and what it is given."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from datagen.record import Outcome, Record
from datagen.stages.strength import MAX_SURVIVING
from rewardsvc.tasks import TaskRow


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """What a run came to.

    ``command``: what made it. ``rows``: of the records that were taken, in order. ``steps``: what
    was done with the rows together, in sentences. ``accepted``: of these and of those that could
    have been taken. ``records``: all that were worked on, each source's together.
    ``most_surviving``: the share of mutants that a row's checks may let pass.
    """

    command: str = "datagen synth"
    categories: Sequence[str]
    teachers: Sequence[str]
    seed: int
    rows: Sequence[TaskRow]
    steps: Sequence[str] = ()
    accepted: Sequence[Record]
    records: Sequence[Record]
    most_surviving: float = MAX_SURVIVING

    @property
    def rejected(self) -> list[Record]:
        """Those that were decided against."""
        return [record for record in self.records if record.outcome is Outcome.REJECTED]


class RecordSink(Protocol):
    """One file of a data set."""

    file: str
    """Its name."""

    def lines(self, data: DataSet) -> Iterable[str]:
        """What stands in it, without ends of lines: no times, dates or paths. Pure."""
        ...
