"""Nothing stays: processes, control groups, descriptors, temporary files; however it ends."""
# ruff: noqa: ASYNC110, ASYNC220, ASYNC221 (what the test itself looks at)

import asyncio
import contextlib
import itertools
import secrets
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pytest

from sandbox.base import MIB, Bind, Command, Ended, Limits, Sandbox, Service, Step
from sandbox.bubblewrap import BubblewrapSandbox
from sandbox.cgroups import PREFIX, hierarchies
from sandbox.errors import SandboxError
from tests.needs import lacks

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def sandbox(boxed: Sandbox) -> Sandbox:
    """What is seen of these on the host is bubblewrap's way of doing it."""
    return boxed


def processes_with(mark: str) -> list[str]:
    found = []
    for path in (each / "cmdline" for each in Path("/proc").glob("[0-9]*")):
        try:
            if mark.encode() in path.read_bytes():
                found.append(path.read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def groups(sandbox: Sandbox) -> list[Path]:
    """The control groups of its commands that exist."""
    assert isinstance(sandbox, BubblewrapSandbox)
    parents = set(sandbox._tree.parents.values()) if sandbox._tree is not None else set()
    return [run for parent in parents for run in parent.glob("run-*")]


def groups_of(pid: int) -> list[Path]:
    """The control groups that a process made."""
    own = hierarchies(
        Path("/proc/self/cgroup").read_text(), Path("/proc/self/mountinfo").read_text()
    )
    return [path for each in own for path in each.own.glob(f"{PREFIX}{pid}-*/run-*")]


def marked() -> str:
    return f"86400.{secrets.randbelow(10**12):012}"


@pytest.mark.parametrize("turns", [0, 1, 3, 10])
async def test_a_service_whose_end_is_cancelled_is_ended_first(
    sandbox: Sandbox, tmp_path: Path, turns: int
) -> None:
    """Whoever closes what it stands on next finds nothing of it."""
    before, mark = descriptors(), marked()
    service = await sandbox.start(Service("s", ("sleep", mark), tmp_path, memory_bytes=64 * MIB))
    stopping = asyncio.create_task(service.stop())
    for _ in range(turns):
        await asyncio.sleep(0)
    for _ in range(3):
        stopping.cancel()
        await asyncio.sleep(0)
    with contextlib.suppress(asyncio.CancelledError):  # cancelled before it began, it did nothing
        await stopping
    if turns == 0:
        await service.stop()
    assert not processes_with(mark)
    assert groups(sandbox) == []
    assert descriptors() == before


DAEMONS = [
    "sleep $MARK & :",
    "setsid sleep $MARK & :",
    "(setsid sh -c 'sleep $MARK & :' >/dev/null 2>&1 </dev/null &) ; :",
    "trap '' HUP TERM INT; (while :; do sleep $MARK; done) & sleep 0.05",
]


@pytest.mark.parametrize("script", DAEMONS)
@pytest.mark.parametrize("steps", [1, 2])
async def test_daemons_end_with_their_command(sandbox: Sandbox, script: str, steps: int) -> None:
    mark = marked()
    all_steps = tuple(Step(str(n), ("sh", "-c", script)) for n in range(steps))
    result = await sandbox.run(Command(steps=all_steps, env={"MARK": mark}))
    assert result.ended is Ended.EXITED
    assert [done.exit_code for done in result.steps] == [0] * steps
    assert processes_with(mark) == []
    assert groups(sandbox) == []


@pytest.mark.parametrize("delay", [0, 0.001, 0.002, 0.004, 0.006, 0.01, 0.02, 0.2])
@pytest.mark.parametrize("steps", [1, 2])
async def test_cancelling_ends_everything_at_once(
    sandbox: Sandbox, delay: float, steps: int
) -> None:
    mark = marked()
    script = "setsid sleep $MARK & sleep $MARK"
    all_steps = tuple(Step(str(n), ("sh", "-c", script)) for n in range(steps))
    command = Command(steps=all_steps, env={"MARK": mark}, limits=Limits(wall_seconds=60))
    await sandbox.run(Command.one("warm", ("true",)))
    before = descriptors()
    task = asyncio.create_task(sandbox.run(command))
    await asyncio.sleep(delay)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 2
    assert processes_with(mark) == []
    assert groups(sandbox) == []
    assert descriptors() == before


async def test_cancelling_twice_still_ends_everything(sandbox: Sandbox) -> None:
    mark = marked()
    task = asyncio.create_task(sandbox.run(Command.one("x", ("sleep", mark))))
    await asyncio.sleep(0.1)
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert processes_with(mark) == []
    assert groups(sandbox) == []


async def test_many_commands_at_once_leave_nothing(sandbox: Sandbox) -> None:
    async def one(number: int) -> bytes:
        if number % 7 == 3:
            with pytest.raises(SandboxError):
                bind = Bind(Path("/nosuch"), "/x")
                await sandbox.run(Command.one("x", ("true",), binds=(bind,)))
            return b""
        if number % 7 == 5:
            limits = Limits(wall_seconds=0.5)
            result = await sandbox.run(Command.one("x", ("sleep", "999"), limits=limits))
            return b"" if result.ended is Ended.WALL_TIME else b"?"
        files = {"n": b"%d" % number}
        limits = Limits(wall_seconds=120)
        steps = (Step("a", ("cat", "n")), Step("b", ("true",)))[: 1 + number % 2]
        result = await sandbox.run(Command(steps=steps, files=files, limits=limits))
        return result.steps[0].stdout

    crowd = 48
    await asyncio.gather(*(one(number) for number in range(crowd)))  # makes its namespaces
    before = descriptors()
    for _ in range(3):
        said = await asyncio.gather(*(one(number) for number in range(crowd)))
        assert [word for word in said if word] == [
            b"%d" % number for number in range(crowd) if number % 7 not in {3, 5}
        ]
    assert descriptors() == before
    assert groups(sandbox) == []


def _limit_with(spare: int) -> int:
    """The limit below which so many numbers of descriptors are free."""
    taken = {int(path.name) for path in Path("/proc/self/fd").iterdir()}
    free = (number for number in itertools.count() if number not in taken)
    return next(itertools.islice(free, spare, None))


async def test_running_out_of_descriptors_is_our_fault_and_leaks_none(grouped: Sandbox) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    await grouped.run(Command.one("x", ("true",)))
    before = descriptors()
    files = {str(n): b"" for n in range(40)}
    for spare in range(1, 30, 3):
        resource.setrlimit(resource.RLIMIT_NOFILE, (_limit_with(spare), hard))
        try:
            with pytest.raises(SandboxError):
                await grouped.run(Command.one("x", ("true",), files=files))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert descriptors() == before
        assert groups(grouped) == []


def temporary_files() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("assay-sandbox-*"))


