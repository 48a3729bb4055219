"""Work side by side: told in order or as it ends, bounded, and never lost when it is stopped."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.cli.side_by_side import read_ahead, side_by_side


async def numbers(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number


@given(st.lists(st.integers(0, 5)), st.integers(1, 4), st.booleans())
def test_every_result_is_told_once(steps: list[int], at_once: int, in_order: bool) -> None:
    """``steps``: how many turns of the event loop each piece takes."""
    under_way = most = 0
    ended: list[int] = []
    told: list[int] = []

    async def do(number: int) -> int:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        for _ in range(steps[number]):
            await asyncio.sleep(0)
        under_way -= 1
        ended.append(number)
        return number

    work = numbers(len(steps))
    asyncio.run(side_by_side(work, do, told.append, at_once=at_once, in_order=in_order))
    assert told == (sorted(ended) if in_order else ended)
    assert len(told) == len(steps)
    assert most <= at_once


async def test_each_is_told_as_soon_as_those_before_it_are() -> None:
    told: list[int] = []
    gates = [asyncio.Event() for _ in range(4)]

    async def do(number: int) -> int:
        await gates[number].wait()
        return number

    async with asyncio.TaskGroup() as group:
        group.create_task(side_by_side(numbers(4), do, told.append, at_once=4))
        for number, expected in ((1, []), (0, [0, 1]), (2, [0, 1, 2]), (3, [0, 1, 2, 3])):
            gates[number].set()
            await settled()
            assert told == expected


async def test_what_is_done_and_waits_for_a_slow_one_is_bounded() -> None:
    taken = 0
    slow = asyncio.Event()

    async def many() -> AsyncIterator[int]:
        nonlocal taken
        for number in range(10_000):
            taken += 1
            yield number

    async def do(number: int) -> int:
        if number == 0:
            await slow.wait()
        return number

    told: list[int] = []
    async with asyncio.TaskGroup() as group:
        group.create_task(side_by_side(many(), do, told.append, at_once=4))
        await settled(500)
        assert told == []
        assert 4 < taken <= 4 * 16 + 1
        slow.set()
    assert told == list(range(10_000))


@pytest.mark.parametrize("in_order", [True, False])
async def test_what_is_done_is_told_when_it_is_stopped(in_order: bool) -> None:
    told: list[int] = []
    ended: list[int] = []

    async def do(number: int) -> int:
        try:
            await asyncio.sleep(3600 if number in (1, 4) else 0)
        finally:
            ended.append(number)
        return number

    work = side_by_side(numbers(6), do, told.append, at_once=6, in_order=in_order)
    task = asyncio.ensure_future(work)
    await settled()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(told) == [0, 2, 3, 5]
    assert sorted(ended) == [0, 1, 2, 3, 4, 5]  # nothing is left running


async def test_what_is_done_is_told_when_one_raises() -> None:
    told: list[int] = []

    async def do(number: int) -> int:
        if number == 2:
            await settled()
            raise ConnectionError("gone")
        if number == 1:
            await asyncio.sleep(3600)
        return number

    with pytest.raises(ConnectionError, match="gone"):
        await side_by_side(numbers(5), do, told.append, at_once=5)
    assert told == [0, 3, 4]


async def test_nothing_is_told_twice_where_telling_fails() -> None:
    told: list[int] = []

    def tell(number: int) -> None:
        told.append(number)
        raise BrokenPipeError

    async def do(number: int) -> int:
        return number

    with pytest.raises(BrokenPipeError):
        await side_by_side(numbers(1), do, tell, at_once=1)
    assert told == [0]


async def test_a_silent_source_stops_nothing() -> None:
    silent = threading.Event()

    def source() -> Iterator[int]:
        yield 1
        silent.wait()
        yield 2

    ahead = read_ahead(source(), 4)
    assert await anext(ahead) == 1
    waiting = asyncio.ensure_future(anext(ahead))
    await settled()
    assert not waiting.done()
    silent.set()
    assert await waiting == 2


async def test_no_more_is_read_than_was_asked_for() -> None:
    read: list[int] = []

    def source() -> Iterator[int]:
        for number in range(1000):
            read.append(number)
            yield number

    ahead = read_ahead(source(), 8)
    assert [await anext(ahead) for _ in range(5)] == [0, 1, 2, 3, 4]
    await asyncio.to_thread(lambda: None)
    assert len(read) <= 5 + 8 + 1


async def test_what_a_source_raises_is_raised() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise OSError("a broken disk")

    ahead = read_ahead(source(), 8)
    assert await anext(ahead) == 1
    with pytest.raises(OSError, match="a broken disk"):
        await anext(ahead)


async def settled(turns: int = 50) -> None:
    """Let everything run that can."""
    for _ in range(turns):
        await asyncio.sleep(0)
