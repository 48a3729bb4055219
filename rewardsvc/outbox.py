"""Answers of one stream on their way to a client that may read more slowly than we answer."""

import asyncio
from collections import deque
from typing import TypeAlias

import grpc

CAPACITY_BYTES = 16 * 1024 * 1024
"""Answers of one stream that the client has not taken yet, some ten thousand verdicts; beyond, the
server reads no more."""

STALLED_SECONDS = 900.0
"""A client that takes not one answer for so long is gone for all we know, however alive its
connection is: what it holds is needed. A trainer may be busy for minutes."""

HANGUP_SECONDS = 5.0
"""Within which gRPC tells that a client has hung up; it takes milliseconds."""

_Context: TypeAlias = "grpc.aio.ServicerContext[bytes, bytes]"


class Stalled(Exception):
    """The client takes no answers."""


class Outbox:
    """Answers of one stream, in the order in which they were put.

    A client may send everything before it reads anything; up to a bound its answers wait here.
    """

    def __init__(
        self,
        capacity_bytes: int = CAPACITY_BYTES,
        stalled_seconds: float = STALLED_SECONDS,
        hangup_seconds: float = HANGUP_SECONDS,
    ) -> None:
        self._capacity = capacity_bytes
        self._stalled_seconds = stalled_seconds
        self._hangup_seconds = hangup_seconds
        self._answers: deque[bytes] = deque()
        self._bytes = 0
        self._closed = False
        self._changed = asyncio.Event()
        self._written = asyncio.Event()

    def put(self, answer: bytes) -> None:
        """Have it written next."""
        self._answers.append(answer)
        self._bytes += len(answer)
        self._changed.set()

    async def room(self) -> None:
        """Wait while more waits here than may."""
        while self._bytes > self._capacity:
            self._written.clear()
            await self._written.wait()

    def close(self) -> None:
        """Nothing more will be put."""
        self._closed = True
        self._changed.set()

    async def write_to(self, context: _Context) -> None:
        """Write until it is closed and empty.

        A client that hangs up while an answer is on its way makes the write fail a moment before
        gRPC tells of it by cancelling the call; that is waited for, and nobody's error.

        Raises:
            Stalled: the client takes no answers.
            grpc.aio.InternalError: an answer could not be written, and the call is not cancelled.
        """
        while True:
            while self._answers:
                answer = self._answers.popleft()
                try:
                    async with asyncio.timeout(self._stalled_seconds):
                        await context.write(answer)
                except TimeoutError:
                    raise Stalled(f"no answer was taken for {self._stalled_seconds:g} s") from None
                except grpc.aio.InternalError:
                    await asyncio.sleep(self._hangup_seconds)
                    raise
                self._bytes -= len(answer)
                self._written.set()
            if self._closed:
                return
            self._changed.clear()
            await self._changed.wait()
