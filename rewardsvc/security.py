"""Who may talk to whom: TLS, mutual TLS and a bearer token, all optional.

The same four settings serve both sides, over gRPC and over HTTP. ``tls_cert`` and ``tls_key`` are
one's own certificate (a server needs them for TLS, a client for mutual TLS); ``tls_ca`` is who the
other side must be signed by (a server that has it demands certificates of its clients); ``token``
is demanded by a server that has it and sent by a client that has it.
"""

import hmac
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc

from rewardsvc.access import AccessLog
from rewardsvc.errors import CannotServe
from rewardsvc.settings import Settings

OPEN_METHODS = ("/grpc.health.v1.Health/",)
"""Probes carry no token."""


def server_credentials(settings: Settings) -> grpc.ServerCredentials | None:
    """What a server shows and demands; None for no TLS.

    Raises:
        CannotServe: a file cannot be read, or one of the pair is missing.
    """
    files = _own_pair(settings)
    if files is None:
        return None
    cert, key = files
    try:
        pair = (key.read_bytes(), cert.read_bytes())
        ca = settings.tls_ca.read_bytes() if settings.tls_ca else None
    except OSError as error:
        raise CannotServe(f"{error.filename}: cannot be read: {error.strerror}") from error
    return grpc.ssl_server_credentials([pair], ca, require_client_auth=ca is not None)


def http_tls(settings: Settings) -> ssl.SSLContext | None:
    """The same for the HTTP face; None where it speaks plain HTTP.

    That is where no TLS is configured, or ``http_plain`` asks for it: a face without TLS beside
    one with it would serve everybody whom the other refuses.

    Raises:
        CannotServe: a file cannot be read or is no PEM, or one of the pair is missing.
    """
    files = _own_pair(settings)
    if files is None or settings.http_plain:
        return None
    cert, key = files
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(cert, key)
        if settings.tls_ca is not None:
            context.load_verify_locations(settings.tls_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except ssl.SSLError as error:
        raise CannotServe(f"tls_cert, tls_key or tls_ca is no PEM that fits: {error}") from error
    except OSError as error:
        raise CannotServe(f"a file of TLS cannot be read: {error.strerror}") from error
    return context


def carries(authorization: str | bytes, token: str) -> bool:
    """Whether an Authorization header carries the token; in constant time.

    Whatever bytes a client sends: a header that is not ASCII carries it not.
    """
    if isinstance(authorization, str):
        authorization = authorization.encode(errors="surrogateescape")
    return hmac.compare_digest(authorization, f"Bearer {token}".encode())


class DemandToken(grpc.aio.ServerInterceptor):  # type: ignore[misc, unused-ignore]
    """Refuses calls without the token as UNAUTHENTICATED."""

    def __init__(self, token: str, log: AccessLog) -> None:
        self._token = token
        self._log = log

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        details: grpc.HandlerCallDetails,
    ) -> Any:
        """See :class:`grpc.aio.ServerInterceptor`."""
        handler = await continuation(details)
        metadata = dict(details.invocation_metadata or ())
        said = metadata.get("authorization", "")
        if handler is None or details.method.startswith(OPEN_METHODS) or carries(said, self._token):
            return handler
        return _refusing(handler, details.method.rpartition("/")[2], self._log)


def _refusing(handler: Any, method: str, log: AccessLog) -> Any:
    """A handler of the same kind that refuses."""

    async def refuse(_: Any, context: Any) -> None:
        with log.request(f"grpc {method}", context.peer) as entry:
            entry.status = grpc.StatusCode.UNAUTHENTICATED.name
            await context.abort(
                grpc.StatusCode.UNAUTHENTICATED,
                "this server demands a bearer token (ASSAY_TOKEN, or a Connection's token)",
            )

    async def refuse_stream(_: Any, context: Any) -> Any:
        await refuse(_, context)
        yield

    decode, encode = handler.request_deserializer, handler.response_serializer
    if handler.response_streaming:
        if handler.request_streaming:
            return grpc.stream_stream_rpc_method_handler(refuse_stream, decode, encode)
        return grpc.unary_stream_rpc_method_handler(refuse_stream, decode, encode)
    return grpc.unary_unary_rpc_method_handler(refuse, decode, encode)


def _own_pair(settings: Settings) -> tuple[Path, Path] | None:
    """The files of one's own certificate and key; None where nothing says TLS.

    Raises:
        CannotServe: only a part of what TLS needs is there.
    """
    if settings.tls_cert is None and settings.tls_key is None and settings.tls_ca is None:
        return None
    if settings.tls_cert is None or settings.tls_key is None:
        raise CannotServe("TLS needs both tls_cert and tls_key")
    return settings.tls_cert, settings.tls_key
