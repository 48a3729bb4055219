"""What a command sees, may use and leaves: real sandboxes of every kind, from outside."""
# ruff: noqa: ASYNC240 (folders of the test itself)

import os
import socket
import sys
import time
from pathlib import Path

import pytest

from sandbox.base import MIB, Bind, Command, Ended, Limits, Result, Sandbox
from sandbox.errors import SandboxError

pytestmark = pytest.mark.asyncio(loop_scope="module")

PYTHON_HOME = Path(sys.base_prefix)
PYTHON = (Bind(PYTHON_HOME, str(PYTHON_HOME)),)
SMALL = Limits(wall_seconds=20, memory_bytes=96 * MIB, file_bytes=8 * MIB, output_bytes=64 * 1024)


def shell(script: str, **kwargs: object) -> Command:
    return Command.one("step", ("sh", "-c", script), **{"limits": SMALL, **kwargs})  # type: ignore[arg-type]


def python(script: str, limits: Limits = SMALL, **env: str) -> Command:
    argv = (f"{PYTHON_HOME}/bin/python3", "-I", "-c", script)
    return Command.one("step", argv, binds=PYTHON, limits=limits, env=env)


def output(result: Result) -> str:
    assert result.ended is Ended.EXITED, result
    assert result.steps[0].exit_code == 0, result
    return result.steps[0].stdout.decode()


async def test_files_stdin_and_environment_arrive_and_output_comes_back(sandbox: Sandbox) -> None:
    result = await sandbox.run(
        shell(
            "cat a/b.txt -; echo oops >&2; env; exit 7",
            files={"a/b.txt": b"file ", "c": b""},
            stdin=b"stdin\n",
            env={"COLOUR": "blue = green\n"},
        )
    )
    (step,) = result.steps
    assert (step.name, step.exit_code, step.stderr) == ("step", 7, b"oops\n")
    assert step.stdout.startswith(b"file stdin\n")
    assert b"\nCOLOUR=blue = green\n\n" in step.stdout
    assert b"\nHOME=/work\n" in step.stdout
    names = {line.split(b"=")[0] for line in step.stdout.splitlines() if b"=" in line}
    assert names <= {b"COLOUR", b"HOME", b"PATH", b"PWD", b"OLDPWD", b"SHLVL", b"_"}
    assert 0 < result.usage.wall_seconds < 10
    assert not result.output_cut


async def test_nothing_of_one_command_is_there_in_the_next(sandbox: Sandbox) -> None:
    await sandbox.run(shell("echo secret >/work/x; echo secret >/tmp/x; echo secret >/dev/shm/x"))
    assert output(await sandbox.run(shell("ls -A /work /tmp /dev/shm"))).split() == [
        "/dev/shm:",
        "/tmp:",
        "/work:",
    ]


@pytest.mark.parametrize(
    ("script", "limits", "ended"),
    [
        ("while :; do :; done", Limits(wall_seconds=0.3), Ended.WALL_TIME),
        ("sleep 1000", Limits(wall_seconds=0.2), Ended.WALL_TIME),
        ("trap '' TERM INT HUP; sleep 1000", Limits(wall_seconds=0.2), Ended.WALL_TIME),
        ("while :; do :; done", Limits(wall_seconds=20, cpu_seconds=1), Ended.CPU_TIME),
        ("trap '' XCPU; while :; do :; done", Limits(20, cpu_seconds=1), Ended.CPU_TIME),
        ("exec head -c 9999999 /dev/zero >f", Limits(file_bytes=MIB), Ended.FILE_SIZE),
        ("kill -SEGV $$", Limits(), Ended.EXITED),
    ],
)
async def test_each_limit_has_its_name(
    sandbox: Sandbox, script: str, limits: Limits, ended: Ended
) -> None:
    result = await sandbox.run(shell(script, limits=limits))
    assert result.ended is ended, result
    assert result.usage.wall_seconds < 10


async def test_cpu_time_of_all_processes_counts_together(counted: Sandbox) -> None:
    result = await counted.run(
        shell(
            "for i in 1 2 3 4 5 6; do (while :; do :; done) & done; wait",
            limits=Limits(wall_seconds=20, cpu_seconds=0.5),
        )
    )
    assert result.ended is Ended.CPU_TIME
    assert 0.4 < (result.usage.cpu_seconds or 0) < 2


async def test_usage_is_measured(counted: Sandbox) -> None:
    usage = (await counted.run(python("x = b'1' * 50_000_000"))).usage
    assert 50_000_000 < (usage.peak_memory_bytes or 0) < SMALL.memory_bytes
    assert 0 < (usage.cpu_seconds or 0) < 10


async def test_a_memory_bomb_ends_as_memory(counted: Sandbox) -> None:
    result = await counted.run(python("x = b'1' * 10**9"))
    assert result.ended is Ended.MEMORY
    assert (result.usage.peak_memory_bytes or 0) <= SMALL.memory_bytes


async def test_a_memory_bomb_is_stopped(sandbox: Sandbox) -> None:
    result = await sandbox.run(python("x = b'1' * 10**9; print('got it')"))
    assert all(step.stdout == b"" for step in result.steps)


