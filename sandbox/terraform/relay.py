"""Stands between one run of Terraform and a warm provider, on a unix socket of its own.

It answers for the schema itself (cut to the names of the configuration), rewrites the Configure
request, keeps Stop and Shutdown from a provider that others share, and passes everything else on
as raw bytes.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

import grpc

from sandbox.errors import ProviderFailed
from sandbox.terraform.configure import Rewriter, rewrite_request
from sandbox.terraform.provider import SCHEMA_METHODS, UNLIMITED, Provider, UnaryCall

_CONFIGURE = ("/tfplugin5.Provider/Configure", "/tfplugin6.Provider/ConfigureProvider")
_STOP = (
    "/tfplugin5.Provider/Stop",
    "/tfplugin6.Provider/StopProvider",
    "/plugin.GRPCController/Shutdown",
)
_STDIO = "/plugin.GRPCStdio/StreamStdio"
_BROKER = "/plugin.GRPCBroker/StartStream"

Context: TypeAlias = "grpc.aio.ServicerContext[bytes, bytes]"


class Relay:
    """The relay of one run. ``async with`` opens its socket in ``folder``.

    ``on_unconfigured`` is called once the configured connection is gone: nothing of this run's
    configuration is left in use, so the provider may serve another plan.
    """

    def __init__(
        self,
        provider: Provider,
        rewriter: Rewriter,
        names: frozenset[str],
        folder: Path,
        on_unconfigured: Callable[[], None],
    ) -> None:
        self._provider = provider
        self._rewriter = rewriter
        self._names = names
        self.folder = folder
        self._socket = folder / f"{provider.source.rpartition('/')[2]}.sock"
        self._server = grpc.aio.server(options=UNLIMITED)
        self._server.add_generic_rpc_handlers((_Handler(self._handle),))
        self._open_streams = 0
        self._settings: bytes | None = None
        self._on_unconfigured = on_unconfigured
        self.configured_twice = False
        """Whether the run configured the provider again: its settings may have mixed."""
        self.fault: ProviderFailed | None = None
        """Why the provider could not answer, where it could not."""

    async def __aenter__(self) -> Self:
        self._server.add_insecure_port(f"unix:{self._socket}")
        await self._server.start()
        self._socket.chmod(0o777)  # Terraform may run as another user
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._server.stop(grace=None)

    def attachment(self, folder: str) -> dict[str, object]:
        """Its entry in TF_REATTACH_PROVIDERS, for a box that sees the socket in ``folder``."""
        return {
            "Protocol": "grpc",
            "ProtocolVersion": self._provider.protocol,
            # Terraform watches this process and gives up when it is gone; 1 always lives.
            "Pid": 1,
            "Test": True,
            "Addr": {"Network": "unix", "String": f"{folder}/{self._socket.name}"},
        }

    def _handle(self, method: str) -> "grpc.RpcMethodHandler[bytes, bytes]":
        if method == _STDIO:
            return grpc.unary_stream_rpc_method_handler(self._hold_stdio)
        if method == _BROKER:
            return grpc.stream_stream_rpc_method_handler(_hold_broker)
        if method in SCHEMA_METHODS.values():
            return grpc.unary_unary_rpc_method_handler(self._answer_schema)
        if method in _STOP:
            return grpc.unary_unary_rpc_method_handler(_answer_nothing)
        return grpc.unary_unary_rpc_method_handler(self._forwarding(method))

    async def _answer_schema(self, request: bytes, context: Context) -> bytes:
        return self._provider.schema.projected(self._names)

    def _forwarding(self, method: str) -> Callable[[bytes, Context], Any]:
        call: UnaryCall = self._provider.channel.unary_unary(method)

        async def forward(request: bytes, context: Context) -> bytes:
            if method in _CONFIGURE:
                request = rewrite_request(request, self._rewriter)
                self.configured_twice = self._settings is not None
                self._settings = request
            try:
                return bytes(await call(request))
            except grpc.aio.AioRpcError as error:
                if error.code() is grpc.StatusCode.UNAVAILABLE:
                    self._gone(method, error.details() or "")
                await context.abort(error.code(), error.details() or "")
            except grpc.aio.UsageError as error:  # another run found it dead and closed it
                self._gone(method, str(error))
                await context.abort(grpc.StatusCode.UNAVAILABLE, str(error))

        return forward

    def _gone(self, method: str, why: str) -> None:
        self.fault = ProviderFailed(f"{self._provider.source} went away during {method}: {why}")

    async def _hold_stdio(self, request: bytes, context: Context) -> AsyncIterator[bytes]:
        """The stream of a plugin's own output: silent, and open as long as its connection."""
        self._open_streams += 1
        try:
            await asyncio.Event().wait()
            yield b""
        finally:
            self._open_streams -= 1
            if self._settings is not None and not self._open_streams:
                self._on_unconfigured()


class _Handler(grpc.GenericRpcHandler):
    def __init__(self, handle: Callable[[str], Any]) -> None:
        self._handle = handle

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        return self._handle(handler_call_details.method)


async def _hold_broker(requests: AsyncIterator[bytes], context: Context) -> AsyncIterator[bytes]:
    """The stream on which plugins agree on further connections; providers make none."""
    await asyncio.Event().wait()
    yield b""


async def _answer_nothing(request: bytes, context: Context) -> bytes:
    return b""


def reattach(relays: dict[str, Relay], folder: str) -> str:
    """The value of TF_REATTACH_PROVIDERS for relays by provider source."""
    return json.dumps({source: relay.attachment(folder) for source, relay in relays.items()})
