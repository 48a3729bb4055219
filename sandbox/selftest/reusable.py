"""Tries the box that stateless commands share: what each sees and may change, and what one of them
leaves for the next.

Three commands of one kind, one after the other: the first leaves what it can, the second looks for
that and at its surroundings, the third is looked at from outside (there is no ``/proc`` inside) and
then cancelled, which ends the box. That they shared one is seen in their numbers: those of a box go
up, and in one of its own a program's is lower than that of the last that another one started.
"""

from dataclasses import replace
from pathlib import PurePosixPath

from sandbox.base import MIB, WORK, Limits, Sandbox
from sandbox.python import python_binds
from sandbox.selftest import probe
from sandbox.selftest.terms import BOUNDED, BackEndTerms, Promise, no, that

_LIMITS = Limits(wall_seconds=20, memory_bytes=64 * MIB, processes=8, file_bytes=MIB)

_LEAVE = """
ipcmk -Q >/dev/null 2>&1 && echo "left a message queue"
renice -n 19 -p 1 >/dev/null 2>&1 && echo "left another priority of the first process"
kill -KILL 1
setsid sleep "$MARK" &
sleep "$MARK" &
echo "pid $!"
"""

_FIND = f"""
echo "pid $$"
kill -0 -1 2>/dev/null && echo "others"
{probe.LOOK}
for d in $WAY; do for f in "$d"/* "$d"/.[!.]*; do [ -e "$f" ] && echo "entry $f"; done; done
echo "end"
n=0; while [ $n -lt 32 ]; do sleep "$MARK" & n=$((n+1)); done; echo "all"
"""
"""The number of processes ends it: most shells end themselves where they cannot fork."""

_CLOSED = (*probe.READ_ONLY, WORK, "/tmp", "/proc", "/dev/pts", "/dev/shm")

_DEVICES = {f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty")}
"""Mounts that can be written, and keep nothing of it."""

_REMEDY = "report this as a defect"


async def try_out(sandbox: Sandbox, terms: BackEndTerms, outside: str) -> tuple[Promise, ...]:
    """The promises; none where the commands did not share a box. ``outside``: a file of the host.

    Where they shared one that broke meanwhile, those alone that were seen not to hold.

    Raises:
        SandboxError: a command could not be run at all.
    """
    if not terms.shares:
        return ()
    mark = probe.new_mark()
    first = await sandbox.run(probe.command(_LEAVE, _LIMITS, {"MARK": mark}, stateless=True))
    hidden, way, allowed = _places(terms)
    places = {
        "MARK": mark,
        "HIDDEN": " ".join(hidden),
        "OUTSIDE": outside,
        "READ_ONLY": " ".join(_CLOSED),
        "WAY": " ".join(way),
    }
    second = await sandbox.run(probe.command(_FIND, _LIMITS, places, stateless=True))
    left, seen = probe.reported(first), probe.reported(second)
    if not 0 < _number(left) < _number(seen):
        return ()
    staying = await probe.seen_from_outside(sandbox, _LIMITS, mark, stateless=True)
    seen["visible"] = seen.get("visible", []) + sorted({*seen.get("entry", [])} - allowed)
    if staying is not None and staying.pid > _number(seen):
        promises = (*_judged(terms, left, seen, staying), _ended(probe.left_of(mark)))
    else:  # the box broke: enough for not using any, unless it was seen to keep too little
        judged = _judged(terms, left, seen, None)
        promises = tuple(promise for promise in judged if not promise.holds)
    return tuple(
        replace(promise, name=f"in a shared box: {promise.name}", of_reusable=True)
        for promise in promises
    )


def _places(terms: BackEndTerms) -> tuple[list[str], list[str], set[str]]:
    """Paths that must not exist, directories that are there only as the way to what the box's own
    first process needs, and what may lie in those."""
    needed = [PurePosixPath(bind.target) for bind in python_binds(packages=False)]
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
    """The number in its box that a program told; 0 where it did not come to that."""
    return int(seen.get("pid", ["0"])[0])


def _judged(
    terms: BackEndTerms, left: probe.Seen, seen: probe.Seen, staying: probe.Outside | None
) -> tuple[Promise, ...]:
    if "end" not in seen:
        return (Promise("a program runs to its end", False, "it could not look around; report"),)
    writable = seen.get("writable", [])
    found = [*left.get("left", []), *(["its processes"] if "others" in seen else [])]
    confined: tuple[Promise, ...] = ()
    if staying is not None:
        confined = probe.confined(seen | staying.seen, replace(terms, filtered=True))
        writable = [*writable, *sorted(set(staying.mounts) - _DEVICES - set(writable))]
        more = [number for number in staying.descriptors if number not in {"0", "1", "2"}]
        found += [f"descriptor {number}" for number in more]
    return (
        *confined,
        no("nothing can be written", writable, "writable", _REMEDY),
        no("processes are hidden", seen.get("process", []), "visible", _REMEDY),
        that("processes are limited", "all" not in seen, BOUNDED),
        no("nothing reaches the next command", found, "left", _REMEDY),
    )


def _ended(running: list[str]) -> Promise:
    return no("nothing outlives its box", running, "still running", "end them and report")
