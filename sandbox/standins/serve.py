"""The program that a stand-in is: a server of the plugin protocol on a unix socket. Run in a box.

``serve`` is started as a plugin is (it says go-plugin's hello,
https://github.com/hashicorp/go-plugin/blob/main/docs/internals.md) and runs until it is ended.
``beside`` runs another program, Terraform, beside servers of several providers, and exits as it
does: so they find the configuration's files, and nobody else's.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import grpc

from sandbox.standins import FAULT, PROTOCOL
from sandbox.standins.kinds import provider_kind
from sandbox.standins.plugin import PluginAnswers

_STREAMS = {"/plugin.GRPCStdio/StreamStdio", "/plugin.GRPCBroker/StartStream"}

SAID = 500
"""Letters of an error that are told."""

_UNLIMITED = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1))

Context: TypeAlias = "grpc.aio.ServicerContext[bytes, bytes]"


class _Handler(grpc.GenericRpcHandler):
    """Finds what answers a method. ``faults``: what went wrong with an answer, so far."""

    def __init__(self, methods: Mapping[str, Callable[[bytes], bytes]]) -> None:
        self._methods = methods
        self.faults: list[str] = []

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        method = handler_call_details.method
        if method in _STREAMS:
            return grpc.stream_stream_rpc_method_handler(_hold)
        answer = self._methods.get(method)
        if answer is None:
            return None
        return grpc.unary_unary_rpc_method_handler(self._answering(answer))

    def _answering(
        self, answer: Callable[[bytes], bytes]
    ) -> Callable[[bytes, Context], Awaitable[bytes]]:
        async def respond(request: bytes, context: Context) -> bytes:
            try:
                return answer(request)
            except Exception as error:  # noqa: BLE001 (ours, and never the configuration's)
                words = f"a stand-in failed: {type(error).__name__}: {error}"[:SAID]
                self.faults.append(words)
                # To whom it is attached, that it went away is no word about what it was asked.
                await context.abort(grpc.StatusCode.UNAVAILABLE, words)

        return respond


async def _hold(requests: AsyncIterator[bytes], context: Context) -> AsyncIterator[bytes]:
    """The streams of a plugin's own output and of further connections: silent."""
    await asyncio.Event().wait()
    yield b""


@asynccontextmanager
async def _served(name: str, socket: Path) -> AsyncIterator[_Handler]:
    server = grpc.aio.server(options=_UNLIMITED)
    handler = _Handler(PluginAnswers(provider_kind(name)).methods)
    server.add_generic_rpc_handlers((handler,))
    server.add_insecure_port(f"unix:{socket}")
    await server.start()
    try:
        yield handler
    finally:
        await server.stop(grace=None)


async def serve(name: str) -> None:
    """Answer as this provider until the process is ended."""
    folder = os.environ.get("PLUGIN_UNIX_SOCKET_DIR") or tempfile.mkdtemp()
    socket = Path(folder, f"{name}.sock")
    async with _served(name, socket):
        print(f"1|{PROTOCOL}|unix|{socket}|grpc|", flush=True)
        await asyncio.Event().wait()


async def beside(names: list[str], folder: str, root: str, program: list[str]) -> int:
    """The exit status of a program that finds a provider on ``folder``'s ``NAME.sock`` each;
    FAULT where one of them failed. Paths are read from ``root`` on, as plugins do that Terraform
    starts there."""
    here = Path.cwd()
    os.chdir(root)
    async with AsyncExitStack() as stack:
        handlers = [
            await stack.enter_async_context(_served(name, Path(folder, f"{name}.sock")))
            for name in names
        ]
        process = await asyncio.create_subprocess_exec(*program, cwd=here)
        code = await process.wait()
    if faults := [words for handler in handlers for words in handler.faults]:
        print(faults[0], file=sys.stderr)
        return FAULT
    return code if code >= 0 else 128 - code


def main(words: list[str]) -> None:
    """``serve NAME`` or ``beside NAME,NAME FOLDER ROOT PROGRAM …``."""
    match words:
        case ["serve", name]:
            asyncio.run(serve(name))
        case ["beside", names, folder, root, *program] if program:
            Path(folder).mkdir(mode=0o700, exist_ok=True)
            sys.exit(asyncio.run(beside(names.split(","), folder, root, program)))
        case _:
            sys.exit(main.__doc__)
