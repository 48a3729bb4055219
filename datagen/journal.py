"""What a run has paid for and found out, kept in ``DIR/.state`` so that it can go on later.

(stage, record, digest) → result, each as it came, before anybody looks into it. The journal knows
nothing of what stages and records are. It is the queue between asking and verifying: whatever
process asks leaves the answers here, and whatever process verifies finds them. A second table says
what became of each record; it follows from the first and is there for who asks afterwards. A third
has what was asked of models: entered at the most that a call may take, before it goes out, and
corrected when that is known.

It belongs to one configuration: a run with another one is refused instead of mixing two data sets.
So it is with parts of it that come and go; each is known from the first run that has it.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

from datagen.errors import OutputUnusable, WrongUsage
from rewardsvc.types import JsonValue

_TABLES = """
BEGIN;
CREATE TABLE IF NOT EXISTS configuration (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS parts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS results (
    stage TEXT NOT NULL, record TEXT NOT NULL, digest TEXT NOT NULL, result TEXT NOT NULL,
    PRIMARY KEY (stage, record, digest)
);
CREATE TABLE IF NOT EXISTS fates (record TEXT PRIMARY KEY, fate TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS calls (
    number INTEGER PRIMARY KEY, record TEXT NOT NULL, model TEXT NOT NULL,
    input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS calls_of_records ON calls (record);
COMMIT;
"""

JOURNAL = Path(".state", "journal.sqlite3")
"""Where it is in a folder."""

_LATER_COLUMNS = {
    "role": "TEXT NOT NULL DEFAULT 'teacher'",
    "batch": "INTEGER NOT NULL DEFAULT 0",
    "day": "TEXT NOT NULL DEFAULT ''",
}
"""Of calls, with what holds for those that were entered before there were any."""

_NONE: Mapping[str, Any] = MappingProxyType({})

_SHOWN = 80
"""Characters of a value that a refusal has: some name a thousand topics."""

_FORMER_TABLES = ("answers", "decisions", "strengths")
"""Of the layout before: raw answers by candidate, what was decided on them, what checks were
worth."""


@dataclass(frozen=True, slots=True)
class EnteredCall:
    """A call to a model. ``role``: whom it asked, a teacher or a judge. ``batch``: it went out with
    others, at the price of a batch. ``day``: in ISO 8601, UTC; "" where nobody noted it. Tokens are
    what it took, or may have taken at most."""

    model: str
    role: str = "teacher"
    batch: bool = False
    day: str = ""
    input_tokens: int = 0
    output_tokens: int = 0


class Journal:
    """A folder's memory; a context manager. What is kept outlives the process that keeps it."""

    def __init__(
        self,
        folder: Path,
        configuration: Mapping[str, JsonValue],
        *,
        parts: Mapping[str, str] = _NONE,
        formerly: Mapping[str, JsonValue] = _NONE,
    ) -> None:
        """Open or create it.

        ``parts``: what has to be as it was where the folder knows it. ``formerly``: what a former
        version has in the configuration and this one among the parts; it goes where it is so.

        Raises:
            WrongUsage: the folder belongs to a run with another configuration.
            OutputUnusable: the folder cannot be written.
        """
        self._path = folder / JOURNAL
        try:
            (folder / ".state").mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(folder / JOURNAL, isolation_level=None)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.executescript(_TABLES)
            for column in _LATER_COLUMNS.keys() - self._columns_of_calls():
                kind = _LATER_COLUMNS[column]
                self._database.execute(f"ALTER TABLE calls ADD COLUMN {column} {kind}")
            self._belong(folder, configuration, parts, formerly)
        except (OSError, sqlite3.Error) as error:
            raise OutputUnusable(f"{folder}: the journal cannot be opened: {error}") from error

    @classmethod
    def to_read(cls, folder: Path) -> Self:
        """That of a folder, to look into.

        Raises:
            WrongUsage: the folder has none.
            OutputUnusable: it cannot be read.
        """
        path = folder / JOURNAL
        if not path.is_file():
            raise WrongUsage(
                f"{folder}: no run has worked there ({path} is missing); name its folder with --in"
            )
        journal = cls.__new__(cls)
        journal._path = path
        try:
            journal._database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        except sqlite3.Error as error:
            raise OutputUnusable(f"{path}: cannot be opened: {error}") from error
        return journal

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._database.close()

    def configured(self, name: str) -> JsonValue:
        """A value of the configuration that the folder belongs to; None where it has none."""
        with self._told("read"):
            known = {each for (each,) in self._database.execute("SELECT name FROM sqlite_master")}
            row = (
                self._database.execute(
                    "SELECT value FROM configuration WHERE name = ?", (name,)
                ).fetchone()
                if "configuration" in known
                else None
            )
        return None if row is None else json.loads(row[0])

    def result(self, stage: str, record: str, digest: str) -> str | None:
        """What a stage found of a record, if it was with this very digest."""
        with self._told("read"):
            row = self._database.execute(
                "SELECT result FROM results WHERE stage = ? AND record = ? AND digest = ?",
                (stage, record, digest),
            ).fetchone()
        return None if row is None else str(row[0])

    def keep(
        self, stage: str, record: str, digest: str, result: str, *, synced: bool = True
    ) -> None:
        """Store what a stage found of a record; the digest is of what it depends on.

        ``synced``: it is on the disk itself when this returns, which takes long. Without that, a
        machine that loses its power may lose the last of it; a process that is killed does not.
        """
        with self._told("written"):
            # In write-ahead mode a commit waits for the disk with FULL, and not with NORMAL.
            self._database.execute(f"PRAGMA synchronous = {'FULL' if synced else 'NORMAL'}")
            self._database.execute(
                "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?)",
                (stage, record, digest, result),
            )

    def note(self, fates: Iterable[tuple[str, str]]) -> None:
        """Say what became of records: name and fate each."""
        with self._told("written"), self._database:
            self._database.execute("PRAGMA synchronous = NORMAL")
            self._database.execute("BEGIN")
            self._database.executemany("INSERT OR REPLACE INTO fates VALUES (?, ?)", fates)

    def fate(self, record: str) -> str | None:
        """What became of a record; None where nobody has said."""
        with self._told("read"):
            row = self._database.execute(
                "SELECT fate FROM fates WHERE record = ?", (record,)
            ).fetchone()
        return None if row is None else str(row[0])

    def fates(self, prefix: str = "") -> Iterator[str]:
        """What became of the records whose name begins so, by name."""
        with self._told("read"):
            query = "SELECT fate FROM fates WHERE substr(record, 1, ?) = ? ORDER BY record"
            for (fate,) in self._database.execute(query, (len(prefix), prefix)):
                yield str(fate)

    def trail(self, record: str) -> list[tuple[str, str]]:
        """Stage and result of all that was found of a record, in the order in which it was."""
        query = "SELECT stage, result FROM results WHERE record = ? ORDER BY rowid"
        with self._told("read"):
            return [
                (str(stage), str(text)) for stage, text in self._database.execute(query, [record])
            ]

    def call(self, record: str, call: EnteredCall) -> int:
        """Enter a call about a record at the most that it takes, on the disk itself; gives its
        number."""
        with self._told("written"):
            self._synced("FULL")
            entered = self._database.execute(
                "INSERT INTO calls (record, model, role, batch, day, input_tokens, output_tokens) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(record, call.model, call.role, call.batch, call.day),
                    *(call.input_tokens, call.output_tokens),
                ),
            )
        assert entered.lastrowid is not None  # it was inserted
        return entered.lastrowid

    def called(self, number: int, input_tokens: int, output_tokens: int) -> None:
        """Say what a call took."""
        with self._told("written"):
            self._synced("NORMAL")
            self._database.execute(
                "UPDATE calls SET input_tokens = ?, output_tokens = ? WHERE number = ?",
                (input_tokens, output_tokens, number),
            )

    def day_of(self, number: int) -> str:
        """The day on which a call was entered, as :class:`EnteredCall` has it."""
        return str(self.rows("SELECT day FROM calls WHERE number = ?", number)[0][0])

    def calls(self, record: str | None = None) -> Iterator[EnteredCall]:
        """The calls about one record, or all, in the order in which they were entered."""
        with self._told("read"):
            there = self._columns_of_calls()
            columns = ", ".join(
                column if column in there else _LATER_COLUMNS[column].rpartition(" ")[2]
                for column in ("role", "batch", "day")
            )
            rows = self._database.execute(
                f"SELECT model, {columns}, input_tokens, output_tokens FROM calls "
                "WHERE ? IS NULL OR record = ? ORDER BY number",
                (record, record),
            )
            for model, role, batch, day, read, written in rows:
                yield EnteredCall(model, role, bool(batch), day, read, written)

    @contextmanager
    def together(self) -> Iterator[sqlite3.Connection]:
        """What is written in the body is on the disk when it ends, or none of it is."""
        with self._told("written"):
            self._synced("FULL")
            with self._database:
                self._database.execute("BEGIN")
                yield self._database

    def rows(self, query: str, *given: object) -> list[tuple[Any, ...]]:
        """What a query finds, for who has tables of its own in the file."""
        with self._told("read"):
            return self._database.execute(query, given).fetchall()

    def take_over(
        self, stage: str, place: Callable[[str, str], tuple[str, str, str] | None]
    ) -> None:
        """Make the paid answers of a file in the former layout results of a stage.

        ``place``: from the name that an answer has there and its text to record, digest and result;
        None where there is no such record any more. What else the file holds is found anew.
        """
        with self._told("brought up to date"):
            known = {name for (name,) in self._database.execute("SELECT name FROM sqlite_master")}
            if not known.issuperset(_FORMER_TABLES):
                return
            answers = self._database.execute("SELECT candidate, raw FROM answers").fetchall()
            places = (place(candidate, raw) for candidate, raw in answers)
            with self._database:
                self._database.execute("BEGIN")
                self._database.executemany(
                    "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?)",
                    [(stage, *each) for each in places if each is not None],
                )
                for table in _FORMER_TABLES:
                    self._database.execute(f"DROP TABLE {table}")

    def _columns_of_calls(self) -> set[str]:
        return {row[1] for row in self._database.execute("PRAGMA table_info(calls)")}

    def _synced(self, how: str) -> None:
        # In write-ahead mode a commit waits for the disk with FULL, and not with NORMAL. In a
        # transaction it cannot be changed: who began it has said.
        if not self._database.in_transaction:
            self._database.execute(f"PRAGMA synchronous = {how}")

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise OutputUnusable(
                f"{self._path} cannot be {what}: {error}. What was kept before is there"
            ) from error

    def _belong(
        self,
        folder: Path,
        configuration: Mapping[str, JsonValue],
        parts: Mapping[str, str],
        formerly: Mapping[str, JsonValue],
    ) -> None:
        wanted = {name: json.dumps(value) for name, value in configuration.items()}
        former = {name: json.dumps(value) for name, value in formerly.items()}
        known = dict(self._database.execute("SELECT name, value FROM configuration").fetchall())
        known_parts = dict(self._database.execute("SELECT name, value FROM parts").fetchall())
        now = {**{name: former[name] for name in former.keys() & known.keys()}, **wanted}
        different = [
            *(_differs(name, known, now) for name in sorted(known.keys() | now.keys()) if known),
            *(_differs(name, known_parts, parts) for name in sorted(known_parts.keys() & parts)),
        ]
        if told := [words for words in different if words]:
            raise WrongUsage(
                f"{folder} holds a data set of another configuration ({'; '.join(told)}): "
                "choose another --out, or remove the folder"
            )
        # All or nothing: with a part of it the folder would be refused as another's.
        with self._database:
            self._database.execute("BEGIN")
            self._database.executemany(
                "INSERT OR IGNORE INTO configuration VALUES (?, ?)", wanted.items()
            )
            self._database.executemany("INSERT OR IGNORE INTO parts VALUES (?, ?)", parts.items())
            self._database.executemany(
                "DELETE FROM configuration WHERE name = ?",
                [(name,) for name in former.keys() - wanted.keys()],
            )


def _differs(name: str, known: Mapping[str, str], now: Mapping[str, str]) -> str:
    """What is different in a value; "" where it is the same."""
    was, is_now = known.get(name, "not set"), now.get(name, "not set")
    return "" if was == is_now else f"{name} was {_short(was)}, now {_short(is_now)}"


def _short(value: str) -> str:
    return value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
