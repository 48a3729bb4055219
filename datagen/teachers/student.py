"""A model that is asked to do tasks: how often it passes says how hard they are."""

from typing import Protocol

from datagen.record import Record
from datagen.teachers.model import asked, opened
from rewardsvc import llm
from rewardsvc.prompts import prompt_of


class Student(Protocol):
    """Answers tasks. Asking and reading are two steps, so that a raw answer is stored between."""

    name: str
    """Without an address: rows name it."""

    def told(self, record: Record) -> str:
        """What it is told of a record. Pure."""
        ...

    async def ask(self, record: Record) -> str:
        """The raw answer to one task.

        Raises:
            TeacherUnavailable: no answer in time, also after retries.
            TeacherRefused: no request of ours is accepted.
        """
        ...

    def read(self, raw: str) -> str:
        """The text in a raw answer, "" where there is none; pure."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


class ModelStudent:
    """A language model; satisfies :class:`Student`."""

    def __init__(
        self,
        name: llm.ModelName,
        limit: llm.RateLimit,
        *,
        timeout_seconds: float,
        retries: int,
        temperature: float | None,
        max_tokens: int,
        account: llm.Account | None = None,
    ) -> None:
        """Connects at the first question. ``temperature``: None sends none, for models that take
        none. ``max_tokens``: of an answer; what is cut off there is judged as it stands.

        Raises:
            ExtraMissing: the SDK is not installed.
            TeacherMissing: its key is not set.
        """
        self._model = opened(
            name, "--student", timeout_seconds=timeout_seconds, temperature=temperature
        )
        self._asker = llm.Asker(self._model, limit, llm.retries_of(retries), account)
        self._max_tokens = max_tokens
        self.name = str(name)

    def told(self, record: Record) -> str:
        """The task, and how the answer is to be delivered."""
        return prompt_of(record.task, delivery=True)

    async def ask(self, record: Record) -> str:
        """The body of the answer, as it came."""
        question = llm.Question(
            "", prompt_of(record.task, delivery=True), "answer", None, self._max_tokens
        )
        return await asked(self._asker, question, record.id)

    def read(self, raw: str) -> str:
        """The text as the model wrote it."""
        try:
            return self._model.written(raw).text
        except llm.Unusable:
            return ""

    async def aclose(self) -> None:
        """Close connections."""
        await self._asker.aclose()
