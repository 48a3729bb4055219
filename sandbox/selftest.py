"""Tries from inside what a sandbox promises; :func:`require_isolation` refuses where it fails.

Four commands, run at the same time, take about 0.2 s. Nothing here knows how a back end works: it
uses :meth:`sandbox.base.Sandbox.run` as every caller does. What promises differ in is a row of
:class:`Kept`; a back end without one promises what is hardest to keep. Where a box has no
``/proc``, what the program would have read there about itself is read about it from outside,
while it runs.
"""

import asyncio
import contextlib
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.base import MIB, Command, Ended, Limits, Result, Sandbox
from sandbox.errors import IsolationMissing, SandboxError

NAMESPACES = ("user", "pid", "net", "ipc", "uts", "cgroup", "mnt")

_READ_ONLY = ("/", "/usr", "/usr/bin", "/etc", "/dev")

_SURROUNDINGS = f"""
[ -e /proc/self ] || echo "blind"
if [ -e /proc/self/status ]; then
for n in {" ".join(NAMESPACES)}; do echo "ns $n $(readlink /proc/self/ns/$n)"; done
while read -r key value; do echo "status $key $value"; done </proc/self/status
while read -r name rest; do echo "interface $name"; done </proc/net/dev
fi
for f in $HIDDEN "$OUTSIDE"; do [ -e "$f" ] && echo "visible $f"; done
for d in {" ".join(_READ_ONLY)}; do (: >"$d/.try") 2>/dev/null && echo "writable $d"; done
for p in /proc/[0-9]*; do [ -e "$p" ] && echo "process $p"; done
unshare --user true 2>/dev/null && echo "nested"
(: >.try) && echo "end"
"""
_HOG = "head -c 134217728 /dev/zero | tail >/dev/null"
_BOMB = "n=0; while [ $n -lt 64 ]; do sleep 5 & n=$((n+1)); done; echo all"
_LOOKED_AT = 'exec sleep "$MARK"'
_STAYER = 'setsid sleep "$MARK" & (setsid sleep "$MARK" &) ; exec sleep "$MARK"'

_STAYS = (0.1, 5.0)
"""Seconds after which a program that does not end by itself is ended: at first, and again where
not even a box could be set up within them."""

_CONFINED = (
    "user namespaces must be allowed (sysctl user.max_user_namespaces, "
    "kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0; in a "
    "container: --security-opt seccomp=deploy/seccomp.json, and where AppArmor is in force "
    "--security-opt apparmor=unconfined)"
)
_ENGINE = "see that the engine applies the container's settings (docker info, docker inspect)"
_BOUNDED = (
    "let this process make control groups (memory and pids; as a systemd service: Delegate=yes), "
    "or use Linux 5.14 or newer, where resource limits bind in user namespaces"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a back end promises where they differ."""

    namespaces: tuple[str, ...] = NAMESPACES
    """Those that are not the host's."""
    hidden: tuple[str, ...] = (
        "/etc/shadow", "/root", "/home", "/run", "/sys", "/var", "/boot", "/srv"
    )  # fmt: skip
    """Paths that do not exist inside."""
    filtered: bool = False
    """Whether a filter of system calls is in force, whatever the kind of machine."""
    remedy: str = _CONFINED


_DOCKER = Kept(
    # An engine that remaps identities has one user namespace for all containers, others none:
    # programs are an ordinary user without capabilities there.
    namespaces=tuple(name for name in NAMESPACES if name != "user"),
    # The rest is the image's own, and the same for everybody.
    hidden=("/sys/kernel", "/sys/fs", "/run/docker.sock", "/var/run/docker.sock"),
    filtered=True,
    remedy=_ENGINE,
)

_STRICTEST = Kept()
_KEPT = {"docker": _DOCKER}
"""By the name of the back end."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One thing that a sandbox promises and whether it held when it was tried."""

    name: str
    holds: bool
    detail: str = ""
    """What was seen, and what to do about it, where it does not hold."""


async def self_test(sandbox: Sandbox) -> tuple[Promise, ...]:
    """Try every promise from inside; a sandbox that cannot run anything keeps none."""
    with tempfile.NamedTemporaryFile(prefix="assay-sandbox-") as outside:
        promises = await _try_all(sandbox, outside.name, _STAYS[0])
        if not promises[0].holds:  # a busy machine may take longer to set a box up
            promises = await _try_all(sandbox, outside.name, _STAYS[1])
        return promises


async def _try_all(sandbox: Sandbox, outside: str, stays: float) -> tuple[Promise, ...]:
    mark = f"86399.{secrets.randbelow(10**12):012}"
    kept = _KEPT.get(sandbox.name, _STRICTEST)
    hidden = " ".join(kept.hidden)
    commands = (
        _command(_SURROUNDINGS, Limits(wall_seconds=20), OUTSIDE=outside, HIDDEN=hidden),
        _command(_HOG, Limits(wall_seconds=20, memory_bytes=32 * MIB, file_bytes=MIB)),
        _command(_BOMB, Limits(wall_seconds=20, processes=16, file_bytes=MIB)),
        _command(_STAYER, Limits(wall_seconds=stays, file_bytes=MIB), MARK=mark),
    )
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(sandbox.run(command)) for command in commands]
    except ExceptionGroup as errors:
        broken, others = errors.split(SandboxError)
        if broken is None or others is not None:
            raise
        words = "; ".join(dict.fromkeys(str(error) for error in broken.exceptions))
        return (Promise("a program runs in the sandbox", False, f"{words}; {kept.remedy}"),)
    surroundings, hog, bomb, stayer = (task.result() for task in tasks)
    seen = _reported(surroundings)
    if "blind" in seen and "end" in seen:
        seen |= await _seen_from_outside(sandbox)
    return (
        Promise("a program runs in the sandbox", True),
        *_surroundings(surroundings, seen, kept),
        _memory(hog),
        _processes(bomb),
        _end(stayer, mark),
    )


