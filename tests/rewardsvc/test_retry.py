"""When something is tried again, how long one waits, and how much a client asks at once."""

import asyncio

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.client import RETRIES
from rewardsvc.grpc_status import StatusMeaning, meaning_of
from rewardsvc.retry import Attempts, RetryPolicy
from rewardsvc.window import Window

CODES = grpc.StatusCode


@pytest.mark.parametrize(
    ("code", "details", "meaning"),
    [
        (CODES.UNAVAILABLE, "failed to connect", StatusMeaning.GONE),
        (CODES.CANCELLED, "CANCELLED", StatusMeaning.GONE),
        (CODES.INTERNAL, "Received RST_STREAM with error code 2", StatusMeaning.GONE),
        (CODES.UNKNOWN, "Stream removed", StatusMeaning.GONE),
        (CODES.UNKNOWN, "Unexpected <class 'ValueError'>", StatusMeaning.BROKEN),
        (CODES.INTERNAL, "", StatusMeaning.BROKEN),
        (CODES.RESOURCE_EXHAUSTED, "9 completions are waiting already", StatusMeaning.BUSY),
        (
            CODES.RESOURCE_EXHAUSTED,
            "SERVER: Received message larger than max (9 vs. 8)",
            StatusMeaning.INVALID,
        ),
        (CODES.DEADLINE_EXCEEDED, "Deadline Exceeded", StatusMeaning.LATE),
        (CODES.INVALID_ARGUMENT, "task.format: unknown", StatusMeaning.INVALID),
        (CODES.UNAUTHENTICATED, "this server demands a bearer token", StatusMeaning.SHUT),
        (CODES.PERMISSION_DENIED, "", StatusMeaning.SHUT),
        (CODES.UNIMPLEMENTED, "Method not found!", StatusMeaning.SHUT),
        (CODES.FAILED_PRECONDITION, "", StatusMeaning.BROKEN),
    ],
)
def test_a_status_says_whether_another_try_is_worth_it(
    code: grpc.StatusCode, details: str, meaning: StatusMeaning
) -> None:
    assert meaning_of(code, details) is meaning


@given(
    st.integers(1, 10_000),
    st.floats(0, 600),
    st.floats(0, 1, exclude_max=True),
    st.floats(0, 1e6),
)
def test_a_pause_leaves_time_for_another_try(
    tries: int, left: float, chance: float, asked: float
) -> None:
    waited = RETRIES.pause(tries, left=left, chance=chance, asked=asked)
    if left < RETRIES.least_seconds:
        assert waited is None
        return
    assert waited is not None
    assert 0 <= waited <= left / 2
    assert waited <= max(RETRIES.longest_pause_seconds, asked)
    assert waited >= min(left / 2, asked / 2)


def test_pauses_grow_and_part_those_who_were_turned_away_together() -> None:
    def pause(tries: int, chance: float) -> float:
        waited = RETRIES.pause(tries, left=600, chance=chance)
        assert waited is not None
        return waited

    middles = [pause(tries, 0.5) for tries in range(1, 7)]
    assert middles == sorted(middles)
    assert middles[0] < 0.25 and middles[-1] > 1
    assert pause(3, 0.0) < pause(3, 0.9)


POLICY = RetryPolicy(
    tries=4, first_pause_seconds=0.5, longest_pause_seconds=8.0, longest_asked_seconds=60.0
)


@pytest.mark.parametrize(
    ("tries", "left", "asked", "goes_on"),
    [
        (3, 600.0, 0.0, True),
        (4, 600.0, 0.0, False),
        (1, 600.0, 60.0, True),
        (1, 600.0, 60.1, False),
        (1, 0.0, 0.0, True),  # no least time: whoever is asked may answer at once
    ],
)
def test_it_is_over_after_so_many_tries_and_where_too_long_a_pause_is_asked_for(
    tries: int, left: float, asked: float, goes_on: bool
) -> None:
    waited = POLICY.pause(tries, left=left, chance=0.5, asked=asked)
    assert (waited is not None) is goes_on


async def test_attempts_are_counted_and_the_time_for_them_is_used_up() -> None:
    policy = RetryPolicy(tries=3, first_pause_seconds=0.01, longest_pause_seconds=0.01)
    attempts = Attempts(policy, left=5.0)
    failures = 0
    while True:
        with attempts.trying():
            await asyncio.sleep(0.01)
            failures += 1
        if not await attempts.pause():
            break
    assert (failures, attempts.made) == (3, 3)
    assert attempts.left < 5.0 - 3 * 0.01 - 2 * 0.005 + 0.002
    assert not attempts.late


async def test_what_has_no_time_left_is_not_waited_for() -> None:
    policy = RetryPolicy(first_pause_seconds=60, longest_pause_seconds=60, least_seconds=0.5)
    attempts = Attempts(policy, left=0.4)
    assert attempts.late
    async with asyncio.timeout(5):
        assert not await attempts.pause(asked=30.0)
    assert attempts.left == 0.4


async def test_a_window_lets_in_as_many_as_it_is_open_for_in_their_order() -> None:
    window = Window(2)
    entered: list[int] = []
    go = [asyncio.Event() for _ in range(5)]

    async def one(number: int) -> None:
        async with window:
            entered.append(number)
            await go[number].wait()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(number)) for number in range(5)]
        await asyncio.sleep(0)
        assert entered == [0, 1]
        tasks[2].cancel()  # it waits no longer, and holds up nobody
        go[1].set()
        await asyncio.wait([tasks[1]])
        await asyncio.sleep(0)
        assert entered == [0, 1, 3]
        window.refused()
        go[3].set()
        await asyncio.wait([tasks[3]])
        await asyncio.sleep(0)
        assert entered == [0, 1, 3]  # narrower by one
        go[0].set()
        await asyncio.wait([tasks[0]])
        await asyncio.sleep(0)
        assert entered == [0, 1, 3, 4]
        go[4].set()


async def test_of_a_burst_that_is_turned_away_in_part_the_rest_stays_under_way() -> None:
    """However wide it was open before: forty went, five were taken."""
    window = Window(256)
    refused = [asyncio.Event() for _ in range(35)]

    async def one(number: int) -> None:
        async with window:
            if number < 35:
                await refused[number].wait()
                window.refused()
            else:
                await asyncio.Event().wait()

    tasks = [asyncio.create_task(one(number)) for number in range(40)]
    await asyncio.sleep(0)
    for event in refused:
        event.set()
    await asyncio.wait(tasks[:35])
    assert window.size == 5
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@given(st.lists(st.booleans(), max_size=300))
def test_a_window_never_closes_and_never_opens_too_far(outcomes: list[bool]) -> None:
    window = Window(8)
    for answered in outcomes:
        window.answered() if answered else window.refused()
        assert 1 <= window.size <= 8


async def test_a_window_comes_to_what_a_server_takes() -> None:
    window = Window(256)
    at_server = most = 0

    async def one() -> None:
        nonlocal at_server, most
        async with window:
            at_server += 1
            most = max(most, at_server)
            await asyncio.sleep(0)
            if at_server > 10:
                window.refused()
            else:
                window.answered()
            at_server -= 1

    for _ in range(50):
        most = 0
        await asyncio.gather(*(one() for _ in range(100)))
    assert 8 <= most <= 14
