"""The same attacks in a box that is kept for stateless commands: the next one in it is unharmed.

Not on the docker back end, which gives every command a container of its own.
"""

import asyncio
import contextlib
import os
import re
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.base import MIB, Ended, Limits, Result
from sandbox.bubblewrap import BubblewrapSandbox, reusable
from tests.hostile.attacks import ATTACKS, EXITED, PRELUDE, SMALL, WALL
from tests.hostile.conftest import Target
from tests.hostile.host import SECRET_PATTERN, Host
from tests.hostile.traces import left_beyond, marked, new_mark, resident_bytes, traces

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize(
        "target", ("bubblewrap", "bubblewrap-without-groups"), indirect=True, scope="module"
    ),
]

END_SECONDS = 8.0
GROWTH_BYTES = 64 * MIB


async def run(target: Target, program: str, limits: Limits = SMALL, **env: str) -> Result:
    """A Python program as a stateless command."""
    return await target.sandbox.run(
        replace(target.command(program, limits, files=None, **env), stateless=True)
    )


def said(result: Result) -> str:
    return b"".join(step.stdout + step.stderr for step in result.steps).decode(errors="replace")


def got(result: Result) -> list[str]:
    """What an attack succeeded in; there are too few files here to search for secrets in."""
    lines = said(result).splitlines()
    return [line for line in lines if line.startswith("got") and "too little" not in line]


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_gets_nothing_and_leaves_nothing(
    target: Target, host: Host, name: str
) -> None:
    attack = ATTACKS[name]
    if attack.needs_groups and not target.grouped:
        pytest.skip("nothing but the wall time bounds it here")
    patient = replace(attack.limits, wall_seconds=20.0)
    calm = await run(target, "print('calm')", patient)  # makes the box, whose processes stay
    assert calm.steps[0].stdout == b"calm\n"
    mark = new_mark()
    before = traces(os.getpid(), target.temporary)
    resident = resident_bytes(os.getpid())
    visitors = list(host.visitors)

    began = time.monotonic()
    result = await run(
        target, PRELUDE + attack.program, attack.limits, **{**host.env, "MARK": mark}
    )
    took = time.monotonic() - began

    assert marked(mark) == [], "a process outlived its command"
    # Many write first, which they may not here, and end with that error.
    assert result.ended in attack.ends | attack.weaker | WALL | EXITED, result
    assert took < attack.limits.wall_seconds + END_SECONDS
    assert host.secret not in said(result)
    assert not re.search(SECRET_PATTERN, said(result))
    assert got(result) == []
    assert resident_bytes(os.getpid()) - resident < GROWTH_BYTES
    assert host.visitors == visitors, "somebody came to a socket of the host"
    assert host.victim.poll() is None
    assert (host.folder / "target").read_text() == "as it was"
    again = await run(target, "print(open(0).read())", patient)
    assert (again.ended, again.steps[0].exit_code) == (Ended.EXITED, 0), again
    assert await left_beyond(before, lambda: traces(os.getpid(), target.temporary)) == {}


SAME = "print(sorted(os.listdir('/proc')), os.stat('/tmp').st_ctime_ns, os.stat('/tmp').st_dev)"
"""What a box of its own would print anew."""


async def test_commands_share_a_box_each_in_a_process_of_its_own(target: Target) -> None:
    first, second = [await run(target, PRELUDE + SAME + "\nprint(os.getpid())") for _ in range(2)]
    lines, others = said(first).splitlines(), said(second).splitlines()
    assert lines[0] == others[0]
    assert lines[0].startswith("[] ")
    assert lines[1] != others[1]


async def test_nothing_of_an_attack_is_there_for_the_next_command(target: Target) -> None:
    """Without a file: memory, queues, semaphores, keys, sockets, the launcher's own properties."""
    state = PRELUDE + SAME + STATE
    before = said(await run(target, state))
    attacked = await run(target, PRELUDE + LEAVE)
    assert "Traceback" not in said(attacked), said(attacked)
    assert got(attacked) == []
    assert said(attacked).count("denied") > 60
    assert said(await run(target, state)) == before


