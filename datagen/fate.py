"""What became of a candidate, as the journal tells it afterwards: why is this row not in my data?

A candidate that the stages decided on has a fate at once; what is done with the rows together (one
repeats another, one stands in a benchmark) is added when they are written.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from pydantic import TypeAdapter

from datagen.journal import Journal
from datagen.record import Outcome, Record
from rewardsvc.types import Verdict


class CandidateEnd(StrEnum):
    """How a candidate ended."""

    ROW = "row"
    """It is in the data set."""
    SPARE = "spare"
    """Accepted, and not needed: its source gave enough without it."""
    REJECTED = "rejected"
    UNDECIDED = "undecided"
    """A tool or a service failed; the next run tries again."""
    DUPLICATE = "duplicate"
    CONTAMINATED = "contaminated"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateFate:
    """``stage``: which one decided, or ``deduplicate`` and its like; "" for a row. ``other``: the
    row that it repeats, or the file that it stands in. ``attempts``: answers before the last.
    """

    id: str
    end: CandidateEnd
    category: str
    format: str
    source: str
    teacher: str
    stage: str = ""
    reason: str = ""
    diagnostics: tuple[str, ...] = ()
    reward: float | None = None
    split: str = ""
    other: str = ""
    attempts: int = 0


FATE = TypeAdapter(CandidateFate)
"""How it is written as JSON and read again."""

_ENDS = {
    Outcome.ACCEPTED: CandidateEnd.SPARE,
    Outcome.REJECTED: CandidateEnd.REJECTED,
    Outcome.MISSING: CandidateEnd.UNDECIDED,
    Outcome.FAULTED: CandidateEnd.UNDECIDED,
}


def fate_of(record: Record, teacher: str) -> CandidateFate:
    """What the stages made of a record. Pure."""
    verdict = record.result(Verdict)
    return CandidateFate(
        id=record.id,
        end=_ENDS[record.outcome],
        category=record.task.category,
        format=record.task.format,
        source=record.source,
        teacher=teacher,
        stage=record.ruling.stage,
        reason=record.ruling.reason,
        diagnostics=record.ruling.diagnostics,
        reward=None if verdict is None else verdict.reward,
        attempts=len(record.attempts),
    )


_OF_ROWS = frozenset({CandidateEnd.ROW, CandidateEnd.DUPLICATE, CandidateEnd.CONTAMINATED})
"""What is decided of rows together, and holds until they are written again."""


def note_decided(journal: Journal, fate: CandidateFate) -> None:
    """Note what the stages made of a candidate.

    That it is accepted once more takes nothing back of what became of it as a row.

    Raises:
        OutputUnusable: the journal cannot be written.
    """
    written = journal.fate(fate.id) if fate.end is CandidateEnd.SPARE else None
    if written is not None and (before := FATE.validate_json(written)).end in _OF_ROWS:
        fate = replace(
            fate, end=before.end, reason=before.reason, split=before.split, other=before.other
        )
    journal.note([(fate.id, FATE.dump_json(fate).decode())])


def note_written(
    journal: Journal,
    accepted: Iterable[str],
    ended: Callable[[CandidateFate], CandidateFate],
) -> None:
    """Note what became as rows of the candidates that the stages accepted, which
    :func:`note_decided` has noted.

    Args:
        journal: of the run.
        accepted: their ids.
        ended: the fate of one that is spare, as it is in the end.

    Raises:
        OutputUnusable: the journal cannot be written.
    """

    def fates() -> Iterator[tuple[str, str]]:
        for id in accepted:
            known = journal.fate(id)
            assert known is not None  # it was decided
            spare = replace(
                FATE.validate_json(known),
                end=CandidateEnd.SPARE,
                stage="",
                reason="",
                diagnostics=(),
                split="",
                other="",
            )
            yield id, FATE.dump_json(ended(spare)).decode()

    journal.note(fates())
