"""Attacks straight through ``Sandbox.run``, on every back end."""

import asyncio
import os
import re
import time
from pathlib import Path

import pytest

from sandbox.base import MIB, Command, Ended, Limits, Result
from tests.hostile.attacks import ATTACKS, EXITED, PRELUDE, SMALL, WALL, Attack
from tests.hostile.conftest import Target
from tests.hostile.host import SECRET_PATTERN, Host
from tests.hostile.traces import left_beyond, marked, new_mark, resident_bytes, traces

pytestmark = pytest.mark.asyncio(loop_scope="module")

SLOWER = 10.0
"""How much slower than usual the command after an attack may be, and …"""
GRACE_SECONDS = 2.0
"""… how much later still: neighbours of this machine take its cores for moments. What this finds
is a sandbox that waits for something (a lock, a timeout, a restart): those take longer."""

END_SECONDS = 8.0
"""From the limit that ends an attack to the result; a fork bomb's processes take turns dying."""

OF_THE_BOX = 12
"""Processes that a back end needs itself, beside those that the program may have."""

GROWTH_BYTES = 64 * MIB
"""What reading an attack's output may add to this process."""


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_gets_nothing_and_leaves_nothing(
    target: Target, host: Host, name: str
) -> None:
    attack = ATTACKS[name]
    mark = new_mark()
    before = traces(os.getpid(), target.temporary)
    resident = resident_bytes(os.getpid())
    visitors = list(host.visitors)

    began = time.monotonic()
    command = target.command(
        PRELUDE + attack.program,
        attack.limits,
        files=dict(attack.files),
        **{**host.env, "MARK": mark},
    )
    result = await target.sandbox.run(command)
    took = time.monotonic() - began

    assert marked(mark) == [], "a process outlived its command"
    assert result.ended in _ends(attack, target), result
    assert took < attack.limits.wall_seconds + END_SECONDS
    _got_nothing(result, attack, host, target)
    _within_limits(result, attack.limits)
    assert resident_bytes(os.getpid()) - resident < GROWTH_BYTES
    assert host.visitors == visitors, "somebody came to a socket of the host"
    assert host.victim.poll() is None
    assert (host.folder / "target").read_text() == "as it was"
    assert await left_beyond(before, lambda: traces(os.getpid(), target.temporary)) == {}
    await _serves_as_usual(target)


def _ends(attack: Attack, target: Target) -> frozenset[Ended]:
    if target.grouped:
        return attack.ends
    # Resource limits count for each process, so wall time or the program's own error may come
    # first; and where nothing counts for all together, nothing but wall time is left.
    return attack.ends | attack.weaker | ((WALL | EXITED) if attack.needs_groups else frozenset())


def _got_nothing(result: Result, attack: Attack, host: Host, target: Target) -> None:
    said = b"".join(step.stdout + step.stderr for step in result.steps).decode(errors="replace")
    assert host.secret not in said
    assert not re.search(SECRET_PATTERN, said)
    assert Path("/etc/passwd").read_text() not in said
    lines = said.splitlines()
    if attack.needs_groups and not target.grouped:
        return
    assert [line for line in lines if line.startswith("got")] == []
    if attack.denied is not None:
        assert "Traceback" not in said, said
        assert sum(line.startswith("denied") for line in lines) >= attack.denied, said


def _within_limits(result: Result, limits: Limits) -> None:
    for step in result.steps:
        assert len(step.stdout) <= limits.output_bytes
        assert len(step.stderr) <= limits.output_bytes
    if result.usage.peak_memory_bytes is not None:
        assert result.usage.peak_memory_bytes <= limits.memory_bytes
    if result.usage.cpu_seconds is not None:
        assert result.usage.cpu_seconds <= limits.cpu_seconds + 2.0 * (os.cpu_count() or 1)


async def _serves_as_usual(target: Target) -> None:
    result, took = await target.harmless()
    assert (result.ended, result.steps[0].stdout) == (Ended.EXITED, b"harmless\n")
    assert took < SLOWER * target.usual_seconds + GRACE_SECONDS


async def test_a_flood_is_cut_and_says_so(target: Target) -> None:
    program = "import os\nwhile True: os.write(1, b'x' * 65536)"
    limits = Limits(wall_seconds=1.0, output_bytes=10_000)
    result = await target.sandbox.run(target.command(program, limits))
    assert result.output_cut
    assert result.ended is Ended.WALL_TIME
    assert all(step.stdout == b"x" * 10_000 for step in result.steps)


def alive_at_once(mark: str) -> int:
    """How many processes with the mark there were at one moment.

    One look takes a while, in which a bomb's processes end and others begin; those of two looks
    lived in between.
    """
    first, second = ({each.split()[0] for each in marked(mark)} for _ in range(2))
    return len(first & second)


