"""What goes through ``datagen``: one record, from a source through stages to outputs.

A source gives it with what is to be asked; stages add the answer and what was found of it; outputs
write it down. It is frozen: each step gives a new one, and nobody looks back at who made it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self, TypeVar

from datagen.brief import Brief
from datagen.evolution import Evolution
from rewardsvc.types import JsonValue, Task

Result = TypeVar("Result")


class Outcome(StrEnum):
    """Whether a record becomes a row."""

    ACCEPTED = "accepted"
    """By every stage that it went through so far."""
    REJECTED = "rejected"
    MISSING = "missing"
    """A stage could not be done: a tool or provider is not on this machine."""
    FAULTED = "faulted"
    """A stage could not be done for another fault of ours or of a model's service."""

    @property
    def final(self) -> bool:
        """Whether it says something about the record; the others are tried again next time."""
        return self in (Outcome.ACCEPTED, Outcome.REJECTED)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the stages made of a record so far.

    ``reason``: why it is not accepted, "" where it is. ``diagnostics``: what was found, in detail.
    ``stage``: which one decided so.
    """

    outcome: Outcome = Outcome.ACCEPTED
    reason: str = ""
    diagnostics: tuple[str, ...] = ()
    stage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An answer that was rejected before the present one. ``completion`` and ``instruction`` are ""
    where it could not be read; ``reward`` is None where the tools did not see it."""

    instruction: str
    completion: str
    reason: str
    diagnostics: tuple[str, ...] = ()
    reward: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One task on its way into a data set.

    ``id`` names it in the journal and in the data set: equal tasks of a source, equal ids.
    ``source``: the name of where it comes from.
    ``task``: what is asked for, with the means that its verification may lean on.
    ``completion``: the answer (one file or several, fences included); "" where there is none yet.
    ``reference``: an answer that the source knows to be right, "" where it knows none. It is not
    the task's: a server's judge would compare the built-in teacher's answers with themselves.
    ``brief``: what an instruction must say, where the source knows.
    ``guidance``: what else a model is told of how to pose it.
    ``evolution``: the pairs that a model is to make it of, and how.
    ``split``: its side, where its source knows; "" otherwise, and of an evolution where its
    parent has none.
    ``posed``: the task as its source posed it, where ``task`` has a teacher's wording and checks.
    ``attempts``: answers before this one, the oldest first.
    ``results``: what stages found, by the name of the stage; :meth:`result` gives them typed.
    ``provenance``: where it comes from, as its row tells it.
    """

    id: str
    source: str
    task: Task
    completion: str = ""
    reference: str = ""
    brief: Brief | None = None
    guidance: tuple[str, ...] = ()
    evolution: Evolution | None = None
    split: str = ""
    posed: Task | None = None
    attempts: tuple[Attempt, ...] = ()
    results: Mapping[str, object] = field(default_factory=dict)
    ruling: Ruling = Ruling()
    provenance: Mapping[str, JsonValue] = field(default_factory=dict)

    def result(self, kind: type[Result]) -> Result | None:
        """What the stage that gives this type found; None where it did not get there."""
        return next((each for each in self.results.values() if isinstance(each, kind)), None)

    def all_results(self, kind: type[Result]) -> list[Result]:
        """What each stage that gives this type found."""
        return [each for each in self.results.values() if isinstance(each, kind)]

    def with_result(self, stage: str, result: object) -> Self:
        """With what a stage found."""
        return replace(self, results={**self.results, stage: result})

    def ruled(self, outcome: Outcome, reason: str, diagnostics: tuple[str, ...] = ()) -> Self:
        """With a ruling against it."""
        return replace(self, ruling=Ruling(outcome, reason, diagnostics))

    def rejected(self, reason: str, diagnostics: tuple[str, ...] = ()) -> Self:
        """With a ruling that it becomes no row."""
        return self.ruled(Outcome.REJECTED, reason, diagnostics)

    @property
    def outcome(self) -> Outcome:
        """The ruling's."""
        return self.ruling.outcome
