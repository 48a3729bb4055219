"""What the status of a gRPC call says to the client that made it.

Tried again is what says nothing about the request: the server is not there (it restarts, a
connection broke), or it has no room. A deadline that passed, a request that nobody can score and a
door that stays shut are ends.
"""

from enum import Enum, auto

import grpc

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
