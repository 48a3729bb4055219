"""What a sink is, and what it is given."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from datagen.record import Record
from datagen.rows import TaskRows
from datagen.stages.strength import MAX_SURVIVING


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """What a run came to.

    ``command``: what made it. ``rows``: of the records that were taken, in order. ``steps``: what
    was done with the rows together, in sentences. ``accepted``: how many records were, these and
    those that could have been taken. ``rejected``: goes through those that were decided against,
    each source's together. ``rejections``: how many these are. ``tokens``: read and written for all
    records. ``toolchains``: the digests of what judged those that were accepted, in order.
    ``most_surviving``: the share of mutants that a row's checks may let pass.
    """

    command: str = "datagen synth"
    categories: Sequence[str]
    teachers: Sequence[str]
    seed: int
    rows: TaskRows
    steps: Sequence[str] = ()
    accepted: int
    rejected: Callable[[], Iterable[Record]] = tuple
    rejections: int = 0
    tokens: tuple[int, int] = (0, 0)
    toolchains: Sequence[str] = ()
    most_surviving: float = MAX_SURVIVING


class RecordSink(Protocol):
    """One file of a data set."""

    file: str
    """Its name."""

    def lines(self, data: DataSet) -> Iterable[str]:
        """What stands in it, without ends of lines: no times, dates or paths. Pure."""
        ...