async def test_memory_filled_through_files_is_counted_too(counted: Sandbox) -> None:
    limits = Limits(wall_seconds=20, memory_bytes=32 * MIB, file_bytes=256 * MIB)
    result = await counted.run(shell("head -c 200000000 /dev/zero >/dev/shm/f", limits=limits))
    assert result.ended is Ended.MEMORY


async def test_a_fork_bomb_is_held_and_ended(sandbox: Sandbox) -> None:
    limits = Limits(wall_seconds=1, processes=32)
    began = time.monotonic()
    result = await sandbox.run(shell("bomb() { bomb | bomb & }; bomb; sleep 100", limits=limits))
    assert result.ended is not Ended.MEMORY
    assert time.monotonic() - began < 8


async def test_threads_count_as_processes(sandbox: Sandbox) -> None:
    script = (
        "import threading, time\n"
        "for n in range(100):\n"
        "    threading.Thread(target=time.sleep, args=(9,), daemon=True).start()\n"
    )
    limits = Limits(wall_seconds=20, processes=20)
    result = await sandbox.run(python(script, limits=limits))
    assert b"can't start new thread" in result.steps[0].stderr


@pytest.mark.parametrize("place", ["/work", "/tmp", "/dev/shm"])
async def test_a_full_disk_is_an_error_the_program_sees(sandbox: Sandbox, place: str) -> None:
    limits = Limits(wall_seconds=20, file_bytes=2 * MIB)
    script = f"for i in 1 2 3 4; do head -c 1000000 /dev/zero >{place}/$i || exit 9; done"
    result = await sandbox.run(shell(script, limits=limits))
    assert result.ended is Ended.EXITED
    assert result.steps[0].exit_code == 9
    assert b"No space left" in result.steps[0].stderr


async def test_a_flood_of_output_is_cut_and_does_not_block(sandbox: Sandbox) -> None:
    result = await sandbox.run(shell("yes | head -c 20000000; yes no | head -c 99999 >&2; echo ok"))
    assert result.ended is Ended.EXITED
    assert len(result.steps[0].stdout) == SMALL.output_bytes
    assert len(result.steps[0].stderr) == SMALL.output_bytes
    assert result.output_cut


