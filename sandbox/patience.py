"""A second chance, alone, for a command that ran out of wall time.

On a busy machine the neighbours may have used the time. A command that runs out of it is run once
more while nothing else runs; out of time again, it is the program's own doing.
"""

from types import TracebackType
from typing import Self

from sandbox.base import Command, Ended, Result, Running, Sandbox, Service
from sandbox.turns import Turns


class SecondChance:
    """A sandbox around another one that repeats a command that ended with WALL_TIME."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.name = sandbox.name
        self._sandbox = sandbox
        self._turns = Turns()

    async def __aenter__(self) -> Self:
        """Make the inner sandbox ready."""
        await self._sandbox.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the inner sandbox."""
        await self._sandbox.__aexit__(exc_type, exc, traceback)

    async def run(self, command: Command) -> Result:
        """See :meth:`sandbox.base.Sandbox.run`."""
        async with self._turns.beside_others():
            result = await self._sandbox.run(command)
        if result.ended is not Ended.WALL_TIME:
            return result
        async with self._turns.alone():
            return await self._sandbox.run(command)

    async def start(self, service: Service) -> Running:
        """See :meth:`sandbox.base.Sandbox.start`; a service has no limit of time."""
        return await self._sandbox.start(service)
