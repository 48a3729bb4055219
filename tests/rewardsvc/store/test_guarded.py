"""A store that breaks costs nobody a verdict: when it is left alone, asked again, written to."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.metrics import Metrics
from rewardsvc.store import guarded
from rewardsvc.store.base import StoreFailed
from rewardsvc.store.breaker import Breaker
from rewardsvc.store.guarded import Guarded


class Moody:
    """A store that answers, fails or hangs as a test says."""

    name = "moody"
    lookup_seconds = 0.05

    def __init__(self) -> None:
        self.mood = "well"
        self.entries: dict[str, bytes] = {}
        self.reads: list[list[str]] = []
        self.batches: list[list[str]] = []
        self.writable = asyncio.Event()
        self.writable.set()

    async def _feel(self) -> None:
        if self.mood == "failing":
            raise StoreFailed("moody: not today")
        if self.mood == "hanging":
            await asyncio.sleep(60)

    async def get(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        self.reads.append(list(keys))
        await self._feel()
        return {key: self.entries[key] for key in keys if key in self.entries}

    async def put(self, entries: Mapping[str, bytes]) -> None:
        await self._feel()
        await self.writable.wait()
        self.batches.append(list(entries))
        self.entries.update(entries)

    async def close(self) -> None:
        self.mood = "closed"


# --- the breaker --------------------------------------------------------------------------------


def test_after_a_failure_nobody_tries_until_the_pause_is_over_and_then_one() -> None:
    breaker = Breaker(pause=10)
    assert breaker.allows(0)
    assert breaker.failed(0)
    assert [breaker.allows(now) for now in (1, 9.9, 10, 10.1, 19.9, 20)] == [
        *(False, False, True, False, False, True)
    ]


def test_the_first_failure_and_the_first_success_of_a_row_are_news() -> None:
    breaker = Breaker(pause=10)
    assert [breaker.worked(), breaker.failed(0), breaker.failed(5)] == [False, True, False]
    assert [breaker.open, breaker.worked(), breaker.worked(), breaker.open] == [
        *(True, True, False, False)
    ]


@given(st.lists(st.tuples(st.floats(0, 5), st.booleans())))
def test_a_store_that_always_fails_is_tried_once_in_a_pause(
    steps: list[tuple[float, bool]],
) -> None:
    breaker, now, tries = Breaker(pause=10), 0.0, []
    for wait, _ in steps:
        now += wait
        if breaker.allows(now):
            tries.append(now)
            breaker.failed(now)
    assert all(later - earlier >= 10 for earlier, later in pairwise(tries))


# --- the guard ----------------------------------------------------------------------------------


@pytest.mark.parametrize("mood", ["failing", "hanging"])
async def test_a_broken_store_finds_nothing_and_is_not_asked_again_for_a_while(
    mood: str, caplog: pytest.LogCaptureFixture
) -> None:
    store, metrics = Moody(), Metrics()
    store.mood, store.entries = mood, {"k": b"v"}
    guard = Guarded(store, metrics)
    async with asyncio.timeout(5):
        assert [await guard.get("k") for _ in range(20)] == [None] * 20
    assert store.reads == [["k"]]
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1 and "moody" in warnings[0].getMessage()
    assert metrics.exposition().count(b'{operation="read",store="moody"} 1.0') == 1


async def test_a_store_that_works_again_is_used_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    store = Moody()
    store.mood, store.entries = "failing", {"k": b"v"}
    guard = Guarded(store, Metrics(), pause=0.05)
    assert await guard.get("k") is None
    store.mood = "well"
    assert await guard.get("k") is None
    await asyncio.sleep(0.06)
    assert [await guard.get("k") for _ in range(3)] == [b"v"] * 3
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


async def test_look_ups_at_once_go_together_and_one_may_leave() -> None:
    store = Moody()
    store.entries = {"a": b"1", "b": b"2"}
    guard = Guarded(store, Metrics())
    waiting = [asyncio.create_task(guard.get(key)) for key in ("a", "b", "a", "c")]
    await asyncio.sleep(0)
    waiting[0].cancel()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(outcomes[0], asyncio.CancelledError)
    assert outcomes[1:] == [b"2", b"1", None]
    assert store.reads == [["a", "b", "c"]]


async def test_writes_wait_for_nobody_and_go_together() -> None:
    store = Moody()
    store.writable.clear()
    guard = Guarded(store, Metrics())
    guard.put("first", b"1")
    await asyncio.sleep(0.01)
    for key in "abc":
        guard.put(key, b"2")
    store.writable.set()
    await guard.close()
    assert store.batches == [["first"], ["a", "b", "c"]]
    assert store.mood == "closed"


async def test_what_cannot_be_written_is_dropped_and_counted() -> None:
    store, metrics = Moody(), Metrics()
    store.mood = "failing"
    guard = Guarded(store, metrics)
    for key in "abc":
        guard.put(key, b"1")
        await asyncio.sleep(0.01)
    await guard.close()
    assert b'assay_cache_store_dropped_total{store="moody"} 3.0' in metrics.exposition()
    assert b'{operation="write",store="moody"} 1.0' in metrics.exposition()


async def test_no_more_waits_to_be_written_than_is_bearable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guarded, "MAX_PENDING", 2)
    store, metrics = Moody(), Metrics()
    guard = Guarded(store, metrics)
    for key in "abc":
        guard.put(key, b"1")
    await guard.close()
    assert set(store.entries) == {"a", "b"}
    assert b'assay_cache_store_dropped_total{store="moody"} 1.0' in metrics.exposition()


async def test_closing_does_not_wait_for_a_store_that_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guarded, "WRITE_SECONDS", 0.05)
    store = Moody()
    store.mood = "hanging"
    guard = Guarded(store, Metrics())
    guard.put("k", b"1")
    async with asyncio.timeout(5):
        await guard.close()
    assert not store.entries
