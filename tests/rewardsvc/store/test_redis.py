"""Verdicts in Redis: a real server, shared by scorers, and killed, stopped and full."""

import asyncio
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

from rewardsvc.errors import CannotServe
from rewardsvc.local import LocalScorer
from rewardsvc.metrics import Metrics
from rewardsvc.settings import Settings
from rewardsvc.store.base import StoreFailed
from rewardsvc.store.guarded import Guarded
from rewardsvc.store.redis import RedisStore
from rewardsvc.types import ScoreRequest, Status, Task
from tests.needs import lacks


@pytest.fixture(scope="module", autouse=True)
def _redis() -> None:
    if shutil.which("redis-server") is None:
        lacks("redis", "redis-server is not installed")


COMPOSE = "```yaml\nservices:\n  {name}:\n    image: nginx:1.27.3\n```\n"


def request(name: str) -> ScoreRequest:
    return ScoreRequest(id=name, task=Task(format="compose"), completion=COMPOSE.format(name=name))


class Server:
    """A Redis at a socket of the test, without a disk."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "redis.sock"
        self.url = f"unix://{self._socket}"
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                *("redis-server", "--port", "0", "--unixsocket", str(self._socket)),
                *("--save", "", "--appendonly", "no"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            cwd=self._socket.parent,
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                if self.client().ping():
                    return
            except (RedisError, OSError):
                time.sleep(0.02)
        raise AssertionError("redis-server did not come up")

    def client(self) -> Any:  # its types say that every answer may be awaitable
        return Redis.from_url(self.url)

    def see_kept(self) -> None:
        """Wait until there is something in it."""
        deadline = time.monotonic() + 5
        while not self.client().dbsize():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.process.send_signal(signal.SIGCONT)
    server.kill()


@asynccontextmanager
async def opened(server: Server) -> AsyncIterator[RedisStore]:
    store = RedisStore(server.url)
    try:
        yield store
    finally:
        await store.close()


async def test_what_was_put_is_there_for_others_and_expires(redis: Server) -> None:
    async with opened(redis) as one, opened(redis) as other:
        assert await one.get(["k"]) == {}
        await one.put({"k": b"\x001", "l": b"2"})
        assert await other.get(["k", "l", "m"]) == {"k": b"\x001", "l": b"2"}
    for key in redis.client().keys("*"):
        assert 0 < redis.client().ttl(key) <= 30 * 24 * 3600


async def test_a_burst_of_look_ups_is_a_few_questions(redis: Server) -> None:
    store = RedisStore(redis.url)
    guard = Guarded(store, Metrics())
    for number in range(500):
        guard.put(str(number), b"%d" % number)
    async with asyncio.timeout(10):
        while redis.client().dbsize() < 500:  # noqa: ASYNC110 (it is written behind)
            await asyncio.sleep(0.01)
    found = await asyncio.gather(*(guard.get(str(number)) for number in range(600)))
    assert found == [b"%d" % number for number in range(500)] + [None] * 100
    assert redis.client().info("commandstats")["cmdstat_mget"]["calls"] <= 3
    await guard.close()


async def test_a_value_of_another_type_is_no_verdict(redis: Server) -> None:
    redis.client().lpush("assay:verdict:k", "1")
    async with opened(redis) as store:
        assert await store.get(["k"]) == {}


async def test_a_redis_that_is_full_says_so(redis: Server) -> None:
    redis.client().config_set("maxmemory", 1)
    async with opened(redis) as store:
        with pytest.raises(StoreFailed, match="memory"):
            await store.put({"k": b"1"})


async def test_what_is_no_address_of_a_redis_is_refused_with_an_example() -> None:
    with pytest.raises(CannotServe, match="redis://HOST"):
        async with LocalScorer(Settings(redis="localhost:6379")):
            pass


# --- with scorers -------------------------------------------------------------------------------


async def test_two_scorers_share_their_verdicts(redis: Server, tmp_path: Path) -> None:
    settings = Settings(redis=redis.url, cache_file=tmp_path / "unused.sqlite")
    async with LocalScorer(settings) as one, LocalScorer(settings) as other:
        (first,) = await one.score([request("web")])
        async with asyncio.timeout(10):
            while not redis.client().dbsize():  # noqa: ASYNC110 (it is written behind)
                await asyncio.sleep(0.01)
        (second,) = await other.score([request("web")])
    assert (first.cached, second.cached) == (False, True)
    assert (second.reward, second.stages) == (first.reward, first.stages)
    assert not (tmp_path / "unused.sqlite").exists()


async def test_closing_writes_what_was_just_scored(redis: Server) -> None:
    async with LocalScorer(Settings(redis=redis.url)) as scorer:
        await scorer.score([request(f"web{number}") for number in range(20)])
    assert redis.client().dbsize() == 20


async def test_a_redis_that_is_killed_meanwhile_delays_and_fails_nothing(
    redis: Server, caplog: pytest.LogCaptureFixture
) -> None:
    async with LocalScorer(Settings(redis=redis.url)) as scorer:
        (before,) = await scorer.score([request("before")])
        await asyncio.to_thread(redis.see_kept)  # a write under way would be what fails
        await asyncio.to_thread(redis.kill)
        start = time.monotonic()
        verdicts = await scorer.score([request(f"after{number}") for number in range(20)])
        took = time.monotonic() - start
        (again,) = await scorer.score([request("before")])
        metrics = scorer.metrics.exposition().decode()
    assert {verdict.status for verdict in verdicts} == {Status.SCORED}
    assert (before.cached, again.cached) == (False, True)
    assert took < 5
    said = [record.getMessage() for record in caplog.records if "memory only" in record.message]
    assert len(said) == 1 and "redis" in said[0]
    assert 'assay_cache_store_failures_total{operation="read",store="redis"}' in metrics


async def test_a_redis_that_hangs_costs_one_short_wait(redis: Server) -> None:
    async with LocalScorer(Settings(redis=redis.url)) as scorer:
        await scorer.score([request("before")])
        redis.process.send_signal(signal.SIGSTOP)
        waits = []
        for number in range(10):
            start = time.monotonic()
            (verdict,) = await scorer.score([request(f"after{number}")])
            waits.append(time.monotonic() - start)
            assert verdict.status is Status.SCORED
        redis.process.send_signal(signal.SIGCONT)
    assert max(waits) < 1.0
    assert sum(waits) < 2.0


async def test_a_redis_that_was_never_there_costs_no_verdict(tmp_path: Path) -> None:
    async with LocalScorer(Settings(redis=f"unix://{tmp_path}/none.sock")) as scorer:
        (verdict,) = await scorer.score([request("web")])
    assert verdict.status is Status.SCORED


async def test_a_redis_that_comes_back_is_used_again(
    redis: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rewardsvc.store.guarded.PAUSE_SECONDS", 0.2)
    async with LocalScorer(Settings(redis=redis.url)) as scorer:
        redis.kill()
        await scorer.score([request("lost")])
        redis.start()
        await asyncio.sleep(0.3)
        await scorer.score([request("kept")])
    assert redis.client().dbsize() >= 1
