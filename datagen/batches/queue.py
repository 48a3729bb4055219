"""Questions that are asked in batches, on the disk between being put and being answered.

A question waits, goes out in a batch, and is answered, or waits again. Its line, its batch and its
answer are in the journal's file, written together with the calls that it costs: a process that is
killed leaves a queue that the next one goes on with. One queue is of one model.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from datagen.journal import Journal
from rewardsvc.llm import Tokens

_TABLES = (
    """CREATE TABLE IF NOT EXISTS batches (
        number INTEGER PRIMARY KEY, model TEXT NOT NULL, mark TEXT NOT NULL UNIQUE,
        id TEXT NOT NULL, sent TEXT NOT NULL, requests INTEGER NOT NULL, done INTEGER NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS questions (
        key TEXT PRIMARY KEY, model TEXT NOT NULL, record TEXT NOT NULL, line TEXT NOT NULL,
        most_input INTEGER NOT NULL, most_output INTEGER NOT NULL,
        batch INTEGER, call INTEGER, answer TEXT, fault TEXT NOT NULL, tries INTEGER NOT NULL
    )""",
    "CREATE INDEX IF NOT EXISTS questions_of_batches ON questions (batch)",
)


@dataclass(frozen=True, slots=True)
class QueuedQuestion:
    """``key``: names it, and its request in a batch. ``record``: what it is about. ``most``: what
    it takes at most. ``call``: its number in the journal while it is out."""

    key: str
    record: str
    line: str
    most: Tokens
    call: int = 0
    tries: int = 0


@dataclass(frozen=True, slots=True)
class SentBatch:
    """``mark``: its name among ours. ``id``: the service's, "" where it was not heard. ``sent``:
    when it was begun to be sent."""

    number: int
    mark: str
    id: str
    sent: datetime
    requests: int


class BatchQueue:
    """The questions to one model in a journal."""

    def __init__(self, journal: Journal, model: str) -> None:
        """What failed in an earlier process may be put again.

        Raises:
            OutputUnusable: the journal cannot be written.
        """
        self._journal = journal
        self.model = model
        with journal.together() as database:
            for table in _TABLES:
                database.execute(table)
            database.execute(
                "DELETE FROM questions WHERE model = ? AND fault != '' AND answer IS NULL",
                (model,),
            )

    def answer(self, key: str) -> str | None:
        """The raw answer to a question; None where there is none yet."""
        found = self._journal.rows("SELECT answer FROM questions WHERE key = ?", key)
        return found[0][0] if found else None

    def fault(self, key: str) -> str:
        """Why a question will not be answered in this run; "" where it may be."""
        found = self._journal.rows("SELECT fault FROM questions WHERE key = ?", key)
        return str(found[0][0]) if found else ""

    def put(self, question: QueuedQuestion) -> None:
        """Have a question wait, unless it does already."""
        with self._journal.together() as database:
            database.execute(
                "INSERT OR IGNORE INTO questions "
                "VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, NULL, '', 0)",
                (
                    *(question.key, self.model, question.record, question.line),
                    *(question.most.input, question.most.output),
                ),
            )

    def open(self, keys: Iterable[str]) -> set[str]:
        """Those of them that are neither answered nor given up."""
        query = "SELECT key FROM questions WHERE model = ? AND answer IS NULL AND fault = ''"
        return set(keys) & {str(key) for (key,) in self._journal.rows(query, self.model)}

    def begin(
        self,
        mark: str,
        most: Callable[[QueuedQuestion, int, int], bool],
        reserve: Callable[[QueuedQuestion], int | None],
    ) -> SentBatch | None:
        """Take as many waiting questions into a batch as go; None where none does.

        ``most``: whether one more fits beside so many of so many bytes. ``reserve``: enters its
        call; None where it must not go out.
        """
        sent = datetime.now(UTC)
        with self._journal.together() as database:
            cursor = database.execute(
                "INSERT INTO batches (model, mark, id, sent, requests, done) "
                "VALUES (?, ?, '', ?, 0, 0)",
                (self.model, mark, sent.isoformat()),
            )
            number, requests, size = cursor.lastrowid or 0, 0, 0
            for question in self._waiting():
                if not most(question, requests, size) or (call := reserve(question)) is None:
                    break
                database.execute(
                    "UPDATE questions SET batch = ?, call = ? WHERE key = ?",
                    (number, call, question.key),
                )
                requests, size = requests + 1, size + len(question.line.encode()) + 1
            if not requests:
                database.execute("DELETE FROM batches WHERE number = ?", (number,))
                return None
            database.execute("UPDATE batches SET requests = ? WHERE number = ?", (requests, number))
        return SentBatch(number, mark, "", sent, requests)

    def heard(self, batch: SentBatch, id: str) -> None:
        """The service took it, under this id."""
        with self._journal.together() as database:
            database.execute("UPDATE batches SET id = ? WHERE number = ?", (id, batch.number))

    def unsent(self, batch: SentBatch, settle: Callable[[], None]) -> None:
        """The service did not take it: its questions wait again. ``settle``: says that their calls
        took nothing, at once with it: a call that is free is out no more."""
        with self._journal.together() as database:
            settle()
            database.execute(
                "UPDATE questions SET batch = NULL, call = NULL WHERE batch = ?", (batch.number,)
            )
            database.execute("DELETE FROM batches WHERE number = ?", (batch.number,))

    def under_way(self) -> list[SentBatch]:
        """The batches that nothing is known of yet."""
        rows = self._journal.rows(
            "SELECT number, mark, id, sent, requests FROM batches WHERE model = ? AND NOT done "
            "ORDER BY number",
            self.model,
        )
        return [
            SentBatch(number, mark, id, datetime.fromisoformat(sent), requests)
            for number, mark, id, sent, requests in rows
        ]

    def ids(self) -> set[str]:
        """Of all batches that were ever heard of."""
        return {str(id) for (id,) in self._journal.rows("SELECT id FROM batches WHERE id != ''")}

    def out(self, batch: SentBatch) -> Iterator[QueuedQuestion]:
        """The questions that are in a batch and not answered."""
        return self._questions("batch = ?", batch.number)

    def keys(self, batch: SentBatch) -> set[str]:
        """Of the questions that are in a batch, answered or not."""
        query = "SELECT key FROM questions WHERE batch = ?"
        return {str(key) for (key,) in self._journal.rows(query, batch.number)}

    def came(
        self,
        answered: Sequence[tuple[QueuedQuestion, str]],
        failed: Sequence[tuple[QueuedQuestion, str, bool]],
        settle: Callable[[], None],
    ) -> None:
        """Note answers, and faults with whether they are asked again. ``settle``: says what their
        calls took, at once with it."""
        with self._journal.together() as database:
            database.executemany(
                "UPDATE questions SET answer = ?, line = '' WHERE key = ?",
                [(raw, question.key) for question, raw in answered],
            )
            database.executemany(
                "UPDATE questions SET batch = NULL, call = NULL, tries = tries + 1, fault = ? "
                "WHERE key = ?",
                [("" if again else why, question.key) for question, why, again in failed],
            )
            settle()

    def give_up(self, why: str) -> None:
        """What waits is not asked in this run."""
        with self._journal.together() as database:
            database.execute(
                "UPDATE questions SET fault = ? "
                "WHERE model = ? AND batch IS NULL AND answer IS NULL AND fault = ''",
                (why, self.model),
            )

    def done(self, batch: SentBatch) -> None:
        """Nothing more comes of it."""
        with self._journal.together() as database:
            database.execute("UPDATE batches SET done = 1 WHERE number = ?", (batch.number,))

    @property
    def waiting(self) -> int:
        """Questions that are in no batch."""
        query = (
            "SELECT count(*) FROM questions "
            "WHERE model = ? AND batch IS NULL AND answer IS NULL AND fault = ''"
        )
        return int(self._journal.rows(query, self.model)[0][0])

    def first_waiting(self) -> QueuedQuestion | None:
        """The one that has waited longest."""
        return next(self._waiting(), None)

    def _waiting(self) -> Iterator[QueuedQuestion]:
        return self._questions("batch IS NULL AND answer IS NULL AND fault = ''")

    def _questions(self, where: str, *given: object) -> Iterator[QueuedQuestion]:
        rows = self._journal.rows(
            f"SELECT key FROM questions WHERE model = ? AND answer IS NULL AND {where} "
            "ORDER BY rowid",
            *(self.model, *given),
        )
        for (key,) in rows:  # their lines one by one: all of them may be hundreds of megabytes
            ((record, line, read, written, call, tries),) = self._journal.rows(
                "SELECT record, line, most_input, most_output, call, tries FROM questions "
                "WHERE key = ?",
                key,
            )
            yield QueuedQuestion(key, record, line, Tokens(read, written), call or 0, tries)
