"""A language model as a teacher."""

from collections.abc import Callable
from typing import Protocol

from datagen.errors import (
    StageFault,
    TeacherMissing,
    TeacherRefused,
    TeacherUnavailable,
    UnusableReply,
)
from datagen.record import Record
from datagen.teachers.base import Reply, pair_schema, read_pair
from datagen.teachers.prompt import commission, system_of
from rewardsvc import llm

_OUTPUT_TOKENS = 8192


KnownAnswer = Callable[[llm.Model, llm.Question], str | None]
"""The raw answer of a model to a question that was paid for otherwise; None where there is none."""


class ModelTeacher:
    """Satisfies :class:`datagen.teachers.base.Teacher`."""

    paid = True

    def __init__(
        self,
        name: llm.ModelName,
        limit: llm.RateLimit,
        *,
        timeout_seconds: float,
        retries: int,
        account: llm.Account | None = None,
        opening: llm.OpenModel = llm.open_model,
        known: KnownAnswer = lambda model, question: None,
    ) -> None:
        """Connects at the first question. An answer may take so many seconds each time that it is
        asked for: once, and again after passing faults. What is ``known`` is not asked.

        Raises:
            ExtraMissing: the SDK is not installed.
            TeacherMissing: its key is not set.
        """
        try:
            self._model = opening(name, timeout_seconds=timeout_seconds, extra="teachers")
        except llm.ModelNotSetUp as error:
            raise TeacherMissing(f"--teacher {error}") from error
        self._asker = llm.Asker(self._model, limit, llm.retries_of(retries), account)
        self._known = known
        self.name = str(name)

    def told(self, record: Record) -> str:
        """The user's turn."""
        return commission(record)

    async def ask(self, record: Record) -> str:
        """The body of the answer, as it came."""
        question = question_of(record)
        known = self._known(self._model, question)
        return await asked(self._asker, question, record.id) if known is None else known

    def read(self, raw: str) -> Reply:
        """The pair in the answer's text."""
        return reply_of(self._model, raw)

    async def aclose(self) -> None:
        """Close connections."""
        await self._asker.aclose()


def opened(
    name: llm.ModelName, option: str, *, timeout_seconds: float, temperature: float | None = None
) -> llm.TextModel:
    """The model that an option names.

    Raises:
        ExtraMissing: the SDK is not installed.
        TeacherMissing: its key is not set.
    """
    try:
        return llm.open_model(
            name, timeout_seconds=timeout_seconds, temperature=temperature, extra="teachers"
        )
    except llm.ModelNotSetUp as error:
        raise TeacherMissing(f"{option} {error}") from error


async def asked(asker: llm.Asker, question: llm.Question, purpose: str) -> str:
    """The body of one answer, as it came.

    Raises:
        StageFault: a budget does not allow it.
        TeacherUnavailable: no answer in time, also after retries.
        TeacherRefused: no request of ours is accepted.
    """
    try:
        return await asker.ask(question, purpose)
    except llm.BudgetSpent as error:
        raise StageFault(str(error)) from error
    except llm.ModelUnavailable as error:
        raise TeacherUnavailable(str(error)) from error
    except llm.ModelRefused as error:
        raise TeacherRefused(str(error)) from error


class ReadingModel(Protocol):
    """Reads what a model's service answered, however it was asked."""

    def read(self, raw: str) -> llm.ModelAnswer:
        """See :meth:`rewardsvc.llm.Model.read`."""
        ...


def reply_of(model: ReadingModel, raw: str) -> Reply:
    """The pair in a raw answer's text. Pure.

    Raises:
        UnusableReply: see :meth:`datagen.teachers.base.Teacher.read`.
    """
    try:
        answer = model.read(raw)
    except llm.Unusable as error:
        raise UnusableReply(str(error)) from error
    pair = read_pair(answer.text)
    return Reply(
        pair.instruction,
        pair.answer,
        answer.input_tokens,
        answer.output_tokens,
        tuple(pair.checks),
    )


def question_of(record: Record) -> llm.Question:
    """What a model is asked about a record. Pure."""
    schema = pair_schema(record.task.format, record.task.files)
    return llm.Question(system_of(record), commission(record), "pair", schema, _OUTPUT_TOKENS)
