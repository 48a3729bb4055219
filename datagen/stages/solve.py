"""Has a student do a task: its answer becomes the record's, whatever it is worth."""

from dataclasses import replace

from pydantic import TypeAdapter

from datagen.record import Outcome, Record
from datagen.stages.ask import RawAnswer
from datagen.stages.base import ONCE, digest_of
from datagen.teachers.student import Student


class Solving:
    """The stage ``solve``: a :class:`RecordStage` whose result nobody has looked into."""

    name = "solve"
    written = TypeAdapter(RawAnswer)
    paid = True
    retries = ONCE  # a student tries again by itself

    def __init__(self, student: Student) -> None:
        self._student = student

    def takes(self, record: Record) -> bool:
        """What has no answer yet."""
        return record.outcome is Outcome.ACCEPTED and not record.completion

    def digest(self, record: Record) -> str:
        """Of the student and of what it is told."""
        return digest_of(self._student.name, self._student.told(record))

    def subject(self, record: Record) -> Record:
        """The record itself."""
        return record

    async def run(self, record: Record) -> RawAnswer:
        """The answer.

        Raises:
            TeacherUnavailable: there is none in time.
            TeacherRefused: no request of ours is accepted.
        """
        return RawAnswer(await self._student.ask(record))

    def applied(self, record: Record, result: RawAnswer) -> Record:
        """The record with the answer; one without a text has failed."""
        text = self._student.read(result.text)
        if not text.strip():
            return record.rejected("the student wrote nothing")
        return replace(record, completion=text)
