"""What an executor is, and what it leaves of a record in memory."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol, Self

from datagen.record import Outcome, Record, Ruling
from datagen.stages import RecordStage
from datagen.stages.base import Result
from datagen.teachers import Reply
from rewardsvc.types import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How far a record got. All else is in the journal (:meth:`Executor.recalled`): a run may have
    hundreds of thousands.

    ``words``: names the instruction, whatever its case and spaces. ``tokens``: that were read and
    written for it. ``toolchain``: the digest of what judged it, "" where nobody did.
    """

    id: str
    ruling: Ruling
    words: bytes
    tokens: tuple[int, int] = (0, 0)
    toolchain: str = ""

    @classmethod
    def of(cls, record: Record) -> Self:
        """Of a record that got as far as it gets. Pure."""
        words = " ".join(record.task.instruction.lower().split())
        replies, verdict = record.all_results(Reply), record.result(Verdict)
        return cls(
            id=record.id,
            ruling=record.ruling,
            words=blake2b(words.encode("utf-8", "surrogatepass"), digest_size=16).digest(),
            tokens=(
                sum(each.input_tokens for each in replies),
                sum(each.output_tokens for each in replies),
            ),
            toolchain="" if verdict is None else verdict.toolchain,
        )

    @property
    def outcome(self) -> Outcome:
        """The ruling's."""
        return self.ruling.outcome


class StageRunner(Protocol):
    """Who runs a stage on a record: all that an executor does not do itself."""

    async def run(self, stage: RecordStage[Result], record: Record) -> Result:
        """See :meth:`datagen.stages.RecordStage.run`."""
        ...


class Here:
    """A :class:`StageRunner`: this process."""

    async def run(self, stage: RecordStage[Result], record: Record) -> Result:
        """See :class:`StageRunner`."""
        return await stage.run(record)


class SharedResults(Protocol):
    """What was found before, in whatever folder: results of a stage that depend on no run."""

    def result(self, key: str) -> str | None:
        """A result as it is written; None where it is not known."""
        ...

    def keep(self, key: str, result: str) -> None:
        """Let others know it."""
        ...


class Executor(Protocol):
    """Takes records through the stages, wherever they run."""

    async def carry(self, records: Iterable[Record]) -> list[Settled]:
        """How far each record gets, in the same order: to a ruling, or to a fault.

        Records are taken as there is room for them. The first of them are begun first, so that a
        run that is stopped early has something of each source. What was found is in the journal,
        also where this is cancelled or raises.

        Raises:
            DatagenError, rewardsvc.errors.RewardServiceError: nothing more can be done at all.
        """
        ...

    def recalled(self, record: Record) -> Record:
        """A record as far as the journal knows it; nothing is run."""
        ...
