"""Stands between one run of Terraform and warm providers of one source, on a socket of its own.

It answers for the schema itself (cut to the names of the configuration), rewrites the Configure
request and leases a provider for it, keeps Stop and Shutdown from providers that others share, and
passes everything else on as raw bytes. Where a run only makes a state, it answers for what would be
applied as well, and nothing is.

Terraform opens a connection for each provider block that it uses. With one block a :class:`Relay`
serves them all. With several, calls must go to the provider that their own connection configured;
gRPC does not tell connections of a unix socket apart, so a :class:`Switchboard` gives each one a
relay to itself.
"""

import asyncio
import contextlib
import functools
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TypeAlias

import grpc

from sandbox.errors import ProviderFailed, ProviderStarved
from sandbox.shielded import shielded
from sandbox.standins import PROTOCOL
from sandbox.terraform.plugins.applied import applied
from sandbox.terraform.plugins.configure import rewrite_check, rewrite_request
from sandbox.terraform.plugins.provider import CHECK_CONFIG, SCHEMA_METHODS, UNLIMITED
from sandbox.terraform.plugins.providers import Row
from sandbox.terraform.plugins.use import TooManyConfigurations, Use

_CONFIGURE = ("/tfplugin5.Provider/Configure", "/tfplugin6.Provider/ConfigureProvider")
_STOP = (
    "/tfplugin5.Provider/Stop",
    "/tfplugin6.Provider/StopProvider",
    "/plugin.GRPCController/Shutdown",
)
_APPLY = ("/tfplugin5.Provider/ApplyResourceChange", "/tfplugin6.Provider/ApplyResourceChange")
_STDIO = "/plugin.GRPCStdio/StreamStdio"
_BROKER = "/plugin.GRPCBroker/StartStream"

_GONE = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
"""How calls end whose provider ends under them."""

_CHUNK = 65536

Context: TypeAlias = "grpc.aio.ServicerContext[bytes, bytes]"


class Attachment(Protocol):
    """A socket that Terraform attaches to as if it were a provider; open in ``async with``."""

    socket: Path
    protocol: int

    @property
    def mixed(self) -> bool:
        """Whether connections that need different settings met: then the run says nothing."""
        ...

    @property
    def exceeded(self) -> bool:
        """Whether the run wanted more differently configured providers than there may be."""
        ...

    async def __aenter__(self) -> Self:
        """Open the socket."""
        ...

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it, and every connection."""
        ...


class Relay:
    """The relay of one run, or of one connection of it; an :class:`Attachment`.

    ``applies``: whether it answers for what is applied (:mod:`sandbox.terraform.plugins.applied`).
    """

    def __init__(
        self,
        use: Use,
        row: Row,
        names: frozenset[str],
        socket: Path,
        *,
        applies: bool = False,
    ) -> None:
        self.socket = socket
        self.protocol = use.shared.protocol
        self.mixed = False
        self.exceeded = False
        self._use = use
        self._row = row
        self._names = names
        self._provider = use.shared
        self._settings: bytes | None = None
        self._open_streams = 0
        self._applies = applies
        self._applied: Counter[bytes] = Counter()
        self._server = grpc.aio.server(options=UNLIMITED)
        self._server.add_generic_rpc_handlers((_Handler(self._handle),))

    async def __aenter__(self) -> Self:
        try:
            self._server.add_insecure_port(f"unix:{self.socket}")
            await shielded(self._server.start())  # half started, it would stay so
            self.socket.chmod(0o777)  # Terraform may run as another user
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stop()

    async def _stop(self) -> None:
        try:
            await shielded(self._server.stop(grace=None))
        finally:
            self._unconfigure()
            self.socket.unlink(missing_ok=True)

    def _handle(self, method: str) -> "grpc.RpcMethodHandler[bytes, bytes]":
        if method == _STDIO:
            return grpc.unary_stream_rpc_method_handler(self._hold_stdio)
        if method == _BROKER:
            return grpc.stream_stream_rpc_method_handler(_hold_broker)
        if method in SCHEMA_METHODS.values():
            return grpc.unary_unary_rpc_method_handler(self._answer_schema)
        if method in _STOP:
            return grpc.unary_unary_rpc_method_handler(_answer_nothing)
        if method in _APPLY and self._applies:
            return grpc.unary_unary_rpc_method_handler(self._answer_applied)
        return grpc.unary_unary_rpc_method_handler(self._forwarding(method))

    async def _answer_schema(self, request: bytes, context: Context) -> bytes:
        return self._use.shared.schema.projected(self._names)

    async def _answer_applied(self, request: bytes, context: Context) -> bytes:
        nth = self._applied[request]
        self._applied[request] += 1
        return applied(request, self._use.shared.schema, nth)

    def _forwarding(self, method: str) -> Callable[[bytes, Context], Any]:
        async def forward(request: bytes, context: Context) -> bytes:
            try:
                if method in _CONFIGURE:
                    return await self._configure(method, request)
                if method in CHECK_CONFIG:
                    request = rewrite_check(request, self._row.check)
                return await self._provider.ask(method, request)
            except grpc.aio.AioRpcError as error:
                if error.code() in _GONE or not self._provider.alive:
                    self._gone(method, error.details() or "")
                await context.abort(error.code(), error.details() or "")
            except grpc.aio.UsageError as error:  # another run found it dead and closed it
                self._gone(method, str(error))
                await context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
            except ProviderFailed as error:  # none could be started, or it was stopped
                self._gone(method, str(error))
                await context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
            except TooManyConfigurations:
                self.exceeded = True
                await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many configurations")

        return forward

    async def _configure(self, method: str, request: bytes) -> bytes:
        if not self._row.leased:
            return await self._provider.ask(method, request)
        settings = rewrite_request(request, self._row.rewriter)
        if self._settings not in (None, settings):
            self.mixed = True
            return b""
        if self._settings is None:
            self._settings = settings
            self._provider = await self._use.configured(settings)
        return await self._provider.configure(method, settings)

    def _gone(self, method: str, why: str) -> None:
        words = f"{self._provider.source} went away during {method}: {why}"
        starved = self._provider.out_of_memory
        self._use.fault = ProviderStarved(words) if starved else ProviderFailed(words)

    async def _hold_stdio(self, request: bytes, context: Context) -> AsyncIterator[bytes]:
        """The stream of a plugin's own output: silent, and open as long as its connection."""
        self._open_streams += 1
        try:
            await asyncio.Event().wait()
            yield b""
        finally:
            self._open_streams -= 1
            if not self._open_streams:
                self._unconfigure()

    def _unconfigure(self) -> None:
        """The configured connection is gone: nothing of its settings is in use any more."""
        if self._settings is not None:
            self._use.leave(self._settings)
            self._settings = None
            self._provider = self._use.shared


