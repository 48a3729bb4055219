"""Which cells have accepted rows over many runs: a SQLite file that data sets share.

Each run enters what it came to under a name of its own, and again what it comes to later: nothing
counts twice, whoever stops and goes on.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from datagen.diversity import CoverageCell
from datagen.errors import OutputUnusable, WrongUsage

_TABLE = """
CREATE TABLE IF NOT EXISTS coverage (
    run TEXT NOT NULL, category TEXT NOT NULL, topic TEXT NOT NULL, format TEXT NOT NULL,
    difficulty TEXT NOT NULL, persona TEXT NOT NULL, rows INTEGER NOT NULL,
    PRIMARY KEY (run, category, topic, format, difficulty, persona)
)
"""
_WAIT_SECONDS = 30.0
"""For other runs that enter theirs."""


def covered(path: Path) -> Counter[CoverageCell]:
    """The rows of each cell over all runs; nothing where there is no file yet.

    Raises:
        WrongUsage: the file is no such ledger.
    """
    if not path.exists():
        return Counter()
    query = "SELECT category, topic, format, difficulty, persona, sum(rows) FROM coverage "
    query += "GROUP BY category, topic, format, difficulty, persona"
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            found = opened.execute(query).fetchall()
    except sqlite3.Error as error:
        raise WrongUsage(
            f"{path}: is no coverage ledger ({error}): name another file; a run makes it"
        ) from error
    return Counter({CoverageCell(*map(str, names)): int(rows) for *names, rows in found})


def enter_coverage(path: Path, run: str, coverage: Mapping[CoverageCell, int]) -> None:
    """Say what a run came to, in place of what it said before.

    Raises:
        OutputUnusable: the file cannot be written; nothing of it is changed then.
    """
    with _written(path) as opened:
        opened.execute(_TABLE)
        opened.execute("DELETE FROM coverage WHERE run = ?", (run,))
        opened.executemany(
            "INSERT INTO coverage VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (run, c.category, c.topic, c.format, c.difficulty, c.persona, rows)
                for c, rows in coverage.items()
            ],
        )


def require_ledger(path: Path) -> None:
    """Refuse now a place where nothing could be entered in the end.

    Raises:
        WrongUsage: the file is no such ledger.
        OutputUnusable: it cannot be written.
    """
    covered(path)
    with _written(path) as opened:
        opened.execute(_TABLE)


@contextmanager
def _written(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=_WAIT_SECONDS)) as opened, opened:
            opened.execute("BEGIN IMMEDIATE")
            yield opened
    except (OSError, sqlite3.Error) as error:
        raise OutputUnusable(f"{path}: the coverage cannot be entered: {error}") from error
