"""A service of ours that listens at a socket: started by whoever needs it first, and anew where it
died. Its first line says that it listens."""

import asyncio
import itertools
import math
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.base import Running, Sandbox, Service
from sandbox.errors import ToolCrashed
from sandbox.folder import held_folder
from sandbox.machine_time import MachineTime
from sandbox.probe import Probe

START_SECONDS = 60.0
"""From its start to its first line, without what a busy machine keeps from it; usual is half a
second."""


@dataclass(frozen=True, slots=True)
class Listener:
    """One that was started. ``socket``: where it listens."""

    process: Running
    socket: Path


class Listening:
    """At most one such service at a time. Made ready by ``async with``; used concurrently."""

    def __init__(
        self,
        sandbox: Sandbox,
        describe: Callable[[Path, Path], Service],
        *,
        name: str,
        does: str,
        restarted: Callable[[], None],
    ) -> None:
        """``describe`` gives the service for a folder of its own and the socket in there; ``name``
        is the folder's, ``does`` what is said of the process where it fails. ``restarted`` is told
        where one died, or is ended because it hangs."""
        self._sandbox = sandbox
        self._describe = describe
        self._name = name
        self._does = does
        self._restarted = restarted
        self._probe = Probe(sandbox)
        self.clock = MachineTime(self._probe.pace)
        self._starting = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._folder: Path | None = None
        self._numbers = itertools.count()
        self.current: Listener | None = None

    async def __aenter__(self) -> Self:
        """Start nothing yet."""
        await self._stack.enter_async_context(self._probe)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it if it was started."""
        async with self._stack, self._starting:
            await self._end_now()

    async def started(self) -> Listener:
        """The one that lives, started where there is none.

        Raises:
            SandboxError: it could not be started.
            ToolCrashed: it ended at its start, or said nothing.
        """
        async with self._starting:
            if self.current is not None:
                if self.current.process.alive:
                    return self.current
                self._restarted()
            await self._end_now()
            if self._folder is None:
                self._folder = self._stack.enter_context(held_folder(self._name))
            # One folder each: its owner is the box's identity, and two may differ.
            place = self._folder / str(next(self._numbers))
            place.mkdir()
            socket = place / "jobs.sock"
            process = await self._sandbox.start(self._describe(place, socket))
            self.current = Listener(process, socket)
            try:
                async with self.clock.within(START_SECONDS):
                    line = await process.first_line(math.inf)
                if not line:
                    raise ToolCrashed(f"the process that {self._does} ended: {process.said}")
            except TimeoutError as error:
                await self._end_now()
                raise ToolCrashed(f"the process that {self._does} did not start") from error
            except BaseException:
                await self._end_now()
                raise
            return self.current

    async def replace(self, listener: Listener) -> None:
        """End one that does not do what it should, if that is not done already."""
        async with self._starting:
            if listener is self.current:
                self._restarted()
                await self._end_now()

    async def _end_now(self) -> None:
        current, self.current = self.current, None
        if current is not None:
            await current.process.stop()