async def test_the_network_is_unreachable(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind("\0assay-test")
        unix.listen()
        script = (
            "import os, socket\n"
            "def out(family, address):\n"
            "    try: socket.socket(family).connect(address)\n"
            "    except OSError as e: print(type(e).__name__, e.errno)\n"
            "    else: print('connected')\n"
            f"out(socket.AF_INET, ('127.0.0.1', {tcp.getsockname()[1]}))\n"
            "out(socket.AF_INET, ('192.0.2.1', 80))\n"
            "out(socket.AF_UNIX, '\\0assay-test')\n"
            "print([name for _, name in socket.if_nameindex()])\n"
        )
        lines = output(await sandbox.run(python(script))).splitlines()
    assert lines == [
        "ConnectionRefusedError 111",
        "OSError 101",
        "ConnectionRefusedError 111",
        "['lo']",
    ]


HIDDEN = {"docker": (), "bubblewrap": ("/etc/shadow", "/root", "/home", "/sys", "/run", "/var")}
"""A container has its image's own."""


async def test_host_files_and_processes_are_out_of_sight(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    hidden = (f"{tmp_path}/secret", f"/proc/{os.getpid()}/environ", *HIDDEN[sandbox.name])
    script = (
        f"for f in {' '.join(hidden)}; do [ -e $f ] && echo $f; done; ls -d /proc/[0-9]* | wc -l"
    )
    seen = output(await sandbox.run(shell(script))).split()
    assert seen[:-1] == []
    assert int(seen[-1]) < 10


@pytest.mark.parametrize(
    "script",
    [
        "ln -s /etc/shadow x && cat x",
        "ln -s / x && cat x/etc/shadow",
        "cat ../etc/shadow ../../../../etc/shadow",
        "cat /proc/1/root/etc/shadow",
        "cat /proc/1/environ | tr '\\0' '\\n' | grep -v ^PATH= | grep .",
        "echo x >/usr/bin/ls",
        "echo x >/proc/sys/kernel/core_pattern",
        "mount -t tmpfs none /work",
        "mount -o remount,rw /usr",
        "unshare --user --map-root-user true",
        "nsenter --user=/proc/1/ns/user --preserve-credentials true",
        "for f in /proc/self/fd/*; do nsenter --user=$f true && exit 0; done; exit 1",
        "setpriv --reuid 0 true",
        "chroot /usr true",
        "mknod disk b 254 0",
        "kill -KILL 1; kill -STOP 1; [ -d /proc/self ] && exit 1",
        "chmod u+w /usr",
        "prlimit --core=unlimited:unlimited true",
    ],
)
async def test_ways_out_are_closed(sandbox: Sandbox, script: str) -> None:
    (step,) = (await sandbox.run(shell(script))).steps
    assert step.exit_code != 0, step
    assert b"root:" not in step.stdout


async def test_inherited_descriptors_lead_nowhere(sandbox: Sandbox) -> None:
    listed = output(await sandbox.run(shell("readlink /proc/$$/fd/*; :"))).split()
    assert {line.split(":")[0] for line in listed} <= {"/memfd", "pipe", "(deleted)", "user",
                                                       "/.stdin", "/dev/null"}  # fmt: skip


async def test_a_tool_below_a_private_home_works(sandbox: Sandbox, tmp_path: Path) -> None:
    home = tmp_path / "home"
    tool = home / "venv" / "bin" / "tool"
    tool.parent.mkdir(parents=True)
    tool.write_text("#!/bin/sh\necho from home\n")
    tool.chmod(0o755)
    home.chmod(0o700)
    venv = home / "venv"
    for bind in (Bind(tool, "/tool"), Bind(venv, "/opt/venv"), Bind(venv, str(venv))):
        path = bind.target if bind.source == tool else f"{bind.target}/bin/tool"
        command = Command.one("step", (path,), binds=(bind,), limits=SMALL)
        assert output(await sandbox.run(command)) == "from home\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only a server that is root drops its identity")
async def test_a_source_that_only_root_may_read_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    command = Command.one("step", ("true",), binds=(Bind(tmp_path, "/data"),))
    with pytest.raises(SandboxError, match=f"chmod -R o\\+rX {tmp_path}"):
        await sandbox.run(command)


async def test_a_bind_cannot_be_written(sandbox: Sandbox, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    command = shell("echo x >/data/f", binds=(Bind(tmp_path, "/data"),))
    assert (await sandbox.run(command)).steps[0].exit_code != 0
    assert list(tmp_path.iterdir()) == []


async def test_a_socket_in_a_bound_folder_can_be_reached(sandbox: Sandbox, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        (tmp_path / "s").chmod(0o666)
        tmp_path.chmod(0o755)
        server.listen()
        script = "import socket; socket.socket(socket.AF_UNIX).connect('/relay/s'); print('in')"
        argv = (f"{PYTHON_HOME}/bin/python3", "-I", "-c", script)
        binds = (*PYTHON, Bind(tmp_path, "/relay"))
        assert output(await sandbox.run(Command.one("step", argv, binds=binds))) == "in\n"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (Command.one("x", ("/nosuch/tool",)), "/nosuch/tool"),
        (Command.one("x", ("no-such-tool",)), "no-such-tool"),
        (Command.one("x", ("true",), binds=(Bind(Path("/nosuch"), "/x"),)), "/nosuch"),
    ],
)
async def test_a_broken_box_is_an_error_not_a_result(
    sandbox: Sandbox, command: Command, words: str
) -> None:
    with pytest.raises(SandboxError, match=words):
        await sandbox.run(command)


async def test_a_bind_that_has_no_place_is_an_error(boxed: Sandbox) -> None:
    command = Command.one("x", ("true",), binds=(Bind(Path("/srv"), "/etc/x/y"),))
    with pytest.raises(SandboxError, match="/etc/x"):
        await boxed.run(command)


async def test_a_box_that_is_not_set_up_in_time_is_broken(grouped: Sandbox) -> None:
    command = Command.one("x", ("true",), limits=Limits(wall_seconds=0.000001))
    with pytest.raises(SandboxError, match="not set up within"):
        for _ in range(20):  # on a busy machine a box may be there before its time is looked at
            await grouped.run(command)


async def test_a_tool_of_the_system_may_be_bound_where_it_is(sandbox: Sandbox) -> None:
    bind = Bind(Path("/usr/bin/env"), "/usr/bin/env")
    assert "HOME" in output(await sandbox.run(Command.one("x", ("/usr/bin/env",), binds=(bind,))))


async def test_what_looks_like_a_fault_of_bwrap_is_the_programs(sandbox: Sandbox) -> None:
    script = "echo 'bwrap: execvp x: No such file or directory' >&2; exit 1"
    result = await sandbox.run(shell(script))
    assert (result.ended, result.steps[0].exit_code) == (Ended.EXITED, 1)


async def test_devices_that_programs_name_can_be_opened(sandbox: Sandbox) -> None:
    script = "cat /dev/stdin >/dev/stdout; echo e >/dev/stderr; : >/dev/null"
    result = await sandbox.run(shell(script, stdin=b"in\n"))
    assert output(result) == "in\n"
    assert result.steps[0].stderr == b"e\n"


async def test_programs_behind_debians_alternatives_are_there(boxed: Sandbox) -> None:
    links = [path for path in Path("/usr/bin").iterdir() if path.is_symlink()]
    over = [path for path in links if str(path.readlink()).startswith("/etc/alternatives/")]
    there = [str(path) for path in over if str(path.resolve()).startswith("/usr/")]
    if not there:
        pytest.skip("no program of this machine is reached over /etc/alternatives")
    script = f"for each in {' '.join(there)}; do test -e $each || echo $each; done"
    assert output(await boxed.run(shell(script))) == ""


async def test_the_identity_of_a_box_has_a_name(boxed: Sandbox) -> None:
    assert output(await boxed.run(shell("id -un"))) == "box\n"
