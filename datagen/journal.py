"""What a run has paid for and found out, kept in ``DIR/.state`` so that it can go on later.

Raw answers are stored before anybody parses them. The journal belongs to one configuration: a
run with another one is refused instead of mixing two data sets.
"""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from datagen.errors import OutputUnusable, WrongUsage
from rewardsvc.types import JsonValue

_TABLES = """
CREATE TABLE IF NOT EXISTS configuration (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS answers (candidate TEXT PRIMARY KEY, raw TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS decisions (
    candidate TEXT PRIMARY KEY, request TEXT NOT NULL, decision TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS strengths (shape TEXT PRIMARY KEY, strength TEXT NOT NULL);
"""


class Journal:
    """A folder's memory; a context manager. Every write is on disk when it returns."""

    def __init__(self, folder: Path, configuration: Mapping[str, JsonValue]) -> None:
        """Open or create it.

        Raises:
            WrongUsage: the folder belongs to a run with another configuration.
            OutputUnusable: the folder cannot be written.
        """
        try:
            (folder / ".state").mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(
                folder / ".state" / "journal.sqlite3", isolation_level=None
            )
            self._database.executescript(_TABLES)
            self._belong(folder, configuration)
        except (OSError, sqlite3.Error) as error:
            raise OutputUnusable(f"{folder}: the journal cannot be opened: {error}") from error

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

    def answer(self, candidate: str) -> str | None:
        """The raw answer that was stored for a candidate."""
        return self._get("SELECT raw FROM answers WHERE candidate = ?", candidate)

    def keep_answer(self, candidate: str, raw: str) -> None:
        """Store a raw answer."""
        self._put("INSERT OR REPLACE INTO answers VALUES (?, ?)", candidate, raw)

    def decision(self, candidate: str, request: str) -> str | None:
        """The decision on a candidate, if it was about this very request."""
        return self._get(
            "SELECT decision FROM decisions WHERE candidate = ? AND request = ?",
            candidate,
            request,
        )

    def keep_decision(self, candidate: str, request: str, decision: str) -> None:
        """Store a decision; ``request`` is a digest of what was decided on."""
        self._put("INSERT OR REPLACE INTO decisions VALUES (?, ?, ?)", candidate, request, decision)

    def strength(self, shape: str) -> str | None:
        """How strong the checks of tasks of a shape were found to be."""
        return self._get("SELECT strength FROM strengths WHERE shape = ?", shape)

    def keep_strength(self, shape: str, strength: str) -> None:
        """Store what the mutants of a shape came to."""
        self._put("INSERT OR REPLACE INTO strengths VALUES (?, ?)", shape, strength)

    def _belong(self, folder: Path, configuration: Mapping[str, JsonValue]) -> None:
        wanted = {name: json.dumps(value) for name, value in configuration.items()}
        known = dict(self._database.execute("SELECT name, value FROM configuration").fetchall())
        if not known:
            self._database.executemany("INSERT INTO configuration VALUES (?, ?)", wanted.items())
            return
        different = [
            f"{name} was {known.get(name, 'not set')}, now {wanted.get(name, 'not set')}"
            for name in sorted(known.keys() | wanted.keys())
            if known.get(name) != wanted.get(name)
        ]
        if different:
            raise WrongUsage(
                f"{folder} holds a data set of another configuration ({'; '.join(different)}): "
                "choose another --out, or remove the folder"
            )

    def _get(self, statement: str, *values: str) -> str | None:
        try:
            row = self._database.execute(statement, values).fetchone()
        except sqlite3.Error as error:
            raise OutputUnusable(f"the journal cannot be read: {error}") from error
        return None if row is None else str(row[0])

    def _put(self, statement: str, *values: str) -> None:
        try:
            self._database.execute(statement, values)
        except sqlite3.Error as error:
            raise OutputUnusable(f"the journal cannot be written: {error}") from error
