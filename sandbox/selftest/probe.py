"""What a program in a box reports of its surroundings, what is seen of it from outside, and what
both say of the promises."""

import asyncio
import contextlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.base import Command, Limits, Result, Sandbox
from sandbox.errors import SandboxError
from sandbox.processes import state
from sandbox.selftest.terms import NAMESPACES, BackEndTerms, Promise, no, that

READ_ONLY = ("/", "/usr", "/usr/bin", "/etc", "/dev")
"""Directories that no box lets its program write in."""

LOOK = f"""
[ -e /proc/self ] || echo "blind"
if [ -e /proc/self/status ]; then
for n in {" ".join(NAMESPACES)}; do echo "ns $n $(readlink /proc/self/ns/$n)"; done
while read -r key value; do echo "status $key $value"; done </proc/self/status
while read -r name rest; do echo "interface $name"; done </proc/net/dev
fi
for f in $HIDDEN "$OUTSIDE"; do [ -e "$f" ] && echo "visible $f"; done
for d in $READ_ONLY; do (: >"$d/.try") 2>/dev/null && echo "writable $d"; done
for p in /proc/[0-9]*; do [ -e "$p" ] && echo "process $p"; done
unshare --user true 2>/dev/null && echo "nested"
"""
"""Shell; takes HIDDEN, READ_ONLY (lists of paths) and OUTSIDE (a path)."""

_STAY = 'exec sleep "$MARK"'

Seen = dict[str, list[str]]
"""What was reported, line by line, by the first word of the line."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What is read in our own ``/proc`` of a program in a box, while it runs."""

    seen: Seen
    """The same as the program would have reported of itself."""
    pid: int
    """Its number in the box's namespace."""
    descriptors: tuple[str, ...]
    """The numbers of those that it has."""
    mounts: tuple[str, ...]
    """The mount points that are not read-only."""


def new_mark() -> str:
    """Seconds that nobody else sleeps: finds a program by its command line."""
    return f"86399.{secrets.randbelow(10**12):012}"


def command(
    script: str,
    limits: Limits,
    env: Mapping[str, str] | None = None,
    *,
    stateless: bool = False,
    watches: bool = False,
) -> Command:
    """A command that runs a script of the shell."""
    argv = ("/bin/sh", "-c", script)
    return Command.one("try", argv, env=env, limits=limits, stateless=stateless, watches=watches)


def reported(result: Result) -> Seen:
    """What the program in the box wrote."""
    text = result.steps[0].stdout.decode(errors="replace") if result.steps else ""
    seen: Seen = {}
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        seen.setdefault(kind, []).append(rest)
    return seen


async def seen_from_outside(
    sandbox: Sandbox, limits: Limits, mark: str, *, stateless: bool = False
) -> Outside | None:
    """What is to be seen of another program, cancelled after that; None where it is not seen."""
    staying = command(_STAY, limits, {"MARK": mark}, stateless=stateless)
    running = asyncio.create_task(sandbox.run(staying))
    try:
        while not running.done():
            for process in _called(("sleep", mark)):
                if state(int(process.name)) == "S":  # its loader holds descriptors for a moment
                    return _about(process)
            await asyncio.sleep(0.01)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError, SandboxError):
            await running
    return None


def left_of(mark: str) -> list[str]:
    """The processes of this machine that were given the mark."""
    return [
        process.name
        for process in Path("/proc").glob("[0-9]*")
        if mark.encode() in _bytes_of(process / "cmdline")
    ]


def unreadable() -> Promise:
    """Where nothing can be said of what a program may do."""
    words = "there is no /proc in a box, nor is its program seen in ours; report this"
    return Promise("what a program may do can be read", False, words)


def confined(seen: Seen, terms: BackEndTerms) -> tuple[Promise, ...]:
    """The promises that hold in every box, from ``ns``, ``status``, ``interface`` and the rest."""
    status = dict(line.partition(": ")[::2] for line in seen["status"])
    shared = [
        name
        for name, inside in (line.split(" ", 1) for line in seen["ns"])
        if name in terms.namespaces and inside in {"", str(Path("/proc/self/ns", name).readlink())}
    ]
    interfaces = {line.split(":")[0] for line in seen["interface"]} - {"Inter-|", "face"}
    held = [name for name in ("CapPrm", "CapEff", "CapBnd") if int(status.get(name, "1"), 16)]
    return (
        no("namespaces of its own", shared, "shared with the host", terms.remedy),
        no("no network", sorted(interfaces - {"lo"}), "interfaces", terms.remedy),
        no("no capabilities", held, "not empty", "report this as a defect"),
        that("no new privileges", status.get("NoNewPrivs") == "1", "setuid programs work"),
        that("not root", status.get("Uid", "0").split()[0] != "0", "the program is root"),
        that("no further user namespaces", "nested" not in seen, "unshare --user works"),
        *((_filter(status),) if terms.filtered else ()),
        no("host files are hidden", seen.get("visible", []), "visible", "unmount or report"),
    )


def _filter(status: dict[str, str]) -> Promise:
    # 2 is SECCOMP_MODE_FILTER (proc_pid_status(5)).
    return that("system calls are filtered", status.get("Seccomp") == "2", "no seccomp filter")


def _called(words: Sequence[str]) -> Iterator[Path]:
    """The directories in ``/proc`` of processes with this command line."""
    wanted = b"".join(word.encode() + b"\0" for word in words)
    # A pattern for "[0-9]*/cmdline" fails where a process ends while it is looked for.
    processes = Path("/proc").glob("[0-9]*")
    return (each for each in processes if _bytes_of(each / "cmdline") == wanted)


def _about(process: Path) -> Outside:
    status = _bytes_of(process / "status").decode().replace(":\t", ": ").splitlines()
    interfaces = _bytes_of(process / "net/dev").decode().splitlines()
    numbers = next((line.split() for line in status if line.startswith("NSpid:")), ["0"])
    seen = {
        "ns": [f"{name} {(process / 'ns' / name).readlink()}" for name in NAMESPACES],
        "status": status,
        "interface": [line.split()[0] for line in interfaces],
    }
    descriptors = sorted((path.name for path in (process / "fd").iterdir()), key=int)
    mounts = _writable(_bytes_of(process / "mountinfo").decode(errors="replace"))
    return Outside(seen, int(numbers[-1]), tuple(descriptors), mounts)


def _writable(mountinfo: str) -> tuple[str, ...]:
    """Mount points that neither the mount nor its file system keeps from being written
    (proc_pid_mountinfo(5))."""
    points = []
    for line in mountinfo.splitlines():
        mount, _, system = line.partition(" - ")
        options = (mount.split()[5].split(","), system.split()[-1].split(","))
        if all("ro" not in each for each in options):
            points.append(mount.split()[4])
    return tuple(points)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended meanwhile
        return b""