async def require_isolation(sandbox: Sandbox) -> None:
    """See that every promise holds.

    Raises:
        IsolationMissing: names each promise that does not, and what to do.
    """
    broken = [promise for promise in await self_test(sandbox) if not promise.holds]
    if broken:
        words = "; ".join(f"not kept: {promise.name} ({promise.detail})" for promise in broken)
        raise IsolationMissing(f"{sandbox.name} does not isolate on this machine: {words}")


def _command(script: str, limits: Limits, **env: str) -> Command:
    return Command.one("try", ("/bin/sh", "-c", script), env=env, limits=limits)


def _reported(result: Result) -> dict[str, list[str]]:
    """What the program in the box wrote, by the first word of each line."""
    text = result.steps[0].stdout.decode(errors="replace") if result.steps else ""
    seen: dict[str, list[str]] = {}
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        seen.setdefault(kind, []).append(rest)
    return seen


async def _seen_from_outside(sandbox: Sandbox) -> dict[str, list[str]]:
    """The same about another program, read in our own ``/proc``; nothing where it is not there."""
    mark = f"86399.{secrets.randbelow(10**12):012}"
    running = asyncio.create_task(
        sandbox.run(_command(_LOOKED_AT, Limits(wall_seconds=20, file_bytes=MIB), MARK=mark))
    )
    try:
        while not running.done():
            for process in _called(("sleep", mark)):
                return _about(process)
            await asyncio.sleep(0.01)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError, SandboxError):
            await running
    return {}


def _called(words: Sequence[str]) -> Iterator[Path]:
    """The directories in ``/proc`` of processes with this command line."""
    wanted = b"".join(word.encode() + b"\0" for word in words)
    return (
        path.parent for path in Path("/proc").glob("[0-9]*/cmdline") if _bytes_of(path) == wanted
    )


def _about(process: Path) -> dict[str, list[str]]:
    status = _bytes_of(process / "status").decode().replace(":\t", ": ").splitlines()
    interfaces = _bytes_of(process / "net/dev").decode().splitlines()
    return {
        "ns": [f"{name} {(process / 'ns' / name).readlink()}" for name in NAMESPACES],
        "status": status,
        "interface": [line.split()[0] for line in interfaces],
    }


def _surroundings(result: Result, seen: dict[str, list[str]], kept: Kept) -> tuple[Promise, ...]:
    if "end" not in seen:
        said = result.steps[0].stderr[-500:] if result.steps else b""
        return (Promise("the work directory is writable", False, f"{result.ended}: {said!r}"),)
    if not seen.keys() >= {"ns", "status", "interface"}:
        words = "there is no /proc in a box, nor is its program seen in ours"
        return (Promise("what a program may do can be read", False, f"{words}; report this"),)
    status = dict(line.partition(": ")[::2] for line in seen["status"])
    shared = [
        name
        for name, inside in (line.split(" ", 1) for line in seen["ns"])
        if name in kept.namespaces and inside in {"", str(Path("/proc/self/ns", name).readlink())}
    ]
    interfaces = {line.split(":")[0] for line in seen["interface"]} - {"Inter-|", "face"}
    held = [name for name in ("CapPrm", "CapEff", "CapBnd") if int(status.get(name, "1"), 16)]
    return (
        Promise("the work directory is writable", True),
        _no("namespaces of its own", shared, "shared with the host", kept.remedy),
        _no("no network", sorted(interfaces - {"lo"}), "interfaces", kept.remedy),
        _no("no capabilities", held, "not empty", "report this as a defect"),
        _that("no new privileges", status.get("NoNewPrivs") == "1", "setuid programs work"),
        _that("not root", status.get("Uid", "0").split()[0] != "0", "the program is root"),
        _that("no further user namespaces", "nested" not in seen, "unshare --user works"),
        *((_filter(status),) if kept.filtered else ()),
        _no("host files are hidden", seen.get("visible", []), "visible", "unmount or report"),
        _no("the root is read-only", seen.get("writable", []), "writable", "report"),
        _no(
            "processes of the host are hidden",
            seen.get("process", [])[8:],
            "visible",
            "the box must have a /proc of its own",
        ),
    )


def _filter(status: dict[str, str]) -> Promise:
    # 2 is SECCOMP_MODE_FILTER (proc_pid_status(5)).
    return _that("system calls are filtered", status.get("Seccomp") == "2", "no seccomp filter")


def _that(name: str, holds: bool, otherwise: str) -> Promise:
    return Promise(name, holds, "" if holds else otherwise)


def _no(name: str, found: list[str], what: str, remedy: str) -> Promise:
    return Promise(name, not found, f"{what}: {', '.join(found[:8])}; {remedy}" if found else "")


def _memory(result: Result) -> Promise:
    # Where no control group counts, the allocation fails and `tail` says so.
    holds = result.ended is Ended.MEMORY or any(step.exit_code for step in result.steps)
    return _that("memory is limited", holds, _BOUNDED)


def _processes(result: Result) -> Promise:
    holds = all(b"all" not in step.stdout for step in result.steps)
    return _that("processes are limited", holds, _BOUNDED)


def _end(result: Result, mark: str) -> Promise:
    left = [
        path.parent.name
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if mark.encode() in _bytes_of(path)
    ]
    if result.ended is not Ended.WALL_TIME:
        return Promise("time is limited", False, f"a sleeping program {result.ended}")
    return _no("nothing outlives its command", left, "still running", "end them and report")


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended meanwhile
        return b""
