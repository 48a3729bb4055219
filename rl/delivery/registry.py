"""Versions of models, with where they come from, and which one is in use: files and SQLite.

A version is an export that stays where it is; the registry has its checksums, its lineage and what
its gate found. Promotion makes one version the current one of its name; a rollback goes back to the
one before. A version whose gate failed is promoted by force only.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

from rl.delivery.errors import RegistryError
from rl.delivery.record import ExportRecord

REGISTRY_FILE = "models.sqlite"

_TABLES = """
CREATE TABLE IF NOT EXISTS versions (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    folder TEXT NOT NULL,
    made TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (name, version)
);
CREATE TABLE IF NOT EXISTS promotions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    made TEXT NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0
);
"""

_LOCK_SECONDS = 10.0

_RECORD = TypeAdapter(ExportRecord)


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One version. ``made``: when it was registered, in UTC."""

    name: str
    version: int
    folder: Path
    made: str
    record: ExportRecord
    current: bool

    @property
    def gate_passed(self) -> bool | None:
        """What its gate found; None where nobody held it against limits."""
        gate = self.record.lineage.gate
        return None if gate is None else bool(gate.get("passed"))

    @property
    def good(self) -> bool:
        """Whether nothing speaks against it: its gate, and the check of its files."""
        check = self.record.check
        files_kept = check is None or all(each.kept for each in check.exports)
        return self.gate_passed is not False and files_kept


class ModelRegistry:
    """The registry in a folder. Several processes may use it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / REGISTRY_FILE

    def add(self, name: str, folder: Path, record: ExportRecord) -> ModelVersion:
        """Register an export; one that is there already, unchanged, keeps its number.

        Raises:
            RegistryError: the registry cannot be used.
        """
        said = json.dumps(asdict(record), default=str, sort_keys=True)
        with self._opened() as database:
            (last,) = database.execute(
                "SELECT coalesce(max(version), 0) FROM versions WHERE name = ?", (name,)
            ).fetchone()
            known = database.execute(
                "SELECT version FROM versions WHERE name = ? AND folder = ? AND record = ?",
                (name, str(folder.resolve()), said),
            ).fetchone()
            number = known[0] if known else last + 1
            if not known:
                database.execute(
                    "INSERT INTO versions (name, version, folder, made, record) "
                    "VALUES (?, ?, ?, ?, ?)",
                    (name, number, str(folder.resolve()), _now(), said),
                )
        return self.version(name, number)

    def versions(self, name: str | None = None) -> list[ModelVersion]:
        """All versions, or those of a name, by name and number."""
        where, values = ("WHERE name = ?", (name,)) if name is not None else ("", ())
        with self._opened() as database:
            rows = database.execute(
                f"SELECT name, version, folder, made, record FROM versions {where} "
                "ORDER BY name, version",
                values,
            ).fetchall()
            current = {row[0]: _current(database, row[0]) for row in rows}
        return [
            ModelVersion(
                name,
                number,
                Path(folder),
                made,
                _RECORD.validate_json(said),
                current[name] == number,
            )
            for name, number, folder, made, said in rows
        ]

    def version(self, name: str, number: int | None = None) -> ModelVersion:
        """A version; the current one where no number is given.

        Raises:
            RegistryError: there is none.
        """
        known = self.versions(name)
        if not known:
            names = sorted({each.name for each in self.versions()})
            there = f"; there are {', '.join(names)}" if names else "; `rl export --name` adds one"
            raise RegistryError(f"no model is called {name!r}{there}")
        for each in known:
            if each.version == number or (number is None and each.current):
                return each
        if number is None:
            raise RegistryError(f"no version of {name} is current: `rl models promote {name}`")
        last = known[-1].version
        raise RegistryError(f"{name} has no version {number}; the newest is {last}")

    def promote(self, name: str, number: int | None = None, *, force: bool = False) -> ModelVersion:
        """Make a version the current one; the newest where no number is given.

        Raises:
            RegistryError: there is none, or its gate or its check failed and ``force`` is not set.
        """
        if number is None:
            known = self.versions(name)
            number = known[-1].version if known else None
        chosen = self.version(name, number)
        if not chosen.good and not force:
            raise RegistryError(
                f"{name} {chosen.version}: its gate or the check of its files failed: "
                "`rl models show` says what; promote it with --force"
            )
        if not chosen.current:
            with self._opened() as database:
                database.execute(
                    "INSERT INTO promotions (name, version, made) VALUES (?, ?, ?)",
                    (name, chosen.version, _now()),
                )
        return self.version(name)

    def rollback(self, name: str) -> ModelVersion:
        """Undo the last promotion of a name; gives what is current now.

        Raises:
            RegistryError: nothing was current before.
        """
        self.version(name)
        with self._opened() as database:
            numbers = [
                number
                for (number,) in database.execute(
                    "SELECT number FROM promotions WHERE name = ? AND undone = 0 "
                    "ORDER BY number DESC LIMIT 2",
                    (name,),
                )
            ]
            if len(numbers) < 2:
                raise RegistryError(f"{name}: no other version was current before this one")
            database.execute("UPDATE promotions SET undone = 1 WHERE number = ?", (numbers[0],))
        return self.version(name)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """The database in a transaction.

        Raises:
            RegistryError: it cannot be used.
        """
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(self._file, timeout=_LOCK_SECONDS)
        except (OSError, sqlite3.Error) as error:
            raise RegistryError(f"{self._file}: cannot be opened: {error}") from error
        try:
            database.executescript(_TABLES)
            with database:
                database.execute("BEGIN IMMEDIATE")
                yield database
        except sqlite3.Error as error:
            raise RegistryError(f"{self._file}: {error}") from error
        finally:
            database.close()


def _current(database: sqlite3.Connection, name: str) -> int | None:
    found = database.execute(
        "SELECT version FROM promotions WHERE name = ? AND undone = 0 ORDER BY number DESC LIMIT 1",
        (name,),
    ).fetchone()
    return None if found is None else int(found[0])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
