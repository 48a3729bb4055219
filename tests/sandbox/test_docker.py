"""What a command in a container sees, may use and leaves: a real engine, from outside."""

import sys
from pathlib import Path

import pytest

from sandbox.base import DESCRIPTORS, Bind, Command, Ended, Sandbox
from sandbox.docker import DockerSandbox, spec
from sandbox.errors import IsolationMissing
from sandbox.selftest import self_test

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_files_stdin_and_environment_arrive_and_output_comes_back(
    docker_sandbox: Sandbox,
) -> None:
    result = await docker_sandbox.run(
        Command.one(
            "step",
            ("sh", "-c", "cat a/b.txt -; echo oops >&2; env; exit 7"),
            files={"a/b.txt": b"file ", "c": b""},
            stdin=b"stdin\n",
            env={"COLOUR": "blue = green\n"},
        )
    )
    assert result.ended is Ended.EXITED
    (step,) = result.steps
    assert (step.name, step.exit_code, step.stderr) == ("step", 7, b"oops\n")
    assert step.stdout.startswith(b"file stdin\n")
    assert b"\nCOLOUR=blue = green\n\n" in step.stdout
    names = {line.split(b"=")[0] for line in step.stdout.splitlines() if b"=" in line}
    assert names <= {b"COLOUR", b"HOME", b"PATH", b"PWD", b"OLDPWD", b"SHLVL", b"_"}


async def test_every_promise_holds(docker_sandbox: Sandbox) -> None:
    promises = await self_test(docker_sandbox)
    assert [promise for promise in promises if not promise.holds] == []
    assert "system calls are filtered" in [promise.name for promise in promises]


async def test_a_missing_engine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nosuch/docker.sock")
    with pytest.raises(IsolationMissing, match=r"/nosuch/docker\.sock.*start dockerd"):
        await DockerSandbox().__aenter__()


@pytest.mark.usefixtures("docker_image")
async def test_a_missing_image_is_named_with_the_command_that_builds_it() -> None:
    with pytest.raises(IsolationMissing, match=r"no-such-image.*docker build"):
        await DockerSandbox("no-such-image").__aenter__()


async def test_descriptors_are_bounded_where_the_engine_raises_the_limit(
    docker_image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    soft, hard = DESCRIPTORS
    monkeypatch.setattr(spec, "DESCRIPTORS", (hard, hard))
    async with DockerSandbox(docker_image) as sandbox:
        result = await sandbox.run(Command.one("x", ("sh", "-c", "ulimit -Sn; ulimit -Hn")))
    assert result.steps[0].stdout.decode().split() == [str(soft), str(hard)]


async def test_system_calls_that_lead_into_the_kernel_are_refused(docker_sandbox: Sandbox) -> None:
    """Numbers of x86-64 (arch/x86/entry/syscalls/syscall_64.tbl)."""
    home = Path(sys.base_prefix)
    program = (
        "import ctypes, errno, os, platform, socket\n"
        "assert platform.machine() == 'x86_64' or os._exit(77)\n"
        "call = ctypes.CDLL(None, use_errno=True).syscall\n"
        "calls = dict(ptrace=101, process_vm_readv=310, mount=165, unshare=272, setns=308,\n"
        "    keyctl=250, add_key=248, bpf=321, perf_event_open=298, userfaultfd=323,\n"
        "    io_uring_setup=425, pivot_root=155, memfd_secret=447, open_by_handle_at=304)\n"
        "for name, number in calls.items():\n"
        "    result = call(number, 0, 0, 0, 0, 0)\n"
        "    print(name, result, errno.errorcode.get(ctypes.get_errno()))\n"
        "print('clone', call(56, 0x10000000 | 17, 0, 0, 0, 0), ctypes.get_errno() == errno.EPERM)\n"
        "for family in (socket.AF_VSOCK, socket.AF_PACKET, socket.AF_ALG):\n"
        "    try: socket.socket(family, socket.SOCK_STREAM)\n"
        "    except OSError as error: print('socket', error.errno == errno.EPERM)\n"
        "for signal in (0, 9):\n"
        "    try: print('kill', os.kill(1, signal))\n"
        "    except OSError as error: print('kill', error.errno == errno.EPERM)\n"
    )
    command = Command.one(
        "x", (f"{home}/bin/python3", "-I", "-c", program), binds=(Bind(home, str(home)),)
    )
    (step,) = (await docker_sandbox.run(command)).steps
    if step.exit_code == 77:
        pytest.skip("the numbers are those of x86-64")
    lines = step.stdout.decode().splitlines()
    assert [line for line in lines[:14] if not line.endswith("-1 EPERM")] == []
    assert lines[14:] == ["clone -1 True", *["socket True"] * 3, "kill None", "kill True"]
