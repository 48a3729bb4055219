"""What a client makes of a call that failed: its end, or another try after a pause.

Tried again is what says nothing about the request: the server is not there (it restarts, a
connection broke), or it has no room. A deadline that passed, a request that nobody can score and a
door that stays shut are ends.
"""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto

import grpc

FIRST_PAUSE_SECONDS = 0.25
"""Before the second try; each further pause is up to twice as long."""

LONGEST_PAUSE_SECONDS = 2.0
"""A server that comes back is found within this time."""

RETRY_KEY = "grpc-retry-pushback-ms"
"""The trailer that says when to try again (gRFC A6, "Pushback")."""

_BROKEN_CONNECTION = ("rst_stream", "stream removed", "goaway", "socket closed", "connection reset")
"""What gRPC says, under INTERNAL or UNKNOWN, where a connection broke under a call."""

_TOO_LARGE = "larger than max"
"""What gRPC says, under RESOURCE_EXHAUSTED, of a message beyond the limit of either side."""


class StatusMeaning(Enum):
    """What the status of a call says."""

    GONE = auto()
    """There is no server, or its connection broke, or it ended the call without a word."""
    BUSY = auto()
    """The server has no room, or none in time."""
    LATE = auto()
    """The deadline passed."""
    INVALID = auto()
    """Nobody can score this request."""
    SHUT = auto()
    """The server does not let this client in, or is another kind of server."""
    BROKEN = auto()
    """A fault inside the server."""


def meaning_of(code: grpc.StatusCode, details: str) -> StatusMeaning:
    """What a status says to a client that did not cancel the call itself."""
    match code:
        case grpc.StatusCode.INVALID_ARGUMENT:
            return StatusMeaning.INVALID
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return StatusMeaning.LATE
        case grpc.StatusCode.RESOURCE_EXHAUSTED:
            return StatusMeaning.INVALID if _TOO_LARGE in details else StatusMeaning.BUSY
        case grpc.StatusCode.UNAVAILABLE | grpc.StatusCode.CANCELLED:
            # CANCELLED by the other side: it sheds below our service, or ends.
            return StatusMeaning.GONE
        case (
            grpc.StatusCode.UNAUTHENTICATED
            | grpc.StatusCode.PERMISSION_DENIED
            | grpc.StatusCode.UNIMPLEMENTED
        ):
            return StatusMeaning.SHUT
        case _:
            words = details.lower()
            broke = any(word in words for word in _BROKEN_CONNECTION)
            return StatusMeaning.GONE if broke else StatusMeaning.BROKEN


def asked_pause(error: grpc.aio.AioRpcError) -> float:
    """The seconds that a server asks its caller to wait (gRFC A6, "Pushback"); 0 where none."""
    for key, value in error.trailing_metadata() or ():
        if key == RETRY_KEY and str(value).isdecimal():
            return int(value) / 1000
    return 0.0


def pause(tries: int, left: float, chance: float, asked: float = 0.0) -> float:
    """Seconds until the next try, so that there is one before the deadline.

    ``tries`` were made, ``left`` seconds are left, the server ``asked`` for so many. ``chance`` in
    [0, 1) parts those who were turned away together (exponential backoff with jitter).
    """
    usual = min(FIRST_PAUSE_SECONDS * 2.0 ** min(tries - 1, 30), LONGEST_PAUSE_SECONDS)
    return min(max(usual, asked) * (0.5 + chance / 2), left / 2)


@dataclass(slots=True)
class Effort:
    """What was done for one request, and the seconds that are left for it.

    ``turned_away``: what the server said when it had no room, "" where it had; ``asked``: how many
    seconds it asked to wait.
    """

    left: float
    tries: int = 0
    turned_away: str = ""
    asked: float = 0.0

    @contextmanager
    def trying(self) -> Iterator[None]:
        """One try."""
        clock = asyncio.get_running_loop().time
        self.tries, self.asked = self.tries + 1, 0.0
        start = clock()
        try:
            yield
        finally:
            self.left -= clock() - start

    async def pause(self) -> None:
        """Wait before the next try."""
        seconds = pause(self.tries, self.left, random.random(), self.asked)
        self.left -= seconds
        await asyncio.sleep(seconds)
