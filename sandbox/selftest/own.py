"""Tries the box that every command gets for itself: what it shows, what bounds it, how it ends."""

import asyncio

from sandbox.base import MIB, Ended, Limits, Result, Sandbox
from sandbox.selftest import probe
from sandbox.selftest.terms import BOUNDED, BackEndTerms, Promise, no, that

_REMEDY = "report this as a defect"
_SURROUNDINGS = f"{probe.LOOK}\n(: >.try) && echo end\n"
_HOG = "head -c 134217728 /dev/zero | tail >/dev/null"
_BOMB = "n=0; while [ $n -lt 64 ]; do sleep 5 & n=$((n+1)); done; echo all"
_WATCHER = """
for p in /proc/[0-9]*; do
  [ "$p" = "/proc/$$" ] || { (: <"$p/environ") 2>/dev/null && echo "open $p"; }
done
grep -q "^Seccomp:.2" /proc/self/status && prlimit --pid $$ --core=0 2>/dev/null && echo "limits"
echo end
"""
_STAYER = 'setsid sleep "$MARK" & (setsid sleep "$MARK" &) ; exec sleep "$MARK"'


async def try_out(
    sandbox: Sandbox, terms: BackEndTerms, outside: str, stays: float
) -> tuple[Promise, ...]:
    """The promises, in five commands at the same time.

    ``outside`` is a file of the host; what does not end is ended after ``stays`` seconds.

    Raises:
        ExceptionGroup: of SandboxError, where one could not be run.
    """
    mark = probe.new_mark()
    places = {
        "HIDDEN": " ".join(terms.hidden),
        "OUTSIDE": outside,
        "READ_ONLY": " ".join(probe.READ_ONLY),
    }
    commands = (
        probe.command(_SURROUNDINGS, Limits(wall_seconds=20), places),
        probe.command(_HOG, Limits(wall_seconds=20, memory_bytes=32 * MIB, file_bytes=MIB)),
        probe.command(_BOMB, Limits(wall_seconds=20, processes=16, file_bytes=MIB)),
        probe.command(_WATCHER, Limits(wall_seconds=20, file_bytes=MIB), watches=True),
        probe.command(_STAYER, Limits(wall_seconds=stays, file_bytes=MIB), {"MARK": mark}),
    )
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(sandbox.run(command)) for command in commands]
    surroundings, hog, bomb, watcher, stayer = (task.result() for task in tasks)
    return (
        *await _surroundings(sandbox, surroundings, terms),
        _memory(hog),
        _processes(bomb),
        *_watcher(watcher),
        _end(stayer, mark),
    )


async def _surroundings(
    sandbox: Sandbox, result: Result, terms: BackEndTerms
) -> tuple[Promise, ...]:
    seen = probe.reported(result)
    if "end" not in seen:
        said = result.steps[0].stderr[-500:] if result.steps else b""
        return (Promise("the work directory is writable", False, f"{result.ended}: {said!r}"),)
    if "blind" in seen:
        limits = Limits(wall_seconds=20, file_bytes=MIB)
        staying = await probe.seen_from_outside(sandbox, limits, probe.new_mark())
        seen |= staying.seen if staying is not None else {}
    if not seen.keys() >= {"ns", "status", "interface"}:
        return (probe.unreadable(),)
    return (
        Promise("the work directory is writable", True),
        *probe.confined(seen, terms),
        no("the root is read-only", seen.get("writable", []), "writable", "report"),
        no(
            "processes of the host are hidden",
            seen.get("process", [])[8:],
            "visible",
            "the box must have a /proc of its own",
        ),
    )


def _memory(result: Result) -> Promise:
    # Where no control group counts, the allocation fails and `tail` says so.
    holds = result.ended is Ended.MEMORY or any(step.exit_code for step in result.steps)
    return that("memory is limited", holds, BOUNDED)


def _processes(result: Result) -> Promise:
    holds = all(b"all" not in step.stdout for step in result.steps)
    return that("processes are limited", holds, BOUNDED)


def _watcher(result: Result) -> tuple[Promise, ...]:
    seen = probe.reported(result)
    if "end" not in seen:
        return (Promise("a program can watch others", False, f"it did not end: {result.ended}"),)
    return (
        no("a program that watches others is alone", seen.get("open", []), "beside it", _REMEDY),
        that("nobody limits others", "limits" not in seen, f"prlimit works; {_REMEDY}"),
    )


def _end(result: Result, mark: str) -> Promise:
    if result.ended is not Ended.WALL_TIME:
        return Promise("time is limited", False, f"a sleeping program {result.ended}")
    left = probe.left_of(mark)
    return no("nothing outlives its command", left, "still running", "end them and report")
