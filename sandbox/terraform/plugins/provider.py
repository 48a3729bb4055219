"""A provider process that stays warm: started once in a box, spoken to over its plugin socket.

It is started as Terraform would start it (go-plugin's handshake: a cookie in, one line with the
protocol and the socket out; https://github.com/hashicorp/go-plugin/blob/main/docs/internals.md),
without client certificates, so the socket speaks plain gRPC.
"""

import asyncio
import math
import shutil
from pathlib import Path
from typing import Any, TypeAlias

import grpc

from sandbox.base import Running, Sandbox, Service
from sandbox.errors import ProviderFailed, SandboxError
from sandbox.machine_time import MachineTime
from sandbox.protowire import BrokenMessage
from sandbox.terraform.emulator import beside_emulator, emulator_binds
from sandbox.terraform.plugins import providers
from sandbox.terraform.plugins.programs import PluginProgram
from sandbox.terraform.plugins.projection import SchemaIndex

START_SECONDS = 120.0
SCHEMA_SECONDS = 120.0
"""Within which AWS must start, which takes 3 seconds of a core, and tell its schema. No limit here
counts what a busy machine keeps from a provider."""

UNLIMITED: tuple[tuple[str, Any], ...] = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
)
"""gRPC options: a provider's schema is larger than gRPC's default of 4 MiB."""

ANSWER_SECONDS = 3.0
"""A provider that does not answer the simplest question within this time, twice, hangs; usual is
1 ms, also while it plans: go-plugin answers it beside all other calls."""

UnaryCall: TypeAlias = "grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]"
"""A call that takes and gives raw bytes."""

_COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
"""Terraform's handshake cookie: internal/plugin/serve.go of hashicorp/terraform."""

ANSWERS_CACHED = 4096
"""Answers of a provider process that are cached, of about 1 kB with what was asked."""

CHECK_CONFIG = (
    "/tfplugin5.Provider/PrepareProviderConfig",
    "/tfplugin6.Provider/ValidateProviderConfig",
)
"""Methods that ask what a provider thinks of a provider block."""

_PURE = frozenset(
    {
        *CHECK_CONFIG,
        "/tfplugin5.Provider/ValidateResourceTypeConfig",
        "/tfplugin5.Provider/ValidateDataSourceConfig",
        "/tfplugin6.Provider/ValidateResourceConfig",
        "/tfplugin6.Provider/ValidateDataResourceConfig",
    }
)
"""Methods that read what is asked against the schema: they are asked before a provider is
configured, and the same again in each plan and by each answer like it."""

_QUIET = {"TF_LOG": "off", "TF_LOG_PROVIDER": "off", "TF_LOG_SDK": "off", "TF_LOG_SDK_PROTO": "off"}
"""Without these a plugin writes a trace of every call to standard error."""

_HEALTH = "/grpc.health.v1.Health/Check"
_HEALTH_REQUEST = b"\x0a\x06plugin"
"""A HealthCheckRequest for the service that every go-plugin serves, "plugin"."""

SCHEMA_METHODS = {5: "/tfplugin5.Provider/GetSchema", 6: "/tfplugin6.Provider/GetProviderSchema"}


