"""A service in a container: its program is put into a container that ends when we do."""

import asyncio
from collections.abc import Callable

from sandbox.docker.gauge import EngineGauge, GroupGauge
from sandbox.docker.stream import STDERR, STDOUT, AttachedStream
from sandbox.docker.worker import Worker
from sandbox.service_output import ServiceOutput
from sandbox.shielded import shielded

_SAMPLE_SECONDS = 5.0
"""How often an engine whose control groups we cannot see is asked for a service's memory."""


class ContainedService:
    """A running service: a :class:`sandbox.base.Running`."""

    def __init__(self, box: Worker, stream: AttachedStream, told: Callable[[], bool]) -> None:
        self._box = box
        self._told = told
        self._starved = False
        self._stream = stream
        self._output = ServiceOutput()
        self._memory: int | None = None
        self._reading = asyncio.create_task(self._read())
        self._sampling = asyncio.create_task(self._sample())
        self._stopped = False

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return not self._stopped and not self._reading.done()

    @property
    def memory_bytes(self) -> int | None:
        """The resident sets of all its processes; where we cannot see them, the engine's figure."""
        if not self.alive:
            return 0
        if isinstance(self._box.gauge, GroupGauge):
            return self._box.gauge.resident()
        return self._memory

    @property
    def out_of_memory(self) -> bool:
        """Whether the kernel ended a process of it for memory, as we saw or the engine told."""
        if isinstance(self._box.gauge, GroupGauge):
            self._starved = self._starved or self._box.gauge.oom_kills > 0
        return self._starved or self._told()

    @property
    def said(self) -> str:
        """The end of what it wrote to standard error."""
        return self._output.said

    async def first_line(self, seconds: float) -> bytes:
        """The first line that it prints, b"" where it ended or took longer."""
        return await self._output.first_line(seconds)

    async def stop(self) -> None:
        """End it and everything it started, also when cancelled; stopping twice is fine.

        Raises:
            SandboxError: the engine cannot end it.
        """
        self._stopped = True
        await shielded(self._end())

    async def _end(self) -> None:
        self._stream.close()
        self._starved = self.out_of_memory
        await self._box.end()
        self._sampling.cancel()
        self._reading.cancel()
        await asyncio.wait((self._sampling, self._reading))
        self._output.ended()

    async def _read(self) -> None:
        """Read until it ends, and with it its container."""
        while parts := await self._stream.read():
            for kind, data in parts:
                if kind == STDERR:
                    self._output.complained(data)
                elif kind == STDOUT:
                    self._output.printed(data)
        self._output.ended()
        self._starved = self.out_of_memory  # while there is a group to ask
        await self._box.end()

    async def _sample(self) -> None:
        while isinstance(self._box.gauge, EngineGauge):
            self._memory = await self._box.gauge.memory_now()
            await asyncio.sleep(_SAMPLE_SECONDS)
