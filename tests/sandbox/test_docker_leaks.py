"""Nothing of a container stays, however it ends, and nothing of one command reaches the next."""
# ruff: noqa: ASYNC110, ASYNC220, ASYNC221, ASYNC240 (what the test itself looks at)

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from sandbox.base import MIB, Bind, Command, Ended, Limits, Sandbox, Step
from sandbox.docker import DockerSandbox
from sandbox.docker.owner import LABEL, labels, left_behind
from sandbox.errors import SandboxError

pytestmark = pytest.mark.asyncio(loop_scope="module")

SMALL = Limits(wall_seconds=20, memory_bytes=64 * MIB, file_bytes=4 * MIB)


def marked() -> str:
    return f"86400.{secrets.randbelow(10**12):012}"


def processes_with(mark: str) -> list[str]:
    found = []
    for path in (each / "cmdline" for each in Path("/proc").glob("[0-9]*")):
        try:
            if mark.encode() in path.read_bytes():
                found.append(path.read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def containers() -> list[str]:
    """The containers of this kind that there are, running or not."""
    listed = subprocess.run(
        ["docker", "ps", "--all", "--quiet", "--filter", f"label={LABEL}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return listed.stdout.split()


@pytest.mark.parametrize(
    "script",
    [
        "sleep $MARK & :",
        "(setsid sh -c 'sleep $MARK & :' >/dev/null 2>&1 </dev/null &) ; :",
        "trap '' HUP TERM INT; (while :; do sleep $MARK; done) & sleep 0.05",
    ],
)
@pytest.mark.parametrize("steps", [1, 2])
async def test_daemons_end_with_their_command(
    docker_sandbox: Sandbox, script: str, steps: int
) -> None:
    mark = marked()
    all_steps = tuple(Step(str(n), ("sh", "-c", script)) for n in range(steps))
    result = await docker_sandbox.run(Command(steps=all_steps, env={"MARK": mark}, limits=SMALL))
    assert result.ended is Ended.EXITED
    assert [done.exit_code for done in result.steps] == [0] * steps
    assert processes_with(mark) == []


@pytest.mark.parametrize("delay", [0, 0.01, 0.05, 0.3])
@pytest.mark.parametrize("times", [1, 3])
async def test_cancelling_ends_everything_at_once(
    docker_sandbox: Sandbox, delay: float, times: int
) -> None:
    mark = marked()
    script = "setsid sleep $MARK & sleep $MARK"
    command = Command.one("x", ("sh", "-c", script), env={"MARK": mark}, limits=SMALL)
    await docker_sandbox.run(Command.one("warm", ("true",), limits=SMALL))
    task = asyncio.create_task(docker_sandbox.run(command))
    await asyncio.sleep(delay)
    began = time.monotonic()
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert processes_with(mark) == []
    assert time.monotonic() - began < 2


async def test_many_commands_at_once_are_kept_apart(docker_sandbox: Sandbox) -> None:
    async def one(number: int) -> bytes:
        files = {"n": b"%d" % number}
        steps = (Step("a", ("sh", "-c", "ls -A; cat n >/tmp/seen; cat /tmp/*")),)
        result = await docker_sandbox.run(Command(steps=steps, files=files, limits=SMALL))
        return result.steps[0].stdout

    said = await asyncio.gather(*(one(number) for number in range(24)))
    assert said == [b"n\n%d" % number for number in range(24)]


def _threads() -> set[str]:
    """The threads but for asyncio's own, which come as it needs them."""
    return {each.name for each in threading.enumerate() if not each.name.startswith("asyncio")}


async def test_closing_removes_what_opening_made(docker_image: str) -> None:
    others, seen = {""}, set(containers())
    while others != seen:  # those of other tests are being replaced
        await asyncio.sleep(1)
        others, seen = seen, set(containers())
    threads = _threads()
    async with DockerSandbox(docker_image) as sandbox:
        await asyncio.gather(
            *(sandbox.run(Command.one("x", ("true",), limits=SMALL)) for _ in range(3))
        )
        assert set(containers()) > others
    assert set(containers()) <= others
    assert _threads() <= threads
    with pytest.raises(SandboxError, match="not open"):
        await sandbox.run(Command.one("x", ("true",)))


async def test_a_server_that_is_killed_takes_its_containers_along(docker_image: str) -> None:
    mark = marked()
    server = textwrap.dedent(f"""
        import asyncio
        from pathlib import Path
        from sandbox.base import Command, Service
        from sandbox.docker import DockerSandbox
        import tempfile
        async def main():
            async with DockerSandbox({docker_image!r}) as sandbox:
                folder = Path(tempfile.mkdtemp())
                await sandbox.start(Service("s", ("sleep", "{mark}"), folder))
                script = "setsid sleep {mark} & sleep {mark}"
                await sandbox.run(Command.one("x", ("sh", "-c", script)))
        asyncio.run(main())
    """)
    others = set(containers())
    process = subprocess.Popen([sys.executable, "-c", server])
    try:
        until = time.monotonic() + 30
        while len(processes_with(f"sleep\0{mark}")) < 3 and time.monotonic() < until:
            await asyncio.sleep(0.05)
        assert len(processes_with(f"sleep\0{mark}")) >= 3
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    until = time.monotonic() + 30  # as long as a busy engine takes
    while (processes_with(mark) or set(containers()) - others) and time.monotonic() < until:
        await asyncio.sleep(0.05)
    assert processes_with(mark) == []
    assert set(containers()) <= others


async def test_what_a_dead_process_made_and_never_started_is_swept(docker_image: str) -> None:
    dead = labels() | {"assay.process": "4194304-1"}
    words = [word for pair in dead.items() for word in ("--label", "=".join(pair))]
    made = subprocess.run(
        ["docker", "create", *words, docker_image, "true"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    async with DockerSandbox(docker_image):
        assert not any(made.startswith(each) for each in containers())


async def test_only_what_is_surely_left_behind_is_swept() -> None:
    ours = labels()
    assert not left_behind(ours)
    assert left_behind(ours | {"assay.process": f"{os.getpid()}-1"})
    assert left_behind(ours | {"assay.boot": "another"})
    assert not left_behind(ours | {"assay.process": "4194304-1", "assay.pid-namespace": "pid:[1]"})


async def test_a_warm_container_that_died_is_not_used(docker_sandbox: Sandbox) -> None:
    command = Command.one("x", ("echo", "fine"), limits=SMALL)
    await docker_sandbox.run(command)
    await asyncio.sleep(1)  # one is warm by now
    for each in containers():
        words = ("docker", "inspect", each)
        inspected = json.loads(subprocess.run(words, capture_output=True, check=False).stdout)
        if inspected and not left_behind(inspected[0]["Config"]["Labels"]):  # it may be gone by now
            subprocess.run(["docker", "kill", each], capture_output=True, check=False)
    assert (await docker_sandbox.run(command)).steps[0].stdout == b"fine\n"


async def test_a_container_that_is_killed_from_outside_is_our_fault(
    docker_sandbox: Sandbox,
) -> None:
    mark = marked()
    command = Command.one("x", ("sleep", mark), limits=SMALL)
    task = asyncio.create_task(docker_sandbox.run(command))
    while not processes_with(f"sleep\0{mark}"):
        await asyncio.sleep(0.02)
    pid = next(
        path.parent.name
        for path in (each / "cmdline" for each in Path("/proc").glob("[0-9]*"))
        if f"sleep\0{mark}\0".encode() == path.read_bytes()
    )
    container = Path(f"/proc/{pid}/cgroup").read_text().rpartition("/docker/")[2].strip()
    subprocess.run(["docker", "kill", container], capture_output=True, check=True)
    with pytest.raises(SandboxError, match="ended from outside"):
        await task


async def test_a_bind_whose_folder_was_made_anew_shows_the_new_one(
    docker_sandbox: Sandbox, tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    folder = tmp_path / "folder"
    command = Command.one("x", ("cat", "/f/n"), binds=(Bind(folder, "/f"),), limits=SMALL)
    for number in (b"1", b"2"):
        folder.mkdir()
        (folder / "n").write_bytes(number)
        assert (await docker_sandbox.run(command)).steps[0].stdout == number
        await asyncio.sleep(1)  # another is warm by now
        (folder / "n").unlink()
        folder.rmdir()
