"""An engine whose control groups we cannot see, as from inside a container: the same results."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.base import MIB, Command, Ended, Limits, Sandbox, Service, Step
from sandbox.docker import worker

pytestmark = pytest.mark.asyncio(loop_scope="module")


def step(name: str, script: str) -> Step:
    return Step(name, ("sh", "-c", script))


@pytest.fixture(scope="module")
def unseen() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "group_of", lambda pid: None)
        yield


@pytest.fixture(scope="module")
def blind(unseen: None, docker_sandbox: Sandbox) -> Sandbox:
    """Opened after that, so that its warm containers are not seen either."""
    return docker_sandbox


@pytest.mark.parametrize(
    ("script", "limits", "ended"),
    [
        ("exit 3", Limits(wall_seconds=20), Ended.EXITED),
        ("kill -KILL $$", Limits(wall_seconds=20), Ended.EXITED),
        ("sleep 1000", Limits(wall_seconds=0.3), Ended.WALL_TIME),
        ("while :; do :; done", Limits(wall_seconds=20, cpu_seconds=1), Ended.CPU_TIME),
        (
            "for i in 1 2 3 4 5 6; do (while :; do :; done) & done; wait",
            Limits(wall_seconds=30, cpu_seconds=2),
            Ended.CPU_TIME,
        ),
        (
            "head -c 134217728 /dev/zero | tail >/dev/null",
            Limits(wall_seconds=20, memory_bytes=32 * MIB, file_bytes=MIB),
            Ended.MEMORY,
        ),
        (
            "head -c 134217728 /dev/zero | tail >/dev/null; exit 0",
            Limits(wall_seconds=20, memory_bytes=32 * MIB, file_bytes=MIB),
            Ended.MEMORY,
        ),
    ],
)
async def test_each_end_has_its_name(
    blind: Sandbox, script: str, limits: Limits, ended: Ended
) -> None:
    result = await blind.run(Command.one("x", ("sh", "-c", script), limits=limits))
    assert result.ended is ended, result
    assert result.usage.wall_seconds < 15


async def test_usage_is_measured(blind: Sandbox) -> None:
    script = "n=0; while [ $n -lt 200000 ]; do n=$((n+1)); done; sleep 4"
    usage = (await blind.run(Command.one("x", ("sh", "-c", script)))).usage
    assert usage.cpu_seconds is not None
    assert 0.05 < usage.cpu_seconds < 10
    assert 4 < usage.wall_seconds < 20


async def test_what_a_step_leaves_running_ends_with_it(blind: Sandbox) -> None:
    count = "set -- /proc/[0-9]*; echo $#"
    steps = (step("before", count), step("a", "(setsid sleep 99 &) ; :"), step("after", count))
    result = await blind.run(Command(steps=steps))
    assert result.steps[0].stdout == result.steps[2].stdout


async def test_a_service_tells_its_memory_and_that_it_ran_out_of_it(
    blind: Sandbox, tmp_path: Path
) -> None:
    script = "echo up; sleep 2; head -c 999999999 /dev/zero | tail >/dev/null; exec sleep 99"
    service = await blind.start(Service("x", ("sh", "-c", script), tmp_path, memory_bytes=64 * MIB))
    assert await service.first_line(20) == b"up\n"
    async with asyncio.timeout(20):
        while not service.memory_bytes:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        while not service.out_of_memory:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert 0 < (service.memory_bytes or 0) <= 64 * MIB
    await service.stop()
