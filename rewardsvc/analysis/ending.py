"""What it means that a reader's process ended. Pure."""

import signal
import struct
from dataclasses import dataclass
from enum import Enum, IntEnum

TRAILER = struct.Struct("<IiQB")
"""What a connection ends with: a length that no message has, how the process ended (as ``waitpid``
tells), its largest resident set in KiB, and the phase that it was in."""

NO_LENGTH = 0xFFFFFFFF

_NEAR = 0.7
"""Share of its memory from which on a process that crashed is taken for one that ran out of it:
what C++ and Rust cannot get, they abort for, and the last piece asked for may be large."""

_FAULTS = frozenset(
    getattr(signal, name)
    for name in ("SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL", "SIGFPE", "SIGTRAP", "SIGSYS")
)
"""Signals that a process brings upon itself."""


class ReadingPhase(IntEnum):
    """What a reader reads."""

    NOTHING = 0
    TASK = 1
    ANSWER = 2


class Cause(Enum):
    """Why a reader's process ended before it was done."""

    TIME = "it ran out of processor time"
    MEMORY = "it ran out of memory"
    CRASHED = "what reads it crashed"
    KILLED = "the process that reads it was killed from outside"
    SILENT = "the process that reads it neither worked nor asked for anything"

    @property
    def ours(self) -> bool:
        """Whether it says nothing about what was read."""
        return self in (Cause.KILLED, Cause.SILENT)

    @property
    def final(self) -> bool:
        """Whether a second attempt would only end the same way."""
        return self in (Cause.TIME, Cause.MEMORY)


@dataclass(frozen=True, slots=True)
class End:
    """How a reader's process ended."""

    phase: ReadingPhase
    cause: Cause


class ReaderEnded(Exception):
    """A reader's process ended before it was done."""

    def __init__(self, end: End) -> None:
        self.end = end
        super().__init__(end.cause.value)


def read_end(rest: bytes, memory_bytes: int) -> End:
    """How a process ended that had so much memory; ``rest`` is what came of it after its last whole
    message."""
    if len(rest) < TRAILER.size:  # whoever tells of it is gone too
        return End(ReadingPhase.NOTHING, Cause.KILLED)
    length, status, peak_kib, phase = TRAILER.unpack(rest[-TRAILER.size :])
    if length != NO_LENGTH or phase not in set(ReadingPhase):
        return End(ReadingPhase.NOTHING, Cause.KILLED)
    return End(ReadingPhase(phase), _cause(status, peak_kib * 1024 / memory_bytes))


def _cause(status: int, share: float) -> Cause:
    number = status & 0x7F
    if number in (signal.SIGPROF, signal.SIGXCPU):
        return Cause.TIME
    if number and number not in _FAULTS:
        return Cause.KILLED
    return Cause.MEMORY if share > _NEAR else Cause.CRASHED
