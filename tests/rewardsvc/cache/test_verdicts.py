"""The cache: equal work is done once, faults are never kept, neighbours cut nobody off."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from rewardsvc.cache import VerdictCache
from rewardsvc.cache.cached import CachedVerdict, sealed, unsealed
from rewardsvc.cache.verdicts import Recalled
from rewardsvc.metrics import Metrics
from rewardsvc.reward import DEFAULT_WEIGHTS, rule_of
from rewardsvc.store.guarded import Guarded
from rewardsvc.types import Components, FailureKind, ScoreRequest, Status, Task, Verdict
from rewardsvc.wire.answers import Encoded
from rewardsvc.wire.protobuf import verdict_to_proto

SCORED = Verdict(
    id="a",
    status=Status.SCORED,
    reward=1.0,
    components=Components(1.0, 1.0, 1.0),
    stages=(),
    failure_kind=None,
    failure_reason="",
    toolchain="",
    rule=rule_of(DEFAULT_WEIGHTS),
)
UNSCORED = Verdict(
    id="a",
    status=Status.UNSCORED,
    reward=None,
    components=None,
    stages=(),
    failure_kind=FailureKind.TOOL_CRASHED,
    failure_reason="a panic",
    toolchain="",
    rule=rule_of(DEFAULT_WEIGHTS),
)


class Work:
    """A computation that waits until it is let go, and counts how often it was begun."""

    def __init__(self, verdict: Verdict | Exception = SCORED, *, waits: bool = True) -> None:
        self.begun = 0
        self.cancelled = 0
        self.go = asyncio.Event()
        if not waits:
            self.go.set()
        self._verdict = verdict

    async def __call__(self) -> Encoded:
        self.begun += 1
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if isinstance(self._verdict, Exception):
            raise self._verdict
        return Encoded.of(self._verdict)


class Dictionary:
    """A store in this process that a test can break."""

    name = "dictionary"
    lookup_seconds = 0.05

    def __init__(self) -> None:
        self.entries: dict[str, bytes] = {}
        self.asked = 0
        self.closed = False

    async def get(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        self.asked += 1
        return {key: self.entries[key] for key in keys if key in self.entries}

    async def put(self, entries: Mapping[str, bytes]) -> None:
        self.entries.update(entries)

    async def close(self) -> None:
        self.closed = True


REQUEST = ScoreRequest(id="a", task=Task(format="dockerfile"), completion="")
KEPT = replace(SCORED, cached=True)


def with_store(store: Dictionary) -> VerdictCache:
    return VerdictCache(Guarded(store, Metrics()))


async def get(
    cache: VerdictCache, key: str, request: ScoreRequest, work: Work, fingerprint: bytes = b""
) -> Verdict:
    found = await cache.get(key, request.task.format, work, fingerprint)
    return found.verdict(request.id)


async def _settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_equal_requests_at_once_are_one_computation() -> None:
    cache, work = VerdictCache(), Work()
    waiting = [asyncio.create_task(get(cache, "k", REQUEST, work)) for _ in range(3)]
    await _settle()
    work.go.set()
    assert await asyncio.gather(*waiting) == [SCORED, KEPT, KEPT]
    assert work.begun == 1


async def test_an_equal_request_afterwards_gets_the_kept_verdict_under_its_own_id() -> None:
    cache, work = VerdictCache(), Work(waits=False)
    assert await get(cache, "k", REQUEST, work) == SCORED
    assert await get(cache, "k", replace(REQUEST, id="b"), work) == replace(KEPT, id="b")
    assert await get(cache, "other", REQUEST, work) == SCORED
    assert work.begun == 2


async def test_unscored_is_never_kept() -> None:
    store = Dictionary()
    cache, work = with_store(store), Work(UNSCORED, waits=False)
    assert await get(cache, "k", REQUEST, work) == UNSCORED
    assert await get(cache, "k", REQUEST, work, b"print") == UNSCORED
    await cache.close()
    assert work.begun == 2
    assert not store.entries and cache.recall(b"print") is None
    with pytest.raises(ValueError, match="never kept"):
        CachedVerdict.of(UNSCORED)


async def test_an_error_reaches_every_waiter_and_is_not_kept() -> None:
    cache, work = VerdictCache(), Work(RuntimeError("broken"))
    waiting = [asyncio.create_task(get(cache, "k", REQUEST, work)) for _ in range(2)]
    await _settle()
    work.go.set()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["broken", "broken"]
    assert await get(cache, "k", REQUEST, Work(waits=False)) == SCORED


@pytest.mark.parametrize("leaver", [0, 1], ids=["who began it", "who joined"])
async def test_a_waiter_that_goes_away_leaves_the_work_to_the_other(leaver: int) -> None:
    cache, work = VerdictCache(), Work()
    waiting = [asyncio.create_task(get(cache, "k", REQUEST, work)) for _ in range(2)]
    await _settle()
    waiting[leaver].cancel()
    await _settle()
    assert work.cancelled == 0
    work.go.set()
    assert (await waiting[1 - leaver]).reward == 1.0
    assert waiting[leaver].cancelled()


async def test_the_last_waiter_to_go_takes_the_work_along() -> None:
    cache, work = VerdictCache(), Work()
    waiting = [asyncio.create_task(get(cache, "k", REQUEST, work)) for _ in range(2)]
    await _settle()
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await _settle()
    assert (work.begun, work.cancelled) == (1, 1)


async def test_nobody_joins_work_that_is_being_cancelled() -> None:
    cache, work = VerdictCache(), Work()
    first = asyncio.create_task(get(cache, "k", REQUEST, work))
    await _settle()
    first.cancel()
    second = asyncio.create_task(get(cache, "k", REQUEST, Work(waits=False)))
    assert await second == SCORED
    assert first.cancelled() and work.cancelled == 1


async def test_what_was_used_least_recently_goes_first() -> None:
    cache = VerdictCache(capacity_bytes=1200)  # two verdicts

    async def cached(key: str) -> bool:
        return (await get(cache, key, REQUEST, Work(waits=False))).cached

    assert [await cached(key) for key in ("old", "new", "old", "newest")] == [
        *(False, False, True, False)
    ]
    assert await cached("old")
    assert not await cached("new")


async def test_a_verdict_that_is_larger_than_the_memory_is_given_and_not_kept() -> None:
    cache = VerdictCache(capacity_bytes=300)
    for _ in range(2):
        verdict = await get(cache, "k", REQUEST, Work(waits=False))
        assert (verdict, verdict.cached) == (SCORED, False)


async def test_a_request_is_recalled_by_its_fingerprint_once_its_verdict_is_kept() -> None:
    cache, work = VerdictCache(), Work()
    assert cache.recall(b"print") is None
    scoring = asyncio.create_task(get(cache, "k", REQUEST, work, b"print"))
    await _settle()
    assert cache.recall(b"print") is None
    work.go.set()
    await scoring
    assert cache.recall(b"print") == Recalled("dockerfile", CachedVerdict.of(SCORED))
    assert cache.recall(b"another") is None


async def test_a_verdict_in_the_store_is_given_without_work_and_then_from_memory() -> None:
    store = Dictionary()
    first = with_store(store)
    await get(first, "k", REQUEST, Work(waits=False))
    await first.close()
    second, work = with_store(store), Work()
    store.asked = 0
    waiting = [get(second, "k", REQUEST, work) for _ in range(3)]
    assert await asyncio.gather(*waiting) == [KEPT, KEPT, KEPT]
    assert await get(second, "k", REQUEST, work) == KEPT
    assert (store.asked, work.begun, store.closed) == (1, 0, True)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-1],
        lambda data: data[:40],
        lambda data: b"",
        lambda data: data[:30] + bytes([data[30] ^ 1]) + data[31:],
        lambda data: sealed("another key", CachedVerdict.of(SCORED)),
        lambda data: b"\0" * 200,
    ],
    ids=["cut", "cut short", "empty", "a flipped bit", "of another key", "zeros"],
)
async def test_what_is_spoilt_in_the_store_is_worked_out_again(
    spoil: Callable[[bytes], bytes],
) -> None:
    store = Dictionary()
    good = sealed("k", CachedVerdict.of(SCORED))
    store.entries["k"] = spoil(good)
    cache, work = with_store(store), Work(waits=False)
    assert await get(cache, "k", REQUEST, work) == SCORED
    await cache.close()
    assert work.begun == 1
    assert store.entries["k"] == good


def test_a_seal_holds_only_what_is_scored() -> None:
    assert unsealed("k", sealed("k", CachedVerdict.of(SCORED))) == CachedVerdict.of(SCORED)
    message = verdict_to_proto(UNSCORED).SerializeToString()
    assert unsealed("k", sealed("k", CachedVerdict(message, 1.0))) is None
