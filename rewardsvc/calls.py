"""gRPC calls under way: what ends them, and how a caller is told.

A call ends a moment before its deadline, by our own word. gRPC's own timer resets the stream
without one, and a client whose clock is a little late reads that as CANCELLED, as if it had hung
up itself. Likewise at shut-down: a call that is cut off is UNAVAILABLE, so that it is tried again.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn, TypeAlias

import grpc

from rewardsvc.access import Entry
from rewardsvc.grpc_status import RETRY_KEY

HEADROOM_SECONDS = 0.1
"""So long before its deadline a call is told that it is over; at most a tenth of what it had."""

DETAILS_BYTES = 1000
"""Of the words beside a status: they travel in a header, of which clients take 8 KiB, each byte as
three at worst."""

_Context: TypeAlias = "grpc.aio.ServicerContext[bytes, bytes]"


async def refuse(
    context: _Context,
    entry: Entry,
    code: grpc.StatusCode,
    words: str,
    retry_seconds: float | None = None,
) -> NoReturn:
    """End a call with a status, however long the words and whatever is in them.

    Raises:
        grpc.aio.AbortError: always; gRPC expects it.
    """
    entry.status = code.name
    trailers = () if retry_seconds is None else ((RETRY_KEY, str(round(retry_seconds * 1000))),)
    await context.abort(code, _short(words), trailers)
    raise AssertionError("abort() raises")


class Calls:
    """The calls under way of one server."""

    def __init__(self) -> None:
        self._under_way: set[asyncio.Timeout] = set()
        self._closing = False

    @asynccontextmanager
    async def until_deadline(self, context: _Context, entry: Entry) -> AsyncIterator[None]:
        """The time in which a call may be worked on.

        Raises:
            grpc.aio.AbortError: it is over.
        """
        left = context.time_remaining()
        if left is not None:
            left = max(0.0, left - min(HEADROOM_SECONDS, left / 10))
        limit = asyncio.timeout(left)
        try:
            async with limit:
                self._under_way.add(limit)
                try:
                    yield
                finally:
                    self._under_way.discard(limit)
        except TimeoutError:
            if not limit.expired():
                raise
            if self._closing:
                words = "the server shuts down; try again"
                await refuse(context, entry, grpc.StatusCode.UNAVAILABLE, words)
            words = "no verdict before the deadline"
            await refuse(context, entry, grpc.StatusCode.DEADLINE_EXCEEDED, words)

    def hang_up(self) -> None:
        """End all that are under way: the server shuts down."""
        self._closing = True
        now = asyncio.get_running_loop().time()
        for limit in self._under_way:
            if not limit.expired():  # its deadline passed, and its tools are being ended
                limit.reschedule(now)


def _short(words: str) -> str:
    data = words.encode(errors="replace")
    if len(data) <= DETAILS_BYTES:
        return words
    return data[:DETAILS_BYTES].decode(errors="ignore") + "…"
