"""How a client reaches a server: what it trusts and shows, and how long it waits.

No settings file and no environment: who has :class:`rewardsvc.settings.Settings` takes their
``connection``. The server's side of TLS and of the token is in :mod:`rewardsvc.security`.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from rewardsvc.errors import ServerUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What a client has to know beside the server's address.

    ``request_timeout_seconds``: the deadline of one completion; a server that went away is waited
    for as long. ``connect_timeout_seconds``: how long a server that never answered is tried at
    first. ``tls_ca``: PEM of who the server must be signed by; without one there is no TLS.
    ``tls_cert``, ``tls_key``: PEM of one's own certificate, for mutual TLS. ``token``: the bearer
    token that the server demands.

    Raises:
        ValueError: a token that cannot be sent.
    """

    request_timeout_seconds: float = 120.0
    connect_timeout_seconds: float = 5.0
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.token is not None:
            require_sendable(self.token)

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What is sent along with every call."""
        return (("authorization", f"Bearer {self.token}"),) if self.token is not None else ()

    def channel(self, server: str, options: list[tuple[str, str | int]]) -> grpc.aio.Channel:
        """A channel to a server, in the event loop that runs.

        Raises:
            ServerUnavailable: a file cannot be read.
        """
        if self.tls_ca is None:
            return grpc.aio.insecure_channel(server, options)
        try:
            credentials = grpc.ssl_channel_credentials(
                self.tls_ca.read_bytes(), _read(self.tls_key), _read(self.tls_cert)
            )
        except OSError as error:
            reason = f"{error.filename}: cannot be read: {error.strerror}"
            raise ServerUnavailable(reason) from error
        return grpc.aio.secure_channel(server, credentials, options)


def require_sendable(token: str) -> None:
    """Refuse a token that no header can hold (RFC 6750, section 2.1), without repeating it.

    An empty one would let everybody in who sends an empty one.

    Raises:
        ValueError: it is empty, or not printable ASCII.
    """
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise ValueError(
            "must be printable ASCII without spaces, at least one character; "
            "for no token at all, leave ASSAY_TOKEN unset"
        )


def _read(path: Path | None) -> bytes | None:
    return path.read_bytes() if path else None
