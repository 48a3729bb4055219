"""Verdicts in one SQLite file, shared by the processes of one machine.

Write-ahead logging (https://sqlite.org/wal.html) lets readers and one writer go on side by side,
in this process and in others. It needs a local disk: shared memory does not span machines.
"""

import asyncio
import contextlib
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from rewardsvc.store.base import StoreFailed
from sandbox.toolchain.probe import cache_folder

CAPACITY_BYTES = 256 * 1024 * 1024
"""How large the file may grow: some 100,000 verdicts."""

_APPLICATION_ID = 0x41535659  # "ASVY"; https://sqlite.org/pragma.html#pragma_application_id
_EVICTED_SHARE = 10
"""A full file loses the tenth that was used least recently, so that it is not full again soon."""

_LOCK_SECONDS = 4.0
"""How long a write waits for another process's; less than what the guard waits for a write."""

_USES_REMEMBERED = 10_000
"""Look-ups whose time is written with the next write; more than that only blur what is recent."""

_SCHEMA = (
    "CREATE TABLE verdicts (key TEXT PRIMARY KEY, sealed BLOB NOT NULL, used REAL NOT NULL)",
    "CREATE INDEX verdicts_by_use ON verdicts (used)",
)

T = TypeVar("T")


def default_file() -> Path:
    """In the user's cache folder.

    Raises:
        StoreFailed: there is no home to have one in.
    """
    try:
        return cache_folder() / "verdicts.sqlite"
    except RuntimeError as error:
        raise StoreFailed("no home folder; set cache_file (ASSAY_CACHE_FILE)") from error


class SqliteStore:
    """A :class:`rewardsvc.store.base.Store` in a file; in the user's cache folder where None."""

    name = "sqlite"
    lookup_seconds = 0.5

    def __init__(self, file: Path | None = None, capacity_bytes: int = CAPACITY_BYTES) -> None:
        self._file = file
        self._capacity = capacity_bytes
        self._used: deque[tuple[float, str]] = deque(maxlen=_USES_REMEMBERED)
        # Threads, for sqlite3 blocks. Two, for a look-up must not stand behind a write that
        # waits for another process; each has a connection that no other thread touches.
        self._reading = _Connection(self._connect, "verdicts-read")
        self._writing = _Connection(self._connect, "verdicts-write")

    async def get(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """See :class:`rewardsvc.store.base.Store`."""
        return await self._reading.run(lambda connection: self._get(connection, keys))

    async def put(self, entries: Mapping[str, bytes]) -> None:
        """See :class:`rewardsvc.store.base.Store`."""
        await self._writing.run(lambda connection: self._put(connection, entries))

    async def close(self) -> None:
        """Write down what was used when, and close the file."""
        if self._used:
            with contextlib.suppress(StoreFailed):
                await self.put({})
        await self._reading.close()
        await self._writing.close()

    def _get(self, connection: sqlite3.Connection, keys: Sequence[str]) -> Mapping[str, bytes]:
        found = {}
        now = time.time()
        for key in keys:
            row = connection.execute("SELECT sealed FROM verdicts WHERE key = ?", (key,)).fetchone()
            # Of another type where somebody's hand was in it.
            if row is not None and isinstance(row[0], bytes):
                found[key] = row[0]
                self._used.append((now, key))
        return found

    def _put(self, connection: sqlite3.Connection, entries: Mapping[str, bytes]) -> None:
        now = time.time()
        uses = [self._used.popleft() for _ in range(len(self._used))]
        with _transaction(connection):
            connection.executemany("UPDATE verdicts SET used = ? WHERE key = ?", uses)
            connection.executemany(
                "INSERT OR REPLACE INTO verdicts (key, sealed, used) VALUES (?, ?, ?)",
                [(key, data, now) for key, data in entries.items()],
            )
            while _bytes_in_use(connection) > self._capacity:
                connection.execute(
                    "DELETE FROM verdicts WHERE key IN (SELECT key FROM verdicts ORDER BY used"
                    " LIMIT (SELECT 1 + count(*) / ? FROM verdicts))",
                    (_EVICTED_SHARE,),
                )

    def _connect(self) -> sqlite3.Connection:
        file = self._file or default_file()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(file, timeout=_LOCK_SECONDS, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise StoreFailed(f"{file}: {error}; set cache_file to a file that can be") from error
        try:
            _prepare(connection, file)
        except sqlite3.Error as error:
            connection.close()
            raise StoreFailed(f"{file}: {error}; if it is broken, remove it") from error
        except StoreFailed:
            connection.close()
            raise
        return connection


class _Connection:
    """A connection in a thread of its own, made when it is first needed and after a failure."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], name: str) -> None:
        self._connect = connect
        self._thread = ThreadPoolExecutor(1, name)
        self._connection: sqlite3.Connection | None = None

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do the work in the thread.

        Raises:
            StoreFailed: SQLite cannot.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._do, work)

    async def close(self) -> None:
        """Close the connection and end the thread, after the work under way."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._drop)
        self._thread.shutdown(wait=False)

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._connection is None:
            self._connection = self._connect()
        try:
            return work(self._connection)
        except sqlite3.Error as error:
            self._drop()
            raise StoreFailed(str(error)) from error

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()


def _prepare(connection: sqlite3.Connection, file: Path) -> None:
    """Make the file ours, or see that it is.

    Raises:
        StoreFailed: it is somebody else's database.
    """
    if _application(connection) != _APPLICATION_ID:
        _create(connection, file)
    # A file in this mode stays in it; where another process is at it this very moment, SQLite
    # may refuse, and the next connection finds it done.
    with contextlib.suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode = WAL")
    # Safe against a crash of this process; a crash of the machine may lose the last writes.
    connection.execute("PRAGMA synchronous = NORMAL")


def _create(connection: sqlite3.Connection, file: Path) -> None:
    with _transaction(connection):
        if _application(connection) == _APPLICATION_ID:
            return  # another process was first
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise StoreFailed(f"{file}: a database of something else; set cache_file to another")
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")


def _application(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA application_id").fetchone()[0])


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    # IMMEDIATE: the lock that a write needs is waited for here; half-way through it cannot be.
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _bytes_in_use(connection: sqlite3.Connection) -> int:
    def pragma(name: str) -> int:
        return int(connection.execute(f"PRAGMA {name}").fetchone()[0])

    return (pragma("page_count") - pragma("freelist_count")) * pragma("page_size")
