"""The probe: a process of ours beside the boxes, which tells how much of a core there is for one.

It is a service in the sandbox, so that it lies where the boxes lie, whatever limits that place has.
It starts when something is slow for the first time, works only when it is asked, and its answer
serves all who ask within a moment: a machine that keeps its pace never pays for it.
"""

import asyncio
import contextlib
import logging
import time
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox import probe_process
from sandbox.base import MIB, Bind, Running, Sandbox, Service
from sandbox.errors import SandboxError
from sandbox.folder import held_folder
from sandbox.python import BARE, python_binds

WORK_SECONDS = 0.02
"""Of CPU time, for one answer: longer than the slice that a scheduler gives to who has slept."""

ANSWER_SECONDS = 10.0
"""Longer is not waited for an answer: the pace is then below 0.002, which is nothing."""

START_SECONDS = 60.0
"""From its start to its first word, which takes 30 ms of a core; longer is no pace, either."""

REST_SECONDS = 0.5
"""How long an answer holds, at the least: the probe takes at most a 25th of a core."""

REST_SHARE = 10.0
"""And how many times as long as it took: of little, it takes at most a tenth."""

TRY_AGAIN_SECONDS = 30.0
"""After it could not be started, for so long the machine is taken to keep its pace."""

_SCRIPT = Path(probe_process.__file__)
_LOG = logging.getLogger(__name__)


async def own_pace() -> float:
    """The share of a core that this process gets now: for who has no boxes to be beside."""
    began = time.monotonic()
    await asyncio.to_thread(_work)
    return min(1.0, WORK_SECONDS / (time.monotonic() - began))


def _work() -> None:
    until = time.thread_time() + WORK_SECONDS
    while time.thread_time() < until:
        pass


class Probe:
    """Used in ``async with``, which ends its process."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._stack = AsyncExitStack()
        self._process: Running | None = None
        self._socket = Path()
        self._asking: asyncio.Task[float] | None = None
        self._last = 1.0
        self._holds_until = 0.0

    async def __aenter__(self) -> Self:
        """Start nothing yet."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it, if it was started."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait((self._asking,))
        await self._stack.aclose()

    async def pace(self) -> float:
        """The share of a core that a program beside the boxes gets now, above 0 and at most 1.

        1 where the probe cannot be started: then limits are what they are in wall time.
        """
        if self._asking is None:
            if time.monotonic() < self._holds_until:
                return self._last
            self._asking = asyncio.create_task(self._measured())
            self._asking.add_done_callback(self._settled)
        return await asyncio.shield(self._asking)

    def _settled(self, task: "asyncio.Task[float]") -> None:
        self._asking = None

    async def _measured(self) -> float:
        try:
            self._last, took = await self._answer()
            rest = max(REST_SECONDS, REST_SHARE * took)
        except (SandboxError, OSError) as error:
            _LOG.warning("nobody tells whether this machine keeps its pace: %s", error)
            self._last, rest = 1.0, TRY_AGAIN_SECONDS
        self._holds_until = time.monotonic() + rest
        return self._last

    async def _answer(self) -> tuple[float, float]:
        """The pace, and how long it took to find out.

        Raises:
            SandboxError, OSError: the probe cannot be started, or has died.
        """
        began = time.monotonic()
        if not await self._started():
            return WORK_SECONDS / START_SECONDS, START_SECONDS
        began = time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                reader, writer = await asyncio.open_unix_connection(str(self._socket))
                with contextlib.closing(writer):
                    await reader.read()
        took = time.monotonic() - began
        return min(1.0, WORK_SECONDS / took), took

    async def _started(self) -> bool:
        """Whether it runs by now; False where it takes too long to start.

        Raises:
            SandboxError: it could not be started.
        """
        if self._process is not None and self._process.alive:
            return True
        await self._stack.aclose()
        self._process = None
        folder = self._stack.enter_context(held_folder("probe")) / "box"
        folder.mkdir()  # its own: it gets the box's identity
        self._socket = folder / "probe.sock"
        process = await self._sandbox.start(
            Service(
                "probe",
                (*BARE, str(_SCRIPT), str(self._socket), str(WORK_SECONDS)),
                folder,
                binds=(*python_binds(packages=False), Bind(_SCRIPT, str(_SCRIPT))),
                memory_bytes=64 * MIB,
                processes=8,
            )
        )
        self._stack.push_async_callback(process.stop)
        if await process.first_line(START_SECONDS):
            self._process = process
            return True
        if not process.alive:
            raise SandboxError(f"the probe ended: {process.said}")
        await self._stack.aclose()
        return False
