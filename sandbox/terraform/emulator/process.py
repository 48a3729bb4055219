"""The AWS emulator that data sources and credentials checks are answered by: moto, in a box.

It holds nothing that a plan could change, so runs share it; a deployment has one to itself. It
listens on a unix socket, which ``forward.py`` turns into a port inside other boxes.
:class:`LivingEmulator` looks after one: an emulator that hangs would let every plan run out of
time, so it is asked again and again, and replaced when it does not answer.
"""

import asyncio
import contextlib
import logging
import sys
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from sandbox import emulated
from sandbox.base import MIB, Bind, Restarted, Running, Sandbox, Service, uncounted
from sandbox.errors import EmulatorFailed, SandboxError
from sandbox.machine_time import MachineTime
from sandbox.python import python_binds

START_SECONDS = 60.0
ANSWER_SECONDS = 8.0
"""An emulator that does not answer within this time hangs; usual are 5 ms. Neither of the two
counts what a busy machine keeps from it."""
WATCH_SECONDS = 2.0
"""Between two questions whether it lives."""
MEMORY_BYTES = 2048 * MIB
PORT = 4566
"""The emulator's port on the loopback of each box that may reach it."""
ENDPOINT = f"http://127.0.0.1:{PORT}"

SOCKET = "aws.sock"

_PACKAGE = Path(emulated.__file__).parent
_MOTO = _PACKAGE / "moto_process.py"
_OURS = (_PACKAGE.with_name("__init__.py"), _PACKAGE)
"""What of ours its box sees: the package's mark, and the folder of what runs there."""

_POLL_SECONDS = 0.05
_LOG = logging.getLogger(__name__)


class Emulator:
    """One running emulator. Made by :meth:`start`, ended by :meth:`stop`."""

    def __init__(self, process: Running, folder: Path, clock: MachineTime) -> None:
        self._process = process
        self._clock = clock
        self.folder = folder
        """Where its socket lies."""

    @classmethod
    async def start(cls, sandbox: Sandbox, folder: Path, clock: MachineTime) -> "Emulator":
        """Start moto and wait until it answers; ``folder`` is its own, and stays across restarts.

        Raises:
            EmulatorFailed: it did not start.
        """
        folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 (a moment, once)
        socket = folder / SOCKET
        socket.unlink(missing_ok=True)
        try:
            process = await sandbox.start(
                Service(
                    "emulator",
                    (sys.executable, "-I", str(_MOTO), str(socket)),
                    folder,
                    env={
                        "AWS_DEFAULT_REGION": "us-east-1",
                        "AWS_ACCESS_KEY_ID": "emulated",
                        "AWS_SECRET_ACCESS_KEY": "emulated",
                    },
                    binds=(*python_binds(), *(Bind(path, str(path)) for path in _OURS)),
                    memory_bytes=MEMORY_BYTES,
                )
            )
        except SandboxError as error:
            raise EmulatorFailed(f"the AWS emulator cannot be started: {error}") from error
        emulator = cls(process, folder, clock)
        try:
            async with clock.within(START_SECONDS):
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
        return self._process.alive and await _answers(self.folder, self._clock)

    async def stop(self) -> None:
        """End it."""
        await self._process.stop()


class OutsideEmulator:
    """An emulator that somebody else runs and looks after; only its socket is known."""

    def __init__(self, socket: Path, clock: MachineTime) -> None:
        self.folder = socket.parent
        self._clock = clock

    async def healthy(self) -> bool:
        """Whether it answers."""
        return await _answers(self.folder, self._clock)

    async def stop(self) -> None:
        """It is not ours to end."""


class _AnyEmulator(Protocol):
    folder: Path

    async def healthy(self) -> bool: ...

    async def stop(self) -> None: ...


class LivingEmulator:
    """An emulator that is replaced when it dies or hangs. ``async with`` starts it.

    ``outside`` is the socket of one that somebody else replaces; ``restarted`` is told of each
    that is replaced here.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        folder: Path,
        clock: MachineTime,
        outside: Path | None = None,
        restarted: Restarted = uncounted,
    ) -> None:
        self.folder = outside.parent if outside is not None else folder
        """Where its socket lies, whichever lives."""
        self.losses = 0
        """Grows when it is lost, and when it is there again: a plan meanwhile says nothing."""
        self._outside = outside
        self._restarted = restarted
        self._sandbox = sandbox
        self._clock = clock
        self._current: _AnyEmulator | None = None
        self._replacing = asyncio.Lock()
        self._watch: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start it.

        Raises:
            EmulatorFailed: it did not start, or the one outside does not answer.
        """
        self._current = await self._start()
        self._watch = asyncio.create_task(self._keep_watch())
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait((self._watch,))
        if self._current is not None:
            await self._current.stop()

    async def see_alive(self) -> None:
        """Ask it, and replace it where it does not answer.

        Raises:
            EmulatorFailed: it could not be replaced.
        """
        asked = self._current
        if asked is not None and await asked.healthy():
            return
        async with self._replacing:
            if self._current is not asked:
                return  # somebody else has replaced it
            self.losses += 1
            self._restarted("emulator")
            self._current = None
            if asked is not None:
                await asked.stop()
            self._current = await self._start()
            self.losses += 1  # for the plans that began while there was none

    async def _start(self) -> _AnyEmulator:
        if self._outside is None:
            return await Emulator.start(self._sandbox, self.folder, self._clock)
        emulator = OutsideEmulator(self._outside, self._clock)
        with contextlib.suppress(TimeoutError):
            async with self._clock.within(START_SECONDS):
                while not await emulator.healthy():  # noqa: ASYNC110 (nobody tells)
                    await asyncio.sleep(_POLL_SECONDS)
                return emulator
        raise EmulatorFailed(f"no AWS emulator answers on {self._outside}")

    async def _keep_watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                await self.see_alive()
            except EmulatorFailed as error:
                _LOG.warning("%s; trying again", error)


async def _answers(folder: Path, clock: MachineTime) -> bool:
    """Whether the emulator whose socket lies there answers a question about itself."""
    with contextlib.suppress(OSError, ValueError, IndexError, TimeoutError):
        async with clock.within(ANSWER_SECONDS):
            reader, writer = await asyncio.open_unix_connection(str(folder / SOCKET))
            with contextlib.closing(writer):
                head = "GET /moto-api/ HTTP/1.1\r\nHost: localhost\r\nConnection: close"
                writer.write(f"{head}\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
                return int((await reader.readline()).split()[1]) == 200
    return False
