"""The AWS emulator that data sources and credentials checks are answered by: moto, in a box.

It holds nothing that a plan could change, so runs share it; :meth:`Emulator.reset` is for whoever
applies. It listens on a unix socket, which ``forward.py`` turns into a port inside other boxes.
"""

import asyncio
import contextlib
import sys
from pathlib import Path

from sandbox.base import MIB, Bind, Running, Sandbox, Service
from sandbox.errors import EmulatorFailed, SandboxError
from sandbox.terraform import scripts

START_SECONDS = 60.0
ANSWER_SECONDS = 10.0
MEMORY_BYTES = 2048 * MIB
PORT = 4566
"""The emulator's port on the loopback of each box that may reach it."""
ENDPOINT = f"http://127.0.0.1:{PORT}"

_POLL_SECONDS = 0.1


class Emulator:
    """One running emulator. Made by :meth:`start`, ended by :meth:`stop`."""

    def __init__(self, process: Running, folder: Path) -> None:
        self._process = process
        self.folder = folder
        """Where its socket lies."""
        self.socket = folder / "aws.sock"

    @classmethod
    async def start(cls, sandbox: Sandbox, folder: Path) -> "Emulator":
        """Start moto and wait until it answers; ``folder`` is its own, and stays across restarts.

        Raises:
            EmulatorFailed: it did not start.
        """
        folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 (a moment, once)
        launcher = scripts.script("moto_process")
        socket = folder / "aws.sock"
        socket.unlink(missing_ok=True)
        try:
            process = await sandbox.start(
                Service(
                    "emulator",
                    (sys.executable, "-I", str(launcher), str(socket)),
                    folder,
                    env={
                        "AWS_DEFAULT_REGION": "us-east-1",
                        "AWS_ACCESS_KEY_ID": "emulated",
                        "AWS_SECRET_ACCESS_KEY": "emulated",
                    },
                    binds=(*scripts.python_binds(), Bind(launcher, str(launcher))),
                    memory_bytes=MEMORY_BYTES,
                )
            )
        except SandboxError as error:
            raise EmulatorFailed(f"the AWS emulator cannot be started: {error}") from error
        emulator = cls(process, folder)
        try:
            async with asyncio.timeout(START_SECONDS):
                while not await emulator.healthy():
                    if not process.alive:
                        raise EmulatorFailed(f"the AWS emulator ended at start: {process.said}")
                    await asyncio.sleep(_POLL_SECONDS)
        except BaseException as error:
            await emulator.stop()
            if isinstance(error, TimeoutError):
                raise EmulatorFailed(
                    f"the AWS emulator did not answer within {START_SECONDS:g} s"
                ) from error
            raise
        socket.chmod(0o777)
        return emulator

    async def healthy(self) -> bool:
        """Whether it runs and answers."""
        return self._process.alive and await self._ask("GET", "/moto-api/") == 200

    async def reset(self) -> None:
        """Forget every resource.

        Raises:
            EmulatorFailed: it does not answer.
        """
        status = await self._ask("POST", "/moto-api/reset")
        if status != 200:
            raise EmulatorFailed(f"the AWS emulator could not be reset (HTTP {status})")

    async def stop(self) -> None:
        """End it."""
        await self._process.stop()

    async def _ask(self, method: str, path: str) -> int:
        """The HTTP status of a request, 0 where there is no answer."""
        with contextlib.suppress(OSError, ValueError, IndexError, TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                reader, writer = await asyncio.open_unix_connection(str(self.socket))
                with contextlib.closing(writer):
                    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close"
                    writer.write(f"{head}\r\nContent-Length: 0\r\n\r\n".encode())
                    await writer.drain()
                    return int((await reader.readline()).split()[1])
        return 0