class Switchboard:
    """Gives every connection to its socket a relay to itself; an :class:`Attachment`."""

    mixed = False

    def __init__(self, use: Use, open_relay: Callable[[Path], Relay], socket: Path) -> None:
        self.socket = socket
        self.protocol = use.shared.protocol
        self._open_relay = open_relay
        self._relays: list[Relay] = []
        self._lines: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(1)
        self._server: asyncio.Server | None = None

    @property
    def exceeded(self) -> bool:
        """See :class:`Attachment`."""
        return any(relay.exceeded for relay in self._relays)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._connected, str(self.socket))
        self.socket.chmod(0o777)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for line in self._lines:
            line.cancel()
        if self._lines:
            await asyncio.wait(self._lines)
        self.socket.unlink(missing_ok=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.ensure_future(self._serve(reader, writer))
        self._lines.add(line)
        line.add_done_callback(self._lines.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner = self.socket.with_name(f"{self.socket.stem}-{next(self._numbers)}.sock")
        relay = self._open_relay(inner)
        self._relays.append(relay)
        with contextlib.closing(writer):
            async with relay:
                far_reader, far_writer = await asyncio.open_unix_connection(str(inner))
                with contextlib.closing(far_writer):
                    await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what one side says to its end; a side that breaks off has come to its end too."""
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


class _Handler(grpc.GenericRpcHandler):
    def __init__(self, handle: Callable[[str], Any]) -> None:
        self._handle = functools.cache(handle)

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        return self._handle(handler_call_details.method)


async def _hold_broker(requests: AsyncIterator[bytes], context: Context) -> AsyncIterator[bytes]:
    """The stream on which plugins agree on further connections; providers make none."""
    await asyncio.Event().wait()
    yield b""


async def _answer_nothing(request: bytes, context: Context) -> bytes:
    return b""


def reattach(
    attached: Mapping[str, Attachment], folder: str, boxed: Mapping[str, str]
) -> dict[str, str]:
    """The variable that attaches Terraform to providers, in a box that sees the sockets in
    ``folder``. ``boxed``: those of stand-ins in the box itself, by source.
    """
    addresses = {
        **{
            source: (each.protocol, f"{folder}/{each.socket.name}")
            for source, each in attached.items()
        },
        **{source: (PROTOCOL, socket) for source, socket in boxed.items()},
    }
    if not addresses:
        return {}
    value = {
        source: {
            "Protocol": "grpc",
            "ProtocolVersion": protocol,
            # Terraform watches this process and gives up when it is gone; 1 always lives.
            "Pid": 1,
            "Test": True,
            "Addr": {"Network": "unix", "String": socket},
        }
        for source, (protocol, socket) in addresses.items()
    }
    return {"TF_REATTACH_PROVIDERS": json.dumps(value)}
