"""A language model as a teacher that is asked in batches.

Asking puts a question into the queue and ends with a fault
(:class:`~datagen.errors.AnswerPending`): the teacher has not answered yet. Whoever carries the
records asks again when the batch is back (``datagen.execution.batched``), and finds the answer.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace

from datagen.batches.asking import BatchAsking, BatchSettings
from datagen.batches.queue import BatchQueue, QueuedQuestion
from datagen.errors import AnswerPending, StageFault, TeacherMissing, WrongUsage
from datagen.ledger import Ledger
from datagen.record import Record
from datagen.teachers.base import Reply
from datagen.teachers.model import KnownAnswer, question_of, reply_of
from datagen.teachers.prompt import commission
from rewardsvc.llm import (
    BatchModel,
    Model,
    ModelName,
    ModelNotSetUp,
    Question,
    most_of,
    open_batches,
)


class BatchTeacher:
    """Satisfies :class:`datagen.teachers.base.Teacher`."""

    paid = True

    def __init__(self, asking: BatchAsking) -> None:
        self.asking = asking
        self.name = str(asking.model.name)
        self.waiting: dict[str, str] = {}
        """The keys of questions that wait, by the record that each is about."""

    def part(self) -> "BatchTeacher":
        """The same teacher, for who waits for questions of their own."""
        return BatchTeacher(self.asking)

    def told(self, record: Record) -> str:
        """The user's turn."""
        return commission(record)

    async def ask(self, record: Record) -> str:
        """The body of the answer, as it came.

        Raises:
            AnswerPending: there is none yet.
            StageFault: there will be none in this run.
        """
        question, queue = question_of(record), self.asking.queue
        key = key_of(self.asking.model, question)
        answer = queue.answer(key)
        if answer is not None:
            return answer
        if fault := queue.fault(key):
            raise StageFault(fault, lasting=True)
        line = self.asking.model.line(key, question)
        queue.put(QueuedQuestion(key, record.id, line, most_of(question)))
        self.waiting[record.id] = key
        raise AnswerPending

    def read(self, raw: str) -> Reply:
        """The pair in the answer's text."""
        return reply_of(self.asking.model, raw)

    async def answered(self) -> None:
        """Wait for all that waits.

        Raises:
            TeacherRefused, TeacherUnavailable: see :meth:`BatchAsking.answered`.
        """
        keys = set(self.waiting.values())
        self.waiting.clear()
        await self.asking.answered(keys)

    async def aclose(self) -> None:
        """Say what goes on without us, and close connections."""
        if left := self.asking.left():
            self.asking.told(left)
        await self.asking.model.aclose()


def answers_before(queue: BatchQueue) -> KnownAnswer:
    """What a model answered in batches, for who asks it one by one from now on: that is paid for.

    Raises:
        WrongUsage: a batch is out, whose questions would be paid for again.
    """
    if out := queue.under_way():
        requests = sum(batch.requests for batch in out)
        raise WrongUsage(
            f"{queue.model}: {requests} questions are out in batches, and are paid for; the same "
            "command with --batch fetches their answers"
        )
    return lambda model, question: queue.answer(key_of(model, question))


def key_of(model: Model | BatchModel, question: Question) -> str:
    """Names a question to a model, also in a batch: 64 hexadecimal digits. Pure."""
    material = [
        *(str(model.name), model.address, question.system, question.prompt, question.name),
        *(question.schema, question.max_output_tokens, question.earlier),
    ]
    return hashlib.sha256(json.dumps(material).encode()).hexdigest()


def open_batch_teacher(
    name: ModelName,
    ledger: Ledger,
    queue: BatchQueue,
    settings: BatchSettings,
    told: Callable[[str], None],
    *,
    timeout_seconds: float,
) -> BatchTeacher:
    """A model as a teacher that is asked in batches. ``told``: hears how they get on.

    Raises:
        ExtraMissing: its SDK is not installed.
        TeacherMissing: its key is not set.
        WrongUsage: there is a budget, and no price is known.
    """
    try:
        model = open_batches(name, timeout_seconds=timeout_seconds)
    except ModelNotSetUp as error:
        raise TeacherMissing(f"--teacher {error}") from error
    kind = replace(ledger.of(name.whole).kind, batch=True)
    return BatchTeacher(BatchAsking(model, queue, ledger, kind, settings, told))
