"""Limits in machine time: what is withheld does not count; and the probe that tells."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox import machine_time, probe
from sandbox.base import Running, Service
from sandbox.bubblewrap import BubblewrapSandbox
from sandbox.errors import SandboxError
from sandbox.machine_time import MachineTime
from sandbox.probe import Probe
from sandbox.processes import descendants
from sandbox.starvation import LONGEST


class Machine:
    """Gives a part of a core; how long anything takes there is counted in looks, not timed."""

    def __init__(self, share: float) -> None:
        self.share = share
        self.asked = 0

    async def pace(self) -> float:
        self.asked += 1
        return self.share


async def test_what_hangs_is_given_up_in_time_where_the_machine_keeps_its_pace() -> None:
    with pytest.raises(TimeoutError):
        async with MachineTime(Machine(1.0).pace).within(0.1):
            await asyncio.Event().wait()


async def test_what_is_done_soon_costs_no_look() -> None:
    machine = Machine(1.0)
    async with MachineTime(machine.pace).within(60.0):
        await asyncio.sleep(0)
    assert machine.asked == 0


async def test_on_a_tenth_of_a_core_it_takes_ten_times_as_long() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(TimeoutError):
        async with MachineTime(Machine(0.1).pace).within(0.05):
            await asyncio.Event().wait()
    assert loop.time() - began >= 0.5


async def test_a_part_that_needs_that_long_is_waited_for() -> None:
    async with MachineTime(Machine(0.1).pace).within(0.1):
        await asyncio.sleep(0.3)


async def test_however_little_there_is_it_comes_to_an_end() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(TimeoutError):
        async with MachineTime(Machine(1e-9).pace).within(0.02):
            await asyncio.Event().wait()
    assert loop.time() - began >= 0.02 * LONGEST


async def test_who_is_cancelled_is_not_told_that_time_is_over() -> None:
    async def work() -> None:
        async with MachineTime(Machine(1.0).pace).within(60.0):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_mean_is_of_the_time_beside_which_it_was_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(machine_time, "LOOK_SECONDS", 0.01)
    machine = Machine(0.25)
    async with MachineTime(machine.pace).beside(0.04) as pacing:
        await asyncio.sleep(0.1)
        assert machine.asked > 1
        assert await pacing.mean() == pytest.approx(0.25)


@pytest_asyncio.fixture
async def beside() -> AsyncIterator[Probe]:
    async with BubblewrapSandbox() as sandbox, Probe(sandbox) as opened:
        yield opened


def program_of(opened: Probe) -> int:
    assert opened._process is not None
    *_, last = descendants(opened._process.pid)  # type: ignore[attr-defined]
    return last


async def test_a_probe_tells_a_pace_and_those_who_ask_at_once_share_it(beside: Probe) -> None:
    paces = await asyncio.gather(*(beside.pace() for _ in range(5)))
    assert 0 < paces[0] <= 1 and len(set(paces)) == 1
    pid = program_of(beside)
    assert await beside.pace() in paces and program_of(beside) == pid


async def test_a_probe_that_gets_no_core_tells_of_none(
    beside: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "REST_SECONDS", 0.0)
    monkeypatch.setattr(probe, "REST_SHARE", 0.0)
    monkeypatch.setattr(probe, "ANSWER_SECONDS", 0.5)
    await beside.pace()
    os.kill(program_of(beside), signal.SIGSTOP)
    assert await beside.pace() <= 0.04
    os.kill(program_of(beside), signal.SIGCONT)
    assert await beside.pace() > 0.04


async def test_a_probe_that_died_is_started_anew(
    beside: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "REST_SECONDS", 0.0)
    monkeypatch.setattr(probe, "REST_SHARE", 0.0)
    await beside.pace()
    pid = program_of(beside)
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(20):
        while beside._process is not None and beside._process.alive:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert 0 < await beside.pace() <= 1
    assert program_of(beside) != pid


async def test_without_a_probe_limits_are_those_of_the_wall() -> None:
    class Broken(BubblewrapSandbox):
        async def start(self, wanted: Service) -> Running:
            raise SandboxError("no more processes")

    async with Probe(Broken()) as opened:
        assert await opened.pace() == 1.0
