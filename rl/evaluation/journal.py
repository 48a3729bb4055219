"""What models behind an API were asked and what they answered: nothing is paid for twice.

A question is entered before it goes out and its raw answer as soon as it is there, before anybody
reads or scores it. So an evaluation that was killed asks again only what was under way.
"""

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from rewardsvc.llm import Question
from rl.errors import InvalidRunDirectory

_TABLE = """
CREATE TABLE IF NOT EXISTS answers (
    subject TEXT NOT NULL,
    question TEXT NOT NULL,
    number INTEGER NOT NULL,
    task TEXT NOT NULL,
    times INTEGER NOT NULL,
    raw TEXT,
    seconds REAL,
    PRIMARY KEY (subject, question, number)
)
"""

_LOCK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """``subject``: the model's whole name; ``question``: a digest of all that is sent; ``number``
    counts the answers to a task."""

    subject: str
    question: str
    number: int
    task: str


def key_of(
    subject: str, question: Question, temperature: float | None, number: int, task: str
) -> AnswerKey:
    """The key of a question. Pure."""
    sent = [question.system, question.turns, question.max_output_tokens, temperature]
    digest = hashlib.sha256(json.dumps(sent).encode()).hexdigest()
    return AnswerKey(subject, digest, number, task)


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """A raw body, and the seconds that it took."""

    raw: str
    seconds: float


class AnswerJournal:
    """The file; a context manager, for one thread."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._database: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        """Open it.

        Raises:
            InvalidRunDirectory: it cannot be opened, or is no such file.
        """
        try:
            database = sqlite3.connect(self._file, timeout=_LOCK_SECONDS, isolation_level=None)
            database.execute("PRAGMA journal_mode = WAL")
            database.execute(_TABLE)
        except sqlite3.Error as error:
            raise InvalidRunDirectory(
                f"{self._file}: cannot be used as the journal of an evaluation: {error}"
            ) from error
        self._database = database
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._database is not None:
            self._database.close()

    def kept(self, key: AnswerKey) -> KeptAnswer | None:
        """What was answered; None where nothing was."""
        found = self._do(
            "SELECT raw, seconds FROM answers WHERE subject = ? AND question = ? AND number = ? "
            "AND raw IS NOT NULL",
            (key.subject, key.question, key.number),
        ).fetchone()
        return None if found is None else KeptAnswer(*found)

    def asking(self, key: AnswerKey) -> None:
        """It goes out now, perhaps not for the first time."""
        self._do(
            "INSERT INTO answers (subject, question, number, task, times) VALUES (?, ?, ?, ?, 1) "
            "ON CONFLICT DO UPDATE SET times = times + 1",
            (key.subject, key.question, key.number, key.task),
        )

    def answered(self, key: AnswerKey, answer: KeptAnswer) -> None:
        """This came back."""
        self._do(
            "UPDATE answers SET raw = ?, seconds = ? "
            "WHERE subject = ? AND question = ? AND number = ?",
            (answer.raw, answer.seconds, key.subject, key.question, key.number),
        )

    def any(self, subject: str) -> bool:
        """Whether a subject has answered anything."""
        found = self._do(
            "SELECT 1 FROM answers WHERE subject = ? AND raw IS NOT NULL LIMIT 1", (subject,)
        )
        return found.fetchone() is not None

    def _do(self, statement: str, values: tuple[object, ...]) -> sqlite3.Cursor:
        assert self._database is not None  # it is entered
        return self._database.execute(statement, values)