async def test_a_fork_bomb_never_has_more_processes_than_allowed(target: Target) -> None:
    mark = new_mark()
    program = PRELUDE + ATTACKS["fork bomb"].program
    limits = Limits(wall_seconds=1.5, processes=24)
    running = asyncio.ensure_future(target.sandbox.run(target.command(program, limits, MARK=mark)))
    most = 0
    while not running.done():
        # In a thread: the look at every process takes longer than others should have to wait.
        most = max(most, await asyncio.to_thread(alive_at_once, mark))
        await asyncio.sleep(0.02)
    ended = (await running).ended
    assert ended in WALL | {Ended.CPU_TIME, Ended.EXITED}
    assert most <= limits.processes + OF_THE_BOX
    assert most >= 2 or ended is Ended.EXITED  # no fork, no bomb: it is over before one looks
    assert marked(mark) == []


async def test_others_are_served_beside_an_attack(target: Target) -> None:
    program = PRELUDE + ATTACKS["fork bomb"].program
    limits = Limits(wall_seconds=4.0, cpu_seconds=60.0, processes=32)
    running = asyncio.ensure_future(target.sandbox.run(target.command(program, limits)))
    await asyncio.sleep(0.5)
    result, took = await target.harmless()
    assert not running.done(), "the attack was to go on meanwhile"
    assert result.steps[0].stdout == b"harmless\n"
    assert took < 3.5
    await running


async def test_a_cancelled_attack_is_gone_at_once(target: Target) -> None:
    mark = new_mark()
    daemon = PRELUDE + ATTACKS["double-forked daemon"].program + "\ntime.sleep(99)"
    command = target.command(daemon, Limits(wall_seconds=60), MARK=mark)
    running = asyncio.ensure_future(target.sandbox.run(command))
    until = time.monotonic() + 10
    while len(seen := marked(mark)) < 2 and time.monotonic() < until:  # noqa: ASYNC110 (processes)
        await asyncio.sleep(0.02)
    assert len(seen) >= 2
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert marked(mark) == []
    await _serves_as_usual(target)


async def test_nothing_of_an_attack_is_there_for_the_next_command(target: Target) -> None:
    """Files, sockets, shared memory, queues, keys: one completion tells the next one nothing."""
    leave = """
for place in ("/work", "/tmp", "/dev/shm", "/var/tmp", "/run", "/home", "/root"):
    try: open(place + "/left", "w").write("left")
    except OSError: pass
socket.socket(socket.AF_UNIX).bind("\\0left")
libc = ctypes.CDLL(None, use_errno=True)
libc.shmget(4711, 4096, 0o1666)
libc.msgget(4711, 0o1666)
for ring in (-3, -4, -5):
    libc.syscall(ctypes.c_long(248), b"user", b"left", b"left", ctypes.c_size_t(4),
                 ctypes.c_int(ring))
print("denied")
"""
    find = """
for place in ("/work", "/tmp", "/dev/shm", "/var/tmp", "/run", "/home", "/root"):
    attempt(place, lambda: read(place + "/left"))
def connect():
    with socket.socket(socket.AF_UNIX) as out:
        out.connect("\\0left")
attempt("socket", connect)
libc = ctypes.CDLL(None, use_errno=True)
for name, call in (("shared memory", lambda: libc.shmget(4711, 4096, 0)),
                   ("queue", lambda: libc.msgget(4711, 0))):
    if call() >= 0: print("got", name)
for ring in (-3, -4, -5):
    attempt(f"key in {ring}", lambda: syscall(250, 10, ctypes.c_int(ring), b"user", b"left", 0))
"""
    await target.sandbox.run(target.command(PRELUDE + leave, SMALL))
    for _ in range(2):  # where two places take turns, the second is the one that was left
        result = await target.sandbox.run(target.command(PRELUDE + find, SMALL))
        said = result.steps[0].stdout.decode() + result.steps[0].stderr.decode()
        assert "got" not in said
        assert said.count("denied") == 11, said


NAMES = [
    "../outside",
    "a/../../outside",
    "/tmp/outside",
    "/etc/passwd",
    "..",
    "a/..",
    "",
    ".",
    "/",
    "x\0y",
    "a" * 300,
    "a/" * 3000 + "b",
]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name[:20]))
async def test_a_name_that_leaves_the_work_directory_is_refused(target: Target, name: str) -> None:
    with pytest.raises(ValueError):
        await target.sandbox.run(Command.one("x", ("true",), files={name: b"attacked"}))


async def test_names_are_not_words_of_a_command(target: Target) -> None:
    names = ["-rf", "--bind", "$(touch x)", "a\nb", "`id`", "a;b", "*", "~", "a b", "\u202e", "%s"]
    result = await target.sandbox.run(
        target.command(
            "import os; print(sorted(os.listdir('.')))", SMALL, files=dict.fromkeys(names, b"x")
        )
    )
    assert result.steps[0].stdout.decode() == f"{sorted(names)}\n"


async def test_a_hundred_thousand_files_are_refused(target: Target) -> None:
    files = {f"d{n % 100}/{n}": b"x" for n in range(100_000)}
    began = time.monotonic()
    with pytest.raises(ValueError, match="100000 files"):
        await target.sandbox.run(Command.one("x", ("true",), files=files))
    assert time.monotonic() - began < 2
    await _serves_as_usual(target)


async def test_the_table_names_no_attack_that_cannot_fail() -> None:
    for name, attack in ATTACKS.items():
        assert attack.denied is not None or attack.ends - EXITED, name