async def test_closing_removes_what_opening_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", tempfile.mkdtemp())
    before = temporary_files(), descriptors()
    sandbox = BubblewrapSandbox()
    try:
        async with sandbox:
            await sandbox.run(Command.one("x", ("true",)))
    except SandboxError as error:
        lacks("bubblewrap", str(error))
    assert (temporary_files(), descriptors()) == before
    with pytest.raises(SandboxError, match="not open"):
        await sandbox.run(Command.one("x", ("true",)))


async def test_a_server_that_is_killed_takes_its_boxes_along(
    isolation_missing: dict[type[BubblewrapSandbox], str],
) -> None:
    if reason := isolation_missing[BubblewrapSandbox]:
        lacks("bubblewrap", reason)
    mark = marked()
    server = textwrap.dedent(f"""
        import asyncio
        from sandbox.base import Command
        from sandbox.bubblewrap import BubblewrapSandbox
        async def main():
            async with BubblewrapSandbox() as sandbox:
                script = "setsid sleep {mark} & sleep {mark}"
                await sandbox.run(Command.one("x", ("sh", "-c", script)))
        asyncio.run(main())
    """)
    process = subprocess.Popen([sys.executable, "-c", server])
    try:
        until = time.monotonic() + 20
        while len(processes_with(f"sleep\0{mark}")) < 2 and time.monotonic() < until:
            await asyncio.sleep(0.05)
        assert len(processes_with(f"sleep\0{mark}")) >= 2
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    until = time.monotonic() + 5
    while processes_with(mark) and time.monotonic() < until:
        await asyncio.sleep(0.05)
    assert processes_with(mark) == []
    for folder in {path.parent for path in groups_of(process.pid)}:
        for group in (*folder.glob("run-*"), folder):
            await asyncio.to_thread(removed, group, until)


def removed(group: Path, until: float) -> None:
    """Remove a control group: the kernel lets go of one a moment after its last process."""
    while True:
        try:
            return group.rmdir()
        except OSError:
            if time.monotonic() > until:
                raise
        time.sleep(0.05)


async def test_a_server_that_is_init_reaps_what_bwrap_leaves(
    isolation_missing: dict[type[BubblewrapSandbox], str],
) -> None:
    """As in a container without an init of its own."""
    if reason := isolation_missing[BubblewrapSandbox]:
        lacks("bubblewrap", reason)
    server = textwrap.dedent("""
        import asyncio, os
        from pathlib import Path
        from sandbox.base import Command
        from sandbox.bubblewrap import BubblewrapSandbox
        async def main():
            async with BubblewrapSandbox() as sandbox:
                for _ in range(5):
                    await sandbox.run(Command.one("x", ("sh", "-c", "setsid sleep 99 & :")))
            assert os.getpid() == 1
            processes = Path("/proc").glob("[0-9]*")
            states = [(each / "status").read_text() for each in processes]
            print(sum("State:\tZ" in state for state in states), len(states))
        asyncio.run(main())
    """)
    unshare = ("unshare", "--pid", "--fork", "--mount-proc", "--")
    ran = subprocess.run(
        [*unshare, sys.executable, "-c", server], capture_output=True, text=True, check=False
    )
    if "unshare failed" in ran.stderr:
        pytest.skip(ran.stderr.strip())
    assert (ran.stdout, ran.stderr) == ("0 1\n", "")
