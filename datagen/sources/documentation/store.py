"""What building came to, kept on disk: it is done once on a machine, and goes on where it ended."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from datagen.errors import OutputUnusable
from datagen.sources.documentation.topics import Built, from_row, to_row

FILE = Path("documentation") / "topics.sqlite3"
"""In the folder of tools."""

STRENGTHS = FILE.with_name("strengths.sqlite3")
"""Beside it: what was found of topics' checks."""

_STRENGTHS = """
CREATE TABLE IF NOT EXISTS strengths (
    code TEXT NOT NULL, key TEXT NOT NULL, result TEXT NOT NULL, PRIMARY KEY (code, key)
);
"""

_TABLE = """
CREATE TABLE IF NOT EXISTS topics (
    digest TEXT NOT NULL, type TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,
    plans INTEGER NOT NULL, topic TEXT NOT NULL, PRIMARY KEY (digest, type)
);
"""


class TopicState(StrEnum):
    """What became of a type."""

    ACCEPTED = "accepted"
    """Out of a worked example."""
    PARTIAL = "partial"
    """No example could be used: out of the schema and of what is learnt."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class TopicEntry:
    """A type that was worked on. ``reason``: why it is refused; ``plans``: what it took."""

    type: str
    state: TopicState
    reason: str = ""
    plans: int = 0
    built: Built | None = None


class KeptStrengths:
    """How strong checks are, as whoever measured it wrote it down: topics are tested once on a
    machine. Where the folder cannot be written they are tested again, and nothing else.

    Satisfies :class:`datagen.execution.SharedResults`.
    """

    def __init__(self, tools: Path, code: str) -> None:
        """``code``: the digest of the code that makes mutants and judges."""
        self._path = tools / STRENGTHS
        self._code = code

    def result(self, key: str) -> str | None:
        """What is known."""
        place = f"{self._path.absolute().as_uri()}?mode=ro"
        with suppress(sqlite3.Error), closing(sqlite3.connect(place, uri=True)) as database:
            row = database.execute(
                "SELECT result FROM strengths WHERE code = ? AND key = ?", (self._code, key)
            ).fetchone()
            return None if row is None else str(row[0])
        return None

    def keep(self, key: str, result: str) -> None:
        """Write it down."""
        with suppress(OSError, sqlite3.Error):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, isolation_level=None)) as database:
                database.execute(_STRENGTHS)
                database.execute(
                    "INSERT OR REPLACE INTO strengths VALUES (?, ?, ?)", (self._code, key, result)
                )


class TopicStore:
    """The entries of one documentation, read with one version of the builder."""

    def __init__(self, tools: Path, digest: str) -> None:
        """Open or create it.

        Raises:
            OutputUnusable: the folder of tools cannot be written.
        """
        self._path = tools / FILE
        self._digest = digest
        with self._open() as database:
            database.executescript(_TABLE)

    def entries(self) -> dict[str, TopicEntry]:
        """What is known, by type."""
        with self._open() as database:
            rows = database.execute(
                "SELECT type, state, reason, plans, topic FROM topics WHERE digest = ?"
                " ORDER BY type",
                (self._digest,),
            ).fetchall()
        return {
            type: TopicEntry(
                type,
                TopicState(state),
                reason,
                plans,
                from_row(json.loads(topic)) if topic else None,
            )
            for type, state, reason, plans, topic in rows
        }

    def keep(self, entry: TopicEntry) -> None:
        """Store what became of a type."""
        topic = json.dumps(to_row(entry.built)) if entry.built else ""
        with self._open() as database:
            database.execute(
                "INSERT OR REPLACE INTO topics VALUES (?, ?, ?, ?, ?, ?)",
                (self._digest, entry.type, entry.state, entry.reason, entry.plans, topic),
            )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, isolation_level=None)) as database:
                yield database
        except (OSError, sqlite3.Error) as error:
            raise OutputUnusable(f"{self._path} cannot be used: {error}") from error
