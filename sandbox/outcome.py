"""Telling what a program did from what broke around it: one pure function.

bwrap writes two messages to the descriptor we give it: ``child-pid`` when the namespaces are
made, and ``exit-code`` when the program has ended, the latter only if the program was really
started (bwrap takes the message back when ``execve`` fails). So an exit code is the program's
exactly when that message is there; without it, bwrap's own exit code and words are about the box.

What stays ambiguous, and how it is read:

- A process of the box that dies for memory may be bwrap's own, before the program starts (the
  command's files are larger than its memory). Read as MEMORY: files and limit are the command's.
- Any process of the box that the kernel ends for memory makes the command end as MEMORY, also
  where its parent went on and exited: what it then says does not mean what it seems to.
- 128 + n is an exit code that a program can choose. One that exits with 152 or 153 by itself is
  read as ended by SIGXCPU or SIGXFSZ. One that handles SIGXFSZ (Go, Python) sees the error
  EFBIG instead, and its own exit code counts; so it is with ENOSPC of a full work directory.
- A box that is not set up when the wall time is over is broken, however short that time was;
  between set-up and ``execve`` (about a millisecond) the time is counted as the program's.
- Without control groups nobody counts kills for memory: the program's allocation fails and its
  own exit code counts. Nor is CPU time counted: SIGKILL is read as the end of it where the wall
  time is at least the limit.
"""

import json
import signal
from dataclasses import dataclass

from sandbox.base import Ended, Limits
from sandbox.errors import SandboxError, SetUpLate

_CPU = 128 + signal.SIGXCPU
_FILE_SIZE = 128 + signal.SIGXFSZ
_KILLED = 128 + signal.SIGKILL


@dataclass(frozen=True, slots=True)
class ChildStatus:
    """What bwrap told of its child; None where the message did not come."""

    child_pid: int | None = None
    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """All that is known once every process of a box is gone."""

    status: ChildStatus
    launcher_code: int
    """Exit code of bwrap (or of what starts it); -n where signal n ended it."""
    stopped: Ended | None = None
    """The limit for which we ended the box."""
    step_codes: tuple[int, ...] = ()
    """Several steps: the exit codes of those that ended."""
    complete: bool = False
    """Several steps: all that were due have ended, and then we ended the box."""
    oom_kills: int = 0
    cpu_seconds: float | None = None
    wall_seconds: float = 0.0
    said: bytes = b""
    """The end of standard error: bwrap's words where it failed."""


def read_status(text: bytes) -> ChildStatus:
    """Parse bwrap's messages (JSON objects one after the other)."""
    decoder = json.JSONDecoder()
    found: dict[str, int] = {}
    rest = text.decode(errors="replace").strip()
    while rest:
        try:
            message, end = decoder.raw_decode(rest)
        except json.JSONDecodeError:
            break  # cut short, because bwrap was ended
        found.update(message)
        rest = rest[end:].lstrip()
    return ChildStatus(found.get("child-pid"), found.get("exit-code"))


def how_it_ended(ending: Ending, limits: Limits) -> Ended:
    """How the command came to its end.

    Raises:
        SandboxError: the box could not be set up or died under the program; bwrap's words.
    """
    if ending.oom_kills:
        return Ended.MEMORY
    codes = ending.step_codes
    if ending.stopped is not None:
        if ending.status.child_pid is None:
            raise SetUpLate(f"the box was not set up within {limits.wall_seconds} s")
        return ending.stopped
    if ending.status.exit_code is not None:
        codes = (*codes, ending.status.exit_code)
    elif not ending.complete:
        raise SandboxError(_words(ending))
    if _FILE_SIZE in codes:
        return Ended.FILE_SIZE
    if _CPU in codes:
        return Ended.CPU_TIME
    # The kernel sends SIGKILL to a process that went on for a second after SIGXCPU.
    spent = ending.wall_seconds if ending.cpu_seconds is None else ending.cpu_seconds
    if _KILLED in codes and spent >= limits.cpu_seconds:
        return Ended.CPU_TIME
    return Ended.EXITED


def _words(ending: Ending) -> str:
    said = ending.said.decode(errors="replace").strip()[-2000:]
    if ending.launcher_code < 0:
        name = signal.Signals(-ending.launcher_code).name
        return f"the box was ended from outside ({name}) {said}".rstrip()
    return f"the box could not be set up: {said or f'exit code {ending.launcher_code}'}"
