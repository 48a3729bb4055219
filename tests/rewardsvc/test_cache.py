"""The cache: equal work is done once, faults are never kept, neighbours cut nobody off."""

import asyncio

import pytest

from rewardsvc.cache import VerdictCache
from rewardsvc.reward import DEFAULT_WEIGHTS, rule_of
from rewardsvc.types import Components, FailureKind, Status, Verdict

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

    async def __call__(self) -> Verdict:
        self.begun += 1
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if isinstance(self._verdict, Exception):
            raise self._verdict
        return self._verdict


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_equal_requests_at_once_are_one_computation() -> None:
    cache, work = VerdictCache(), Work()
    waiting = [asyncio.create_task(cache.get("k", work)) for _ in range(3)]
    await _settle()
    work.go.set()
    assert await asyncio.gather(*waiting) == [(SCORED, False), (SCORED, True), (SCORED, True)]
    assert work.begun == 1


async def test_an_equal_request_afterwards_gets_the_kept_verdict() -> None:
    cache, work = VerdictCache(), Work(waits=False)
    assert await cache.get("k", work) == (SCORED, False)
    assert await cache.get("k", work) == (SCORED, True)
    assert await cache.get("other", work) == (SCORED, False)
    assert work.begun == 2


async def test_unscored_is_never_kept() -> None:
    cache, work = VerdictCache(), Work(UNSCORED, waits=False)
    assert await cache.get("k", work) == (UNSCORED, False)
    assert await cache.get("k", work) == (UNSCORED, False)
    assert work.begun == 2


async def test_an_error_reaches_every_waiter_and_is_not_kept() -> None:
    cache, work = VerdictCache(), Work(RuntimeError("broken"))
    waiting = [asyncio.create_task(cache.get("k", work)) for _ in range(2)]
    await _settle()
    work.go.set()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["broken", "broken"]
    assert await cache.get("k", Work(waits=False)) == (SCORED, False)


@pytest.mark.parametrize("leaver", [0, 1], ids=["who began it", "who joined"])
async def test_a_waiter_that_goes_away_leaves_the_work_to_the_other(leaver: int) -> None:
    cache, work = VerdictCache(), Work()
    waiting = [asyncio.create_task(cache.get("k", work)) for _ in range(2)]
    await _settle()
    waiting[leaver].cancel()
    await _settle()
    assert work.cancelled == 0
    work.go.set()
    verdict, _ = await waiting[1 - leaver]
    assert verdict is SCORED
    assert waiting[leaver].cancelled()


async def test_the_last_waiter_to_go_takes_the_work_along() -> None:
    cache, work = VerdictCache(), Work()
    waiting = [asyncio.create_task(cache.get("k", work)) for _ in range(2)]
    await _settle()
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await _settle()
    assert (work.begun, work.cancelled) == (1, 1)


async def test_nobody_joins_work_that_is_being_cancelled() -> None:
    cache, work = VerdictCache(), Work()
    first = asyncio.create_task(cache.get("k", work))
    await _settle()
    first.cancel()
    second = asyncio.create_task(cache.get("k", Work(waits=False)))
    assert await second == (SCORED, False)
    assert first.cancelled() and work.cancelled == 1


async def test_what_was_used_least_recently_goes_first() -> None:
    cache = VerdictCache(capacity=2)
    for key in ("old", "new"):
        await cache.get(key, Work(waits=False))
    assert (await cache.get("old", Work(waits=False)))[1]
    await cache.get("newest", Work(waits=False))
    assert (await cache.get("old", Work(waits=False)))[1]
    assert not (await cache.get("new", Work(waits=False)))[1]