LEAVE = """
libc = ctypes.CDLL(None, use_errno=True)
def checked(result):
    if result < 0: raise OSError(ctypes.get_errno(), "refused")
    return result
attempt("shared memory", lambda: checked(libc.shmget(4711, 4096, 0o1666)))
attempt("queue", lambda: checked(libc.msgget(4711, 0o1666)))
attempt("semaphore", lambda: checked(libc.semget(4711, 1, 0o1666)))
attempt("posix queue", lambda: syscall(240, b"left", os.O_CREAT | os.O_RDWR, 0o666, None))
for ring in (-3, -4, -5):
    attempt(f"key in {ring}", lambda: syscall(248, b"user", b"left", b"left", 4, ring))
for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_NETLINK):
    attempt(f"socket {family}", lambda: socket.socket(family))
for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_CPU, resource.RLIMIT_AS):
    attempt(f"limit {kind}", lambda: resource.prlimit(1, kind, (1, 1)))
attempt("priority", lambda: os.setpriority(os.PRIO_PROCESS, 1, 19))
attempt("priority of the user", lambda: os.setpriority(os.PRIO_USER, 0, 19))
attempt("cores", lambda: os.sched_setaffinity(1, {0}))
attempt("idle", lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0)))
attempt("input and output", lambda: syscall(251, 1, 1, 3 << 13))
attempt("trace", lambda: syscall(101, 16, 1, 0, 0))
def memory():
    into = ctypes.create_string_buffer(8)
    class Piece(ctypes.Structure):
        _fields_ = (("at", ctypes.c_void_p), ("size", ctypes.c_size_t))
    mine, theirs = Piece(ctypes.addressof(into), 8), Piece(0x400000, 8)
    return syscall(310, 1, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)
attempt("memory", memory)
attempt("descriptor", lambda: syscall(438, os.pidfd_open(1), 3, 0))
for folder, _, names in os.walk("/"):
    if folder.startswith(("/usr", "/root/", "/opt")): continue
    for at in (folder, *(os.path.join(folder, name) for name in names)):
        if os.path.islink(at): continue
        if at in ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty",
                  "/dev/pts/ptmx"):
            attempt(at, lambda: os.chmod(at, 0o777))
            continue
        attempt(at, lambda: open(at + "/left" if os.path.isdir(at) else at, "ab"))
        attempt(at, lambda: os.utime(at, (1, 1)))
        attempt(at, lambda: os.chmod(at, 0o777))
"""
"""All that a process could try to leave without a file."""

STATE = """
print(os.nice(0), os.sched_getscheduler(0), sorted(os.sched_getaffinity(0)))
for kind in range(16):
    print(resource.getrlimit(kind))
def is_open(number):
    try: os.fstat(number)
    except OSError: return False
    return True
print(sorted(os.environ.items()), [number for number in range(64) if is_open(number)])
"""
"""What a process has from its parent."""


async def test_a_flood_is_cut_and_says_so(target: Target) -> None:
    program = "import os\nfor _ in range(99): os.write(1, b'x' * 65536)"
    result = await run(target, program, Limits(output_bytes=10_000))
    assert result.output_cut
    assert (result.ended, result.steps[0].stdout) == (Ended.EXITED, b"x" * 10_000)


async def test_a_cancelled_command_is_gone_at_once(target: Target) -> None:
    mark = new_mark()
    daemon = PRELUDE + ATTACKS["double-forked daemon"].program + "\ntime.sleep(99)"
    running = asyncio.ensure_future(run(target, daemon, Limits(wall_seconds=60), MARK=mark))
    until = time.monotonic() + 10
    seen: list[str] = []
    while len(seen) < 2 and time.monotonic() < until and not running.done():
        await asyncio.sleep(0.02)
        seen = marked(mark)
    if running.done():
        running.result()  # raises what kept it from running
    assert len(seen) >= 2
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert marked(mark) == []
    assert said(await run(target, "print(1)")) == "1\n"


async def test_memory_that_a_daemon_holds_is_not_the_next_commands(target: Target) -> None:
    """One daemon after the other holds half of the memory; each is gone before the next begins."""
    hold = (
        PRELUDE
        + """
ours, theirs = os.pipe()
if os.fork() == 0:
    os.setsid()
    block = bytearray(b"1") * (48 * 2**20)
    os.write(theirs, b"held")
    os.close(1); os.close(2)
    time.sleep(99)
print(os.read(ours, 4).decode(), end="", flush=True)
os._exit(0)
"""
    )
    for _ in range(4):
        result = await run(target, hold)
        assert (result.ended, said(result)) == (Ended.EXITED, "held")


async def test_a_box_that_died_is_replaced(target: Target) -> None:
    await run(target, "print(1)")
    launchers = list(_launchers())
    assert launchers
    for pid in launchers:
        os.kill(pid, signal.SIGKILL)
    assert said(await run(target, "print(2)")) == "2\n"


async def test_where_no_box_can_be_kept_each_command_has_its_own(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(target.sandbox, BubblewrapSandbox)
    monkeypatch.setattr(reusable, "program", lambda *_: ("/bin/false",))
    monkeypatch.setattr(target.sandbox._reusable, "_from", 0.0)
    limits = replace(SMALL, cpu_seconds=7.0)  # a kind that no box is kept for yet
    assert said(await run(target, "print(3)", limits)) == "3\n"


def _launchers() -> list[int]:
    """The first processes of reusable boxes, by what they were started with."""
    found = []
    for path in (each / "cmdline" for each in Path("/proc").glob("[0-9]*")):
        with contextlib.suppress(OSError):  # it has ended
            words = path.read_bytes().split(b"\0")
            if words[3:4] == [b"/launcher.py"]:
                found.append(int(path.parent.name))
    return found
