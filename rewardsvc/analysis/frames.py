"""Messages between the server and a reader: a length, then a pickle, in both directions.

Both ends are ours, but a reader has read hostile text, some of it by parsers in C. So what comes
from a reader may name the classes below and nothing else (the way of Python's documentation,
"Restricting Globals" of :mod:`pickle`): it cannot have the server call anything.
"""

import asyncio
import copyreg
import io
import pickle
import struct
import sys
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import PosixPath
from typing import Any

from rewardsvc.llm import Question
from rewardsvc.pipeline import Examined
from rewardsvc.types import Component, Diagnostic, FailureKind, Fault, Stage, StageStatus
from rewardsvc.wire.answers import Encoded
from sandbox.base import MIB, Bind, Command, Limits, Step
from sandbox.terraform import Depth

HEAD = struct.Struct("<I")
"""Before each message: its length in bytes."""

MOST_BYTES = 128 * MIB
"""Of one message; the largest, a plan that a policy is to look at, takes a few."""

_OF_A_READER: Mapping[tuple[str, str], type] = {
    (each.__module__, each.__qualname__): each
    for each in (
        *(Examined, Stage, Diagnostic, Component, StageStatus, Fault, FailureKind, Question),
        *(Command, Step, Bind, Limits, Depth, PosixPath, Encoded),
    )
}
"""What a reader's messages are made of, beside Python's own plain values."""


def _by_value(member: Enum) -> tuple[type[Enum], tuple[Any]]:
    return type(member), (member.value,)


_REDUCED = copyreg.dispatch_table | {
    each: _by_value for each in _OF_A_READER.values() if issubclass(each, Enum)
}
"""How to pickle enumerations: Python 3.11.0 to 3.11.3 name ``getattr`` for it, which nobody may."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type:
        found = _OF_A_READER.get((module, name))
        if found is None:
            raise pickle.UnpicklingError(f"a reader's message names {module}.{name}")
        return found


def read_from_reader(data: bytes) -> Any:
    """The message in the bytes that a reader sent.

    Raises:
        Exception: whatever pickle raises of bytes that are no message of plain values and ours.
    """
    return _Unpickler(io.BytesIO(data)).load()


_READ_BYTES = 64 * 1024
"""At once, into the same place always: an allocation for each takes longer than most messages."""


_DEPTH = 4000
"""Of values that are sent, with what pickle adds: one that was read from JSON is nested less than a
thousand deep. A level takes some 500 bytes of the 8 MiB of C's stack."""


def pickled(message: tuple[object, ...]) -> bytes:
    """The message as bytes.

    Raises:
        Exception: whatever pickle raises of what it cannot write.
    """
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(max(usual, _DEPTH))
    try:
        written = io.BytesIO()
        pickler = pickle.Pickler(written, pickle.HIGHEST_PROTOCOL)
        pickler.dispatch_table = _REDUCED
        pickler.dump(message)
        return written.getvalue()
    finally:
        sys.setrecursionlimit(usual)


class Channel(asyncio.BufferedProtocol):
    """One end of a connection.

    ``received`` is given each message, and ``ended`` what came after the last one, once nothing
    more can come, and whether that was no message; ``read`` makes a message of bytes.
    """

    def __init__(
        self,
        read: Callable[[bytes], Any],
        received: Callable[[Any], None],
        ended: Callable[[bytes, bool], None],
    ) -> None:
        self._read = read
        self._received = received
        self._ended = ended
        self._space = memoryview(bytearray(_READ_BYTES))
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        """Called by asyncio."""
        return self._space

    def buffer_updated(self, nbytes: int) -> None:
        """Called by asyncio."""
        buffer = self._buffer
        buffer += self._space[:nbytes]
        start = 0
        while len(buffer) - start >= HEAD.size:
            (length,) = HEAD.unpack_from(buffer, start)
            end = start + HEAD.size + length
            if len(buffer) < end:
                break
            message = self._read(bytes(buffer[start + HEAD.size : end]))
            start = end
            self._received(message)
        del buffer[:start]
        if len(buffer) > MOST_BYTES:
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio, once."""
        # Of what the methods above raise, and of nothing else, it is an error that is none of the
        # system's.
        self._ended(bytes(self._buffer), exc is not None and not isinstance(exc, OSError))

    def send(self, *message: object) -> None:
        """Send a message; where nobody is there any more it is lost."""
        assert self._transport is not None  # connected
        data = pickled(message)
        self._transport.write(HEAD.pack(len(data)) + data)

    def close(self) -> None:
        """Send and receive no more; the other end learns of it at once."""
        if self._transport is not None:
            self._transport.abort()
