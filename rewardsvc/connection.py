"""How a client reaches a server: what it trusts and shows, and how long it waits.

No settings file: who has :class:`rewardsvc.settings.Settings` takes their ``connection``. The
server's side of TLS and of the token is in :mod:`rewardsvc.security`.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

import grpc

from rewardsvc.errors import ServerUnavailable

_SECONDS = ("request_timeout_seconds", "connect_timeout_seconds")
_PATHS = ("tls_ca", "tls_cert", "tls_key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What a client has to know beside the server's address.

    ``request_timeout_seconds``: the deadline of one completion; a server that went away is waited
    for as long. ``connect_timeout_seconds``: how long a server that never answered is tried at
    first. ``tls_ca``: PEM of who the server must be signed by; without one there is no TLS.
    ``tls_cert``, ``tls_key``: PEM of one's own certificate, for mutual TLS. ``token``: the bearer
    token that the server demands. Nothing of it is read from the environment but by
    :meth:`from_environment`.

    Raises:
        ValueError: a token that cannot be sent, or a time that is not above 0; names the field.
    """

    request_timeout_seconds: float = 120.0
    connect_timeout_seconds: float = 5.0
    tls_ca: Path | str | None = None
    tls_cert: Path | str | None = None
    tls_key: Path | str | None = None
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in _SECONDS:
            if not (seconds := getattr(self, name)) > 0:  # NaN is not above 0 either
                raise ValueError(f"{name}: must be above 0, not {seconds!r}")
        for name in _PATHS:
            if (path := getattr(self, name)) is not None:
                object.__setattr__(self, name, Path(path))
        if self.token is not None:
            try:
                require_sendable(self.token)
            except ValueError as error:
                raise ValueError(f"token: {error}") from None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """From the variables that the commands read too: ``ASSAY_TOKEN``, ``ASSAY_TLS_CA``,
        ``ASSAY_TLS_CERT``, ``ASSAY_TLS_KEY``, ``ASSAY_REQUEST_TIMEOUT_SECONDS`` and
        ``ASSAY_CONNECT_TIMEOUT_SECONDS``; what is not set is as it is without.

        Raises:
            ValueError: what a variable says cannot be; names its field.
        """
        said: dict[str, Any] = {
            each.name: environment[variable]
            for each in fields(cls)
            if (variable := f"ASSAY_{each.name.upper()}") in environment
        }
        for name in said.keys() & set(_SECONDS):
            try:
                said[name] = float(said[name])
            except ValueError:
                raise ValueError(f"{name}: must be a number, not {said[name]!r}") from None
        return cls(**said)

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
                *(_read(file) for file in (self.tls_ca, self.tls_key, self.tls_cert))
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
            "for no token at all, leave it unset"
        )


def _read(path: Path | str | None) -> bytes | None:
    return None if path is None else Path(path).read_bytes()
