"""Tells a teacher what the tools say of its answer, and takes the next one.

A repair turn is a question like the first, with the former answer and its diagnostics in it; each
has a stage of its own, so that every answer is in the journal. What is measured of an answer that
was accepted (its checks' strength, a judge's rating) is no repair's affair.
"""

from dataclasses import replace

from datagen.record import Attempt, Outcome, Record, Ruling
from datagen.stages.ask import Asking, RawAnswer, UselessAnswers
from datagen.teachers import Teacher
from rewardsvc.types import Verdict

_MENDED = frozenset({"ask", "repair", "novelty", "verify"})
"""The stages whose rejections are about the answer."""


class Repair(Asking):
    """The stage ``repair-N``: a :class:`RecordStage` for what the tools rejected."""

    def __init__(self, teacher: Teacher, turn: int, useless: UselessAnswers | None = None) -> None:
        """``turn``: from 1. ``useless``: see :class:`Asking`."""
        super().__init__(teacher, useless)
        self.name = f"repair-{turn}"

    def takes(self, record: Record) -> bool:
        """What was rejected for its answer."""
        stage = record.ruling.stage.partition("-")[0]
        return record.outcome is Outcome.REJECTED and stage in _MENDED

    def subject(self, record: Record) -> Record:
        """The record as it is asked for again."""
        return again(record)

    def applied(self, record: Record, result: RawAnswer) -> Record:
        """See :meth:`Asking.applied`; the former answer is kept among the attempts."""
        return super().applied(again(record), result)


def again(record: Record) -> Record:
    """A record that is to be answered anew: as it was posed, with what came of it so far. Pure."""
    verdict = record.result(Verdict)
    attempt = Attempt(
        instruction=record.task.instruction if record.completion else "",
        completion=record.completion,
        reason=record.ruling.reason,
        diagnostics=record.ruling.diagnostics,
        reward=None if verdict is None else verdict.reward,
    )
    return replace(
        record,
        task=record.posed or record.task,
        completion="",
        attempts=(*record.attempts, attempt),
        results={
            stage: result
            for stage, result in record.results.items()
            if not isinstance(result, Verdict)
        },
        ruling=Ruling(),
    )
