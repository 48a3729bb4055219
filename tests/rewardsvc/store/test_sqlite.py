"""Verdicts in SQLite: real files, several processes, and files that are no good."""
# ruff: noqa: ASYNC220, ASYNC240 (processes and files of the test itself)

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from rewardsvc.local import LocalScorer
from rewardsvc.settings import Settings
from rewardsvc.store.base import StoreFailed
from rewardsvc.store.sqlite import SqliteStore, default_file
from rewardsvc.types import ScoreRequest, Status, Task

COMPOSE = "```yaml\nservices:\n  web:\n    image: nginx:1.27.3\n```\n"
REQUEST = ScoreRequest(id="a", task=Task(format="compose"), completion=COMPOSE)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "verdicts.sqlite"


@asynccontextmanager
async def opened(file: Path, **options: int) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(file, **options)
    try:
        yield store
    finally:
        await store.close()


async def test_what_was_put_is_there_after_closing(file: Path) -> None:
    async with opened(file) as store:
        assert await store.get(["k"]) == {}
        await store.put({"k": b"1", "other": b"2"})
        await store.put({"k": b"3"})
    async with opened(file) as store:
        assert await store.get(["k", "other", "none"]) == {"k": b"3", "other": b"2"}


async def test_a_second_process_sees_it_while_the_first_goes_on(file: Path) -> None:
    async with opened(file) as one, opened(file) as other:
        await one.put({"a": b"1"})
        assert await other.get(["a"]) == {"a": b"1"}
        await other.put({"b": b"2"})
        assert await one.get(["b"]) == {"b": b"2"}


async def test_the_file_stays_bounded_and_keeps_what_was_used(file: Path) -> None:
    capacity = 400_000
    value = os.urandom(2000)
    async with opened(file, capacity_bytes=capacity) as store:
        await store.put({"favourite": value})
        for batch in range(60):
            assert await store.get(["favourite"]) == {"favourite": value}
            await store.put({f"{batch}-{number}": value for number in range(10)})
        assert await store.get(["0-0"]) == {}
        assert await store.get(["59-9"]) == {"59-9": value}
    # A batch is written before room is made for it.
    assert file.stat().st_size < capacity + 100_000


