"""A service in a container: what it sees, what it says, how it ends."""
# ruff: noqa: ASYNC110, ASYNC221, ASYNC240 (what the test itself looks at)

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.base import MIB, Bind, Command, Sandbox, Service
from sandbox.docker import DockerSandbox
from sandbox.errors import SandboxError

pytestmark = pytest.mark.asyncio(loop_scope="module")


def shell(folder: Path, script: str, **env: str) -> Service:
    return Service("test", ("/bin/sh", "-c", script), folder, env=env, memory_bytes=64 * MIB)


async def within(seconds: float, holds: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        await asyncio.sleep(0.02)


async def test_a_service_talks_through_its_folder_and_nothing_else(
    docker_sandbox: Sandbox, tmp_path: Path
) -> None:
    script = (
        "echo ready; echo words >&2; (: >/usr/x) 2>/dev/null && echo bad >&2; "
        f"env >{tmp_path}/e; mv {tmp_path}/e {tmp_path}/env; exec sleep 99"
    )
    service = await docker_sandbox.start(shell(tmp_path, script, COLOUR="blue"))
    try:
        assert await service.first_line(20) == b"ready\n"
        await within(10, (tmp_path / "env").exists)
        assert service.alive
        assert service.said == "words"
        assert 0 < (service.memory_bytes or 0) < 64 * MIB
        assert "COLOUR=blue" in (tmp_path / "env").read_text().splitlines()
    finally:
        await service.stop()
    assert not service.alive
    await service.stop()


async def test_a_service_that_ends_by_itself_is_seen_and_its_container_goes(
    docker_sandbox: Sandbox, tmp_path: Path
) -> None:
    service = await docker_sandbox.start(shell(tmp_path, "echo oh >&2; exit 3"))
    assert await service.first_line(20) == b""
    assert service.said == "oh"
    await within(10, lambda: not service.alive)
    assert not service.alive


async def test_a_service_that_ran_out_of_memory_says_so(
    docker_sandbox: Sandbox, tmp_path: Path
) -> None:
    hog = "echo up; head -c 999999999 /dev/zero | tail >/dev/null; exec sleep 99"
    hungry = await docker_sandbox.start(shell(tmp_path, hog))
    modest = await docker_sandbox.start(shell(tmp_path, "echo up; exec sleep 99"))
    assert await hungry.first_line(20) == await modest.first_line(20) == b"up\n"
    await within(20, lambda: hungry.out_of_memory)
    assert (hungry.out_of_memory, modest.out_of_memory) == (True, False)
    await asyncio.gather(hungry.stop(), modest.stop())
    assert (hungry.out_of_memory, modest.out_of_memory) == (True, False)


async def test_a_service_without_a_program_does_not_start(
    docker_sandbox: Sandbox, tmp_path: Path
) -> None:
    with pytest.raises(SandboxError, match="/no/such"):
        await docker_sandbox.start(Service("x", ("/no/such",), tmp_path))


async def test_a_service_whose_bind_is_not_there_does_not_start(
    docker_sandbox: Sandbox, tmp_path: Path
) -> None:
    binds = (Bind(Path("/nosuch/place"), "/x"),)
    with pytest.raises(SandboxError, match="/nosuch/place"):
        await docker_sandbox.start(Service("x", ("true",), tmp_path, binds=binds))


@pytest.mark.parametrize("stopped", [True, False])
async def test_a_command_speaks_to_a_service_through_a_bound_folder(
    docker_sandbox: Sandbox, tmp_path: Path, stopped: bool
) -> None:
    home = Path(sys.base_prefix)
    python = str(home / "bin" / "python3")
    serve = (
        "import os, socket\n"
        f"s = socket.socket(socket.AF_UNIX); s.bind('{tmp_path}/s')\n"
        f"os.chmod('{tmp_path}/s', 0o777); s.listen(); print('up', flush=True)\n"
        "while True:\n    c, _ = s.accept(); c.sendall(b'hello'); c.close()\n"
    )
    tmp_path.chmod(0o755)
    binds = (Bind(home, str(home)),)
    service = await docker_sandbox.start(
        Service("echo", (python, "-I", "-c", serve), tmp_path, binds=binds)
    )
    assert await service.first_line(20) == b"up\n"
    if stopped:
        await service.stop()
    ask = "import socket; s = socket.socket(socket.AF_UNIX); s.connect('/r/s'); print(s.recv(9))"
    command = Command.one("x", (python, "-I", "-c", ask), binds=(*binds, Bind(tmp_path, "/r")))
    (step,) = (await docker_sandbox.run(command)).steps
    assert step.stdout == (b"" if stopped else b"b'hello'\n")
    assert (b"ConnectionRefused" in step.stderr) == stopped
    await service.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="looks at all processes of the machine")
async def test_closing_the_sandbox_ends_its_services(docker_image: str, tmp_path: Path) -> None:
    async with DockerSandbox(docker_image) as sandbox:
        service = await sandbox.start(shell(tmp_path, "echo up; exec sleep 98765.4321"))
        assert await service.first_line(20) == b"up\n"
    assert not service.alive
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert "98765.4321" not in listed.stdout
