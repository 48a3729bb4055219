"""Retry: a command that ran out of wall time is repeated once, alone, and for longer where the
machine kept the time from it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self

import pytest

from sandbox.base import Command, Ended, Limits, Result, Running, Service, Usage
from sandbox.bubblewrap import BubblewrapSandbox
from sandbox.errors import SandboxError, SetUpLate, TimedOutByUs
from sandbox.retry import RetryingSandbox
from sandbox.starvation import LONGEST

SECONDS = 10.0


def command(name: str) -> Command:
    return Command.one(name, ["true"], limits=Limits(wall_seconds=SECONDS))


async def kept() -> float:
    """The pace of a machine that has time."""
    return 1.0


async def tenth() -> float:
    """That of one which gives us a tenth of a core."""
    return 0.1


class Scripted:
    """A sandbox in which a test decides how each run ends; it notes who ran beside whom."""

    name = "scripted"

    def __init__(self, end: Callable[[str, int], Ended] = lambda name, nth: Ended.EXITED) -> None:
        self._end = end
        self.go = asyncio.Event()
        self.running: list[str] = []
        self.runs: list[tuple[str, frozenset[str]]] = []
        self.limits: list[float] = []
        self.cpu_share: float | None = None
        self.needs = 0.0
        """A command whose limit is shorter runs out of it."""
        self.closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.closed = True

    async def run(self, command: Command) -> Result:
        name, limit = command.steps[0].name, command.limits.wall_seconds
        nth = sum(name == ran for ran, _ in self.runs) + 1
        self.runs.append((name, frozenset(self.running)))
        self.limits.append(limit)
        self.running.append(name)
        try:
            if name.startswith("slow"):
                await self.go.wait()
            else:
                await asyncio.sleep(0)
        finally:
            self.running.remove(name)
        if name == "broken":
            raise SandboxError("it died")
        if name == "late" and limit < self.needs:
            raise SetUpLate("the box was not set up")
        ended = self._end(name, nth) if limit >= self.needs else Ended.WALL_TIME
        cpu = None if self.cpu_share is None else self.cpu_share * limit
        return Result(ended, (), Usage(limit, cpu))

    async def start(self, service: Service) -> Running:
        raise SandboxError("there is no probe here")

    def count(self, name: str) -> int:
        return sum(name == ran for ran, _ in self.runs)


async def _settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize("ended", [ended for ended in Ended if ended is not Ended.WALL_TIME])
async def test_any_other_end_is_final(ended: Ended) -> None:
    inner = Scripted(lambda name, nth: ended)
    async with RetryingSandbox(inner, kept) as sandbox:
        assert (await sandbox.run(command("a"))).ended is ended
    assert inner.count("a") == 1
    assert inner.closed


async def test_a_command_that_needed_the_machine_for_itself_gets_its_result() -> None:
    inner = Scripted(lambda name, nth: Ended.WALL_TIME if nth == 1 else Ended.EXITED)
    async with RetryingSandbox(inner, kept) as sandbox:
        assert (await sandbox.run(command("a"))).ended is Ended.EXITED
    assert inner.count("a") == 2


async def test_out_of_time_again_is_the_programs_own_doing() -> None:
    inner = Scripted(lambda name, nth: Ended.WALL_TIME)
    async with RetryingSandbox(inner, kept) as sandbox:
        assert (await sandbox.run(command("a"))).ended is Ended.WALL_TIME
    assert inner.limits == [SECONDS, SECONDS]


async def test_where_nobody_knows_the_pace_the_machine_is_taken_to_keep_it() -> None:
    inner = Scripted(lambda name, nth: Ended.WALL_TIME)
    async with RetryingSandbox(inner) as sandbox:
        assert (await sandbox.run(command("a"))).ended is Ended.WALL_TIME
    assert inner.limits == [SECONDS, SECONDS]


async def test_a_busy_program_on_a_starved_machine_gets_the_time_that_was_withheld() -> None:
    inner = Scripted()
    inner.needs, inner.cpu_share = 9 * SECONDS, 0.1
    async with RetryingSandbox(inner, tenth) as sandbox:
        assert (await sandbox.run(command("a"))).ended is Ended.EXITED
    assert inner.limits[0] == SECONDS and 9 * SECONDS <= inner.limits[-1] <= 27 * SECONDS


async def test_out_of_that_time_too_it_is_the_programs_own_doing() -> None:
    inner = Scripted(lambda name, nth: Ended.WALL_TIME)
    inner.cpu_share = 0.1
    async with RetryingSandbox(inner, tenth) as sandbox:
        assert (await sandbox.run(command("a"))).ended is Ended.WALL_TIME


async def test_a_program_that_sleeps_is_out_of_time_however_busy_the_machine_is() -> None:
    inner = Scripted(lambda name, nth: Ended.WALL_TIME)
    inner.cpu_share = 0.01
    async with RetryingSandbox(inner, tenth) as sandbox:
        assert (await sandbox.run(command("a"))).ended is Ended.WALL_TIME
    assert inner.limits == [SECONDS, SECONDS]


async def test_one_that_waits_for_parts_of_ours_does_not_sleep() -> None:
    inner = Scripted()
    inner.needs, inner.cpu_share = 9 * SECONDS, 0.01
    async with RetryingSandbox(inner, tenth) as sandbox:
        ended = (await sandbox.run(replace(command("a"), served=True))).ended
    assert ended is Ended.EXITED and inner.limits[-1] >= 9 * SECONDS


async def test_who_had_no_time_however_long_was_timed_out_by_us() -> None:
    async def hundredth() -> float:
        return 0.01

    inner = Scripted(lambda name, nth: Ended.WALL_TIME)
    async with RetryingSandbox(inner, hundredth) as sandbox:
        with pytest.raises(TimedOutByUs):
            await sandbox.run(command("a"))
    assert inner.limits == sorted(inner.limits) and inner.limits[-1] == LONGEST * SECONDS


async def test_the_second_run_waits_for_neighbours_and_holds_up_newcomers() -> None:
    inner = Scripted(lambda name, nth: Ended.WALL_TIME if name == "late" else Ended.EXITED)
    async with RetryingSandbox(inner, kept) as sandbox:
        neighbour = asyncio.create_task(sandbox.run(command("slow")))
        await _settle()
        late = asyncio.create_task(sandbox.run(command("late")))
        await _settle()
        newcomer = asyncio.create_task(sandbox.run(command("new")))
        await _settle()
        assert (inner.count("late"), inner.count("new")) == (1, 0)
        inner.go.set()
        await asyncio.gather(neighbour, late, newcomer)
    assert inner.runs == [
        ("slow", frozenset()),
        ("late", frozenset({"slow"})),
        ("late", frozenset()),
        ("new", frozenset()),
    ]


async def test_several_late_ones_take_turns() -> None:
    inner = Scripted(lambda name, nth: Ended.WALL_TIME)
    async with RetryingSandbox(inner, kept) as sandbox:
        await asyncio.gather(*(sandbox.run(command(name)) for name in "abc"))
    again = inner.runs[3:]
    assert sorted(name for name, _ in again) == ["a", "b", "c"]
    assert all(not beside for _, beside in again)


async def test_a_cancelled_wait_for_solitude_lets_the_others_go_on() -> None:
    inner = Scripted(lambda name, nth: Ended.WALL_TIME if name == "late" else Ended.EXITED)
    async with RetryingSandbox(inner, kept) as sandbox:
        neighbour = asyncio.create_task(sandbox.run(command("slow")))
        await _settle()
        late = asyncio.create_task(sandbox.run(command("late")))
        await _settle()
        late.cancel()
        await asyncio.gather(late, return_exceptions=True)
        async with asyncio.timeout(5):
            assert (await sandbox.run(command("new"))).ended is Ended.EXITED
            inner.go.set()
            await neighbour
    assert inner.count("late") == 1


@pytest.mark.parametrize("nth", [1, 2], ids=["beside others", "alone"])
async def test_a_cancelled_run_lets_the_others_go_on(nth: int) -> None:
    inner = Scripted(lambda name, nth: Ended.WALL_TIME if name == "slow-late" else Ended.EXITED)
    async with RetryingSandbox(inner, kept) as sandbox:
        late = asyncio.create_task(sandbox.run(command("slow-late")))
        await _settle()
        if nth == 2:
            inner.go.set()
            await asyncio.sleep(0)
            inner.go.clear()
            await _settle()
        assert inner.count("slow-late") == nth
        late.cancel()
        await asyncio.gather(late, return_exceptions=True)
        async with asyncio.timeout(5):
            assert (await sandbox.run(command("new"))).ended is Ended.EXITED


async def test_a_box_that_was_not_ready_in_time_is_given_what_was_withheld() -> None:
    inner = Scripted()
    inner.needs = 2 * SECONDS
    async with RetryingSandbox(inner, tenth) as sandbox:
        assert (await sandbox.run(command("late"))).ended is Ended.EXITED


async def test_a_box_that_is_not_ready_on_a_machine_that_has_time_is_broken() -> None:
    inner = Scripted()
    inner.needs = 2 * SECONDS
    async with RetryingSandbox(inner, kept) as sandbox:
        with pytest.raises(SetUpLate):
            await sandbox.run(command("late"))
    assert inner.limits == [SECONDS, SECONDS]


async def test_a_sandbox_that_breaks_is_an_error_and_no_second_chance() -> None:
    inner = Scripted()
    async with RetryingSandbox(inner, kept) as sandbox:
        with pytest.raises(SandboxError):
            await sandbox.run(command("broken"))
        assert (await sandbox.run(command("a"))).ended is Ended.EXITED
    assert inner.count("broken") == 1


async def test_a_real_command_that_sleeps_too_long_ends_for_want_of_time() -> None:
    async with RetryingSandbox(BubblewrapSandbox()) as sandbox:
        result = await sandbox.run(
            Command.one("sleep", ["sleep", "30"], limits=Limits(wall_seconds=0.5))
        )
    assert sandbox.name == "bubblewrap"
    assert result.ended is Ended.WALL_TIME