async def test_a_reader_does_not_wait_for_another_writer(file: Path) -> None:
    async with opened(file) as store:
        await store.put({"k": b"1"})
        with sqlite3.connect(file, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            writing = asyncio.create_task(store.put({"k": b"2"}))
            await asyncio.sleep(0.05)
            async with asyncio.timeout(store.lookup_seconds):
                assert await store.get(["k"]) == {"k": b"1"}
            assert not writing.done()
            other.execute("COMMIT")
        await writing
        assert await store.get(["k"]) == {"k": b"2"}


WRITER = """
import asyncio, sys
from pathlib import Path
from typing import Any
from rewardsvc.store.sqlite import SqliteStore

async def main(file, name):
    store = SqliteStore(Path(file))
    for number in range(100):
        await store.put({f"{name}-{number}": name.encode(), "shared": name.encode() * 50})
        assert await store.get([f"{name}-{number}"]) == {f"{name}-{number}": name.encode()}
    await store.close()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_processes_that_create_and_write_one_file_at_once_lose_nothing(file: Path) -> None:
    names = ["p", "q", "r", "s"]
    processes = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(file), name]) for name in names
    ]
    codes = [await asyncio.to_thread(process.wait, 60) for process in processes]
    assert codes == [0] * len(names)
    async with opened(file) as store:
        for name in names:
            found = await store.get([f"{name}-{number}" for number in range(100)])
            assert list(found.values()) == [name.encode()] * 100
        assert (await store.get(["shared"]))["shared"] in {name.encode() * 50 for name in names}


# --- files that are no good ---------------------------------------------------------------------


def _text(file: Path) -> None:
    file.write_text("these are my notes\n" * 500)


def _another_database(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE notes (text)")
    connection.close()


def _half(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE t (a)")
    connection.executemany("INSERT INTO t VALUES (?)", [("x" * 900,)] * 200)
    connection.commit()
    connection.close()
    file.write_bytes(b"SQLite format 3\0" + os.urandom(5000))


def _a_folder(file: Path) -> None:
    file.mkdir()


def _below_a_file(file: Path) -> None:
    file.parent.rmdir()
    file.parent.write_text("no folder")


NO_GOOD = pytest.mark.parametrize(
    "make", [_text, _another_database, _half, _a_folder, _below_a_file], ids=lambda f: f.__name__
)


@NO_GOOD
async def test_a_file_that_is_no_good_is_refused_and_left_as_it_is(make: Any, file: Path) -> None:
    file.parent.mkdir()
    make(file)
    before = file.read_bytes() if file.is_file() else b""
    async with opened(file) as store:
        with pytest.raises(StoreFailed, match=r"verdicts\.sqlite"):
            await store.get(["k"])
        with pytest.raises(StoreFailed, match=r"verdicts\.sqlite"):
            await store.put({"k": b"1"})
    assert (file.read_bytes() if file.is_file() else b"") == before


@NO_GOOD
async def test_scoring_goes_on_in_memory_where_the_file_is_no_good(
    make: Any, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file.parent.mkdir()
    make(file)
    async with LocalScorer(Settings(cache_file=file)) as scorer:
        first, again = [(await scorer.score([REQUEST]))[0] for _ in range(2)]
    assert (first.status, first.cached, again.cached) == (Status.SCORED, False, True)
    said = [record.getMessage() for record in caplog.records if "memory only" in record.message]
    assert len(said) == 1 and str(file) in said[0]


async def test_a_file_that_breaks_while_it_is_used_costs_no_verdict(file: Path) -> None:
    settings = Settings(cache_file=file)
    async with LocalScorer(settings) as scorer:
        (before,) = await scorer.score([REQUEST])
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + os.urandom(len(whole) - 4096))
    async with LocalScorer(settings) as scorer:
        (after,) = await scorer.score([REQUEST])
    assert (after.status, after.reward, after.cached) == (Status.SCORED, before.reward, False)


async def test_a_file_that_is_repaired_is_used_again(file: Path) -> None:
    file.parent.mkdir()
    _text(file)
    async with opened(file) as store:
        with pytest.raises(StoreFailed):
            await store.get(["k"])
        file.unlink()
        await store.put({"k": b"1"})
        assert await store.get(["k"]) == {"k": b"1"}


# --- with a scorer ------------------------------------------------------------------------------


async def test_a_verdict_outlives_its_scorer(file: Path) -> None:
    settings = Settings(cache_file=file)
    async with LocalScorer(settings) as scorer:
        (first,) = await scorer.score([REQUEST])
    async with LocalScorer(settings) as scorer:
        (second,) = await scorer.score([REQUEST])
    async with LocalScorer(Settings(cache_file=file, weight_syntax=0.9)) as scorer:
        (other,) = await scorer.score([REQUEST])
    assert (first.cached, second.cached, other.cached) == (False, True, False)
    assert second.stages == first.stages and second.reward == first.reward


async def test_who_is_interrupted_keeps_what_was_scored(file: Path) -> None:
    scored = asyncio.Event()

    async def work() -> None:
        async with LocalScorer(Settings(cache_file=file)) as scorer:
            await scorer.score([REQUEST])
            scored.set()
            await asyncio.sleep(60)

    working = asyncio.create_task(work())
    await scored.wait()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    async with LocalScorer(Settings(cache_file=file)) as scorer:
        (again,) = await scorer.score([REQUEST])
    assert again.cached


async def test_without_a_cache_no_file_is_made(file: Path) -> None:
    async with LocalScorer(Settings(cache_file=file, cache=False)) as scorer:
        await scorer.score([REQUEST])
    assert not file.exists()


def test_the_file_lies_in_the_users_cache_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_file() == tmp_path / "assay" / "verdicts.sqlite"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/of-somebody")
    assert default_file() == Path("/home/of-somebody/.cache/assay/verdicts.sqlite")