class Provider:
    """One warm provider process. Made by :meth:`start`, ended by :meth:`stop`."""

    def __init__(
        self,
        source: str,
        process: Running,
        protocol: int,
        channel: grpc.aio.Channel,
        schema: SchemaIndex,
        *,
        folder: Path,
        clock: MachineTime,
    ) -> None:
        self.source = source
        self.protocol = protocol
        self.channel = channel
        self.schema = schema
        self.settings: bytes | None = None
        """The Configure request that it is configured with."""
        self._cached: dict[tuple[str, bytes], bytes] = {}
        self._calls: dict[str, UnaryCall] = {}
        self._hangs = False
        self._stopped = False
        self._process = process
        self._folder = folder
        self._clock = clock

    @classmethod
    async def start(
        cls,
        source: str,
        program: PluginProgram,
        *,
        sandbox: Sandbox,
        folder: Path,
        emulator_folder: Path,
        clock: MachineTime,
    ) -> "Provider":
        """Start a provider without a network; ``folder`` is new and its own.

        Where its row says so, the emulator whose socket lies in ``emulator_folder`` is its way out.

        Raises:
            ProviderFailed: it did not start, or did not give its schema.
        """
        folder.mkdir(parents=True)  # noqa: ASYNC240 (a moment, once)
        row = providers.row(source) or providers.Row(warm=True)
        argv, binds = program.argv, program.binds
        if row.emulated:
            argv = beside_emulator(argv)
            binds += emulator_binds(emulator_folder)
        try:
            process = await sandbox.start(
                Service(
                    source.rpartition("/")[2],
                    argv,
                    folder,
                    env={
                        "TF_PLUGIN_MAGIC_COOKIE": _COOKIE,
                        "PLUGIN_PROTOCOL_VERSIONS": "5,6",
                        "PLUGIN_UNIX_SOCKET_DIR": str(folder),
                        "TMPDIR": "/tmp",
                        **_QUIET,
                        **row.environment,
                    },
                    binds=binds,
                    memory_bytes=row.memory_bytes,
                )
            )
        except SandboxError as error:
            raise ProviderFailed(f"{source} cannot be started: {error}") from error
        channel = None
        try:
            async with clock.within(START_SECONDS):
                line = await process.first_line(math.inf)
            protocol, address = _handshake(source, line)
            channel = grpc.aio.insecure_channel(f"unix:{address}", options=UNLIMITED)
            async with clock.within(SCHEMA_SECONDS):
                schema = await _schema(source, channel, protocol)
        except BaseException as error:
            if channel is not None:
                await channel.close()
            await process.stop()
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, TimeoutError):
                raise ProviderFailed(f"{source} took too long to start") from error
            raise
        return cls(source, process, protocol, channel, schema, folder=folder, clock=clock)

    @property
    def alive(self) -> bool:
        """Whether its process still runs and, as far as is known, answers."""
        return self._process.alive and not self._hangs

    @property
    def memory_bytes(self) -> int | None:
        """What its processes hold in memory; None where the sandbox cannot tell."""
        return self._process.memory_bytes

    @property
    def out_of_memory(self) -> bool:
        """Whether it was ended because its box ran out of memory."""
        return self._process.out_of_memory

    async def see_alive(self) -> bool:
        """Ask it whether it lives; one that does not answer counts as dead from then on."""
        for _ in range(2):
            if not self.alive or self._stopped:
                return False
            if await self._answers():
                return True
        self._hangs = True
        return False

    async def _answers(self) -> bool:
        call: UnaryCall = self.channel.unary_unary(_HEALTH)
        try:
            async with self._clock.within(ANSWER_SECONDS):
                await call(_HEALTH_REQUEST)
        except TimeoutError:
            return False
        except grpc.aio.AioRpcError as error:
            # A plugin without this service says so, and that is an answer, too.
            return error.code() is not grpc.StatusCode.UNAVAILABLE
        except grpc.aio.UsageError:  # stopped meanwhile
            return False
        return True

    async def ask(self, method: str, request: bytes) -> bytes:
        """Its answer to a request.

        What it thinks of a block depends on the block alone, and is cached: of a provider block,
        AWS takes 80 ms to say it, twice in each plan.

        Raises:
            grpc.aio.AioRpcError: it could not answer.
            grpc.aio.UsageError: it was stopped before.
            ProviderFailed: it was stopped meanwhile.
        """
        if method in _PURE and (cached := self._cached.get((method, request))) is not None:
            return cached
        call = self._calls.get(method)
        if call is None:
            call = self._calls[method] = self.channel.unary_unary(method)
        try:
            answer = bytes(await call(request))
        except asyncio.CancelledError:
            # Closing the channel cancels the call, which is not to cancel who made it.
            task = asyncio.current_task()
            if not self._stopped or (task is not None and task.cancelling()):
                raise
            raise ProviderFailed(f"{self.source} was stopped during {method}") from None
        if method in _PURE:
            while len(self._cached) >= ANSWERS_CACHED:
                del self._cached[next(iter(self._cached))]
            self._cached[method, request] = answer
        return answer

    async def configure(self, method: str, request: bytes) -> bytes:
        """Its answer to a Configure request; one that it is configured with is not repeated.

        Raises:
            grpc.aio.AioRpcError, grpc.aio.UsageError, ProviderFailed: see :meth:`ask`.
        """
        if request == self.settings:
            return b""
        self.settings = None
        answer = await self.ask(method, request)
        if not answer:  # a field in it would be a diagnostic
            self.settings = request
        return answer

    async def stop(self) -> None:
        """End it; stopping twice is fine."""
        self._stopped = True
        await self.channel.close()
        await self._process.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def _handshake(source: str, line: bytes) -> tuple[int, str]:
    """The plugin protocol and the socket of go-plugin's first line, ``1|5|unix|PATH|grpc|``."""
    match line.decode(errors="replace").strip().split("|"):
        case [_, protocol, "unix", address, "grpc", *_] if protocol in ("5", "6"):
            return int(protocol), address
    raise ProviderFailed(f"{source} did not say hello as a plugin does: {line[:200]!r}")


async def _schema(source: str, channel: grpc.aio.Channel, protocol: int) -> SchemaIndex:
    ask: UnaryCall = channel.unary_unary(SCHEMA_METHODS[protocol])
    try:
        return SchemaIndex.of(await ask(b""))
    except (grpc.aio.AioRpcError, BrokenMessage) as error:
        raise ProviderFailed(f"{source} did not give its schema: {error}") from error
