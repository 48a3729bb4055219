"""Tries the box that stateless commands share: what each sees and may change, and what one of them
leaves for the next.

Three commands of one kind, one after the other: the first leaves what it can, the second looks for
that and at its surroundings, the third is looked at from outside (there is no ``/proc`` inside) and
then cancelled, which ends the box. That they shared one is seen in their numbers: in a box of its
own, a program has the same each time.
"""

from dataclasses import replace
from pathlib import PurePosixPath

from sandbox.base import MIB, WORK, Limits, Sandbox
from sandbox.kept import binds_of, kind_of
from sandbox.selftest import probe
from sandbox.selftest.terms import BOUNDED, Promise, Terms, no, that

_LIMITS = Limits(wall_seconds=20, memory_bytes=64 * MIB, processes=8, file_bytes=MIB)

_LEAVE = """
echo "pid $$"
ipcmk -Q >/dev/null 2>&1 && echo "left a message queue"
renice -n 19 -p 1 >/dev/null 2>&1 && echo "left another priority of the first process"
kill -KILL 1
n=0; while [ $n -lt 32 ]; do setsid sleep "$MARK" & n=$((n+1)); done; echo "all"
"""
"""The number of processes ends it: most shells end themselves where they cannot fork."""

_FIND = f"""
echo "pid $$"
kill -0 -1 2>/dev/null && echo "others"
{probe.LOOK}
for d in $WAY; do for f in "$d"/* "$d"/.[!.]*; do [ -e "$f" ] && echo "entry $f"; done; done
echo "end"
"""

_CLOSED = (*probe.READ_ONLY, WORK, "/tmp", "/proc", "/dev/pts", "/dev/shm")

_DEVICES = {f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty")}
"""Mounts that can be written, and keep nothing of it."""

_REMEDY = "report this as a defect"


async def try_out(sandbox: Sandbox, terms: Terms, outside: str) -> tuple[Promise, ...]:
    """The promises; none where the commands did not share a box. ``outside``: a file of the host.

    Raises:
        SandboxError: a command could not be run at all.
    """
    if not terms.shares:
        return ()
    mark = probe.new_mark()
    first = await sandbox.run(probe.command(_LEAVE, _LIMITS, {"MARK": mark}, stateless=True))
    hidden, way, allowed = _places(terms)
    places = {
        "HIDDEN": " ".join(hidden),
        "OUTSIDE": outside,
        "READ_ONLY": " ".join(_CLOSED),
        "WAY": " ".join(way),
    }
    second = await sandbox.run(probe.command(_FIND, _LIMITS, places, stateless=True))
    left, seen = probe.reported(first), probe.reported(second)
    if _number(seen) <= _number(left):
        return ()
    staying = await probe.seen_from_outside(sandbox, _LIMITS, mark, stateless=True)
    if staying is not None and staying.pid <= _number(seen):
        return ()
    seen["visible"] = seen.get("visible", []) + sorted({*seen.get("entry", [])} - allowed)
    promises: tuple[Promise, ...]
    if "end" not in seen:
        said = second.steps[0].stderr[-500:] if second.steps else b""
        promises = (Promise("a program runs to its end", False, f"{second.ended}: {said!r}"),)
    elif staying is None:
        promises = (probe.unreadable(),)
    else:
        promises = _judged(terms, left, seen, staying, probe.left_of(mark))
    return tuple(
        replace(promise, name=f"in a shared box: {promise.name}", of_kept=True)
        for promise in promises
    )


def _places(terms: Terms) -> tuple[list[str], list[str], set[str]]:
    """Paths that must not exist, directories that are there only as the way to what the box's own
    first process needs, and what may lie in those."""
    kind = kind_of(probe.command("", _LIMITS, stateless=True))
    assert kind is not None
    needed = [PurePosixPath(bind.target) for bind in binds_of(kind)]
    allowed = {path for bind in needed for path in (bind, *bind.parents)}
    hidden = [path for path in terms.hidden if PurePosixPath(path) not in allowed]
    open_to = [PurePosixPath(path) for path in terms.hidden if path not in hidden]
    way = [
        path
        for path in sorted(allowed - set(needed))
        if any(path.is_relative_to(start) for start in open_to)
    ]
    return hidden, list(map(str, way)), set(map(str, allowed))


def _number(seen: probe.Seen) -> int:
    """The number that the program has in its box; 0 where it did not come to say it."""
    return int(seen.get("pid", ["0"])[0])


def _judged(
    terms: Terms,
    left: probe.Seen,
    seen: probe.Seen,
    staying: probe.Outside,
    running: list[str],
) -> tuple[Promise, ...]:
    writable = [*seen.get("writable", []), *(set(staying.mounts) - _DEVICES)]
    found = [*left.get("left", []), *(["its processes"] if "others" in seen else [])]
    more = [number for number in staying.descriptors if number not in {"0", "1", "2"}]
    found += [f"descriptor {number}" for number in more]
    return (
        *probe.confined(seen | staying.seen, replace(terms, filtered=True)),
        no("nothing can be written", list(dict.fromkeys(writable)), "writable", _REMEDY),
        no("processes are hidden", seen.get("process", []), "visible", _REMEDY),
        that("processes are limited", "all" not in left, BOUNDED),
        no("nothing reaches the next command", found, "left", _REMEDY),
        no("nothing outlives its box", running, "still running", "end them and report"),
    )
