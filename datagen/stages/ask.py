"""Asks a teacher, and makes the answer into a completion: the only stage that writes one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from datagen.errors import TeacherUseless, UnusableReply
from datagen.phrasing import unsaid
from datagen.record import Outcome, Record
from datagen.stages.base import ONCE, digest_of
from datagen.teachers import Reply, Teacher
from datagen.teachers.base import MAX_ADDED
from datagen.topic import rendered
from rewardsvc.answer import answer_in, begins_with_thought, without_marks
from rewardsvc.checks.named import read_named_check
from rewardsvc.formats import FORMATS
from rewardsvc.types import JsonValue, Task

MAX_USELESS = 20
"""Answers in a row that are no pair, over all topics, after which no more are paid for."""


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What a teacher's service answered, as it came."""

    text: str


class UselessAnswers:
    """With a teacher, whoever asks it: over all topics, portions and turns of a run.

    An answer is looked into when the next one is asked for. By then it is kept, whatever reading it
    comes to.
    """

    def __init__(self, teacher: Teacher) -> None:
        self._teacher = teacher
        self._unread: list[str] = []
        self._useless, self._why = 0, ""

    def heard(self, raw: str) -> None:
        """Take note of an answer."""
        self._unread.append(raw)

    def check(self) -> None:
        """Look into what was heard.

        Raises:
            TeacherUseless: the last :data:`MAX_USELESS` answers were no pairs.
        """
        while self._unread:
            try:
                self._teacher.read(self._unread.pop(0))
                self._useless = 0
            except UnusableReply as error:
                self._useless, self._why = self._useless + 1, str(error)
        if self._useless >= MAX_USELESS:
            raise TeacherUseless(
                f"{self._teacher.name}: none of its last {self._useless} answers can be used "
                f"({self._why}): look at one with datagen why ID --json, choose another model, or "
                "another server for it"
            )


class Asking:
    """The stage ``ask``: a :class:`RecordStage` whose result nobody has looked into.

    A service that answers after hours is a teacher that is not there yet (a
    :class:`~datagen.errors.StageFault`); once it has answered, verifying goes on from the journal.
    """

    name = "ask"
    written = TypeAdapter(RawAnswer)
    retries = ONCE  # a teacher tries again by itself

    def __init__(self, teacher: Teacher, useless: UselessAnswers | None = None) -> None:
        """``useless``: shared with whoever else asks the same teacher."""
        self.paid = teacher.paid
        self._teacher = teacher
        self._useless_answers = useless or UselessAnswers(teacher)

    def takes(self, record: Record) -> bool:
        """What is accepted so far."""
        return record.outcome is Outcome.ACCEPTED

    def digest(self, record: Record) -> str:
        """Of the teacher and of what it is told of this record.

        Its standing orders are left out: reworded, they make no answer that was paid for worthless.
        """
        return digest_of(self._teacher.name, self._teacher.told(record))

    def subject(self, record: Record) -> Record:
        """The record itself."""
        return record

    async def run(self, record: Record) -> RawAnswer:
        """The answer.

        Raises:
            TeacherUnavailable: there is none in time.
            TeacherRefused: no request of ours is accepted.
            TeacherUseless: nothing that it said of late is a pair; what it said is kept.
        """
        self._useless_answers.check()
        raw = await self._teacher.ask(record)
        self._useless_answers.heard(raw)
        return RawAnswer(raw)

    def applied(self, record: Record, result: RawAnswer) -> Record:
        """The record with the answer in it, worded as the teacher did; its result is a Reply."""
        try:
            reply = self._teacher.read(result.text)
            _require_few(record, reply)
            task = with_checks(record.task, reply.checks)
            completion = completion_of(task, reply.answer)
        except (UnusableReply, ValueError) as error:
            return record.rejected(f"answer unusable: {error}")
        answered = replace(
            record.with_result(self.name, reply),
            posed=record.posed or record.task,
            task=replace(task, instruction=reply.instruction),
            completion=completion,
        )
        if record.brief is not None and (missing := unsaid(record.brief, reply.instruction)):
            return answered.rejected(f"the instruction does not say: {', '.join(missing)}")
        return answered


def _require_few(record: Record, reply: Reply) -> None:
    most = MAX_ADDED if record.evolution is None else record.evolution.operator.most
    if len(reply.checks) > most:
        raise UnusableReply(f"it has {len(reply.checks)} checks, and at most {most} were allowed")


def with_checks(task: Task, named: Sequence[JsonValue]) -> Task:
    """The task with checks for requirements that a teacher added.

    Raises:
        ValueError: one of them is no named check of the format; says which and why.
    """
    added = tuple(read_named_check(each, FORMATS[task.format]).render() for each in named)
    return replace(task, checks=(*task.checks, *added))


def completion_of(task: Task, written: str | Mapping[str, str]) -> str:
    """A teacher's answer as a completion; models add thoughts and fences although told not to.

    Raises:
        UnusableReply: it has files by their paths, and they are not those that the task asks for.
        ValueError: a path is one that extraction would refuse.
    """
    if not isinstance(written, str):
        if written.keys() != set(task.files):
            asked = ", ".join(task.files) or "one without a path"
            raise UnusableReply(f"files {', '.join(written)}, where {asked} was asked for")
        return rendered(task.format, written)
    text = without_marks(written.strip())
    answer = answer_in(text).text.strip()
    if answer.startswith("```"):
        return f"{answer}\n"
    # A bare file may hold a marker; one that begins with a thought does not.
    return rendered(task.format, answer if begins_with_thought(text) else text)
