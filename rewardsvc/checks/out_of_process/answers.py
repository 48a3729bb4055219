"""What the end of a job means. Pure.

A job that ran out of its limits did so on the artifact's data; it is tried once more, alone, and
then the check does not hold. A job that crashed is tried once more too. Where it ended itself both
times (a number that Rego's engine aborts at), it is tried on no data: if that does not crash, it
was the data's doing, and the check does not hold. What crashes without data, and what went away
for another reason, is a fault of ours.
"""

import signal
from dataclasses import dataclass
from enum import StrEnum

from rewardsvc.checks.out_of_process.process import TRAILER

_NEAR = 0.7
"""Share of its memory from which on a job that crashed is taken for one that ran out of it: what
C++ cannot get, it aborts for, and the last piece asked for may be large."""


_FROM_OUTSIDE = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT})
"""Signals that nobody sends himself."""


class Exhausted(StrEnum):
    """A limit that a job ran into."""

    TIME = "it ran out of time"
    MEMORY = "it ran out of memory"


@dataclass(frozen=True, slots=True)
class Crashed:
    """A job that ended without an answer. ``itself``: what it did ended it, not somebody else."""

    how: str
    itself: bool = False


def read_end(received: bytes, memory_bytes: int) -> bytes | Exhausted | Crashed:
    """What a job said, or why it said nothing. ``received`` is all that came of it."""
    if len(received) < TRAILER.size:
        return Crashed("the process that evaluates checks went away")
    status, peak_kib = TRAILER.unpack(received[-TRAILER.size :])
    number = status & 0x7F
    if number in (signal.SIGPROF, signal.SIGXCPU):
        return Exhausted.TIME
    if number == signal.SIGKILL:
        return Exhausted.MEMORY
    if status:
        if peak_kib * 1024 > _NEAR * memory_bytes:
            return Exhausted.MEMORY
        how = f"by signal {number}" if number else f"with exit code {status >> 8}"
        return Crashed(f"the evaluation of a check ended {how}", itself=number not in _FROM_OUTSIDE)
    return received[: -TRAILER.size]
