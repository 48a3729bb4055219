"""A retry, alone, of a command that ran out of wall time.

On a busy machine the neighbours may have used the time. A command that runs out of it is run once
more while nothing else of ours runs; and again, for longer each time, where a probe beside it got
little of a core. Out of time that the machine gave it, it is the program's own doing.
"""

from contextlib import AsyncExitStack
from dataclasses import replace
from types import TracebackType
from typing import Self

from sandbox.base import Command, Ended, Result, Running, Sandbox, Service
from sandbox.errors import SetUpLate, TimedOutByUs
from sandbox.lock import ReadersWriterLock
from sandbox.machine_time import MachineTime, Pace
from sandbox.probe import Probe
from sandbox.starvation import Sample, counted, next_limit


class RetryingSandbox:
    """A sandbox around another one that repeats a command that ended with WALL_TIME.

    ``pace`` tells how much of a core there is; a probe in the sandbox where None.
    """

    def __init__(self, sandbox: Sandbox, pace: Pace | None = None) -> None:
        self.name = sandbox.name
        self._sandbox = sandbox
        self._probe = Probe(sandbox)
        self._time = MachineTime(pace or self._probe.pace)
        self._lock = ReadersWriterLock()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Make the inner sandbox ready."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._sandbox)
            await stack.enter_async_context(self._probe)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the inner sandbox."""
        await self._stack.__aexit__(exc_type, exc, traceback)

    async def run(self, command: Command) -> Result:
        """See :meth:`sandbox.base.Sandbox.run`.

        Raises:
            TimedOutByUs: it ran out of wall time alone, too, and the machine had none for it.
            SandboxError: the isolation failed.
        """
        seconds = command.limits.wall_seconds
        async with self._lock.shared():
            outcome, late = await self._watched(command)
        if late is not None:
            limit: float | None = next_limit(seconds, late) or seconds
            async with self._lock.exclusive():
                while late is not None and limit is not None:
                    limits = replace(command.limits, wall_seconds=limit)
                    outcome, late = await self._watched(replace(command, limits=limits))
                    limit = None if late is None else next_limit(seconds, late)
        if late is not None and counted(late) < seconds:
            raise TimedOutByUs(
                f"{command.steps[0].name} did not end within {late.wall_seconds:.0f} s, and this "
                f"machine had {late.pace:.3f} of a core for it"
            )
        if isinstance(outcome, SetUpLate):
            raise outcome
        return outcome

    async def start(self, service: Service) -> Running:
        """See :meth:`sandbox.base.Sandbox.start`; a service has no limit of time."""
        return await self._sandbox.start(service)

    async def _watched(self, command: Command) -> tuple[Result | SetUpLate, Sample | None]:
        """What came of it; where that is the end of its wall time, also what it was given of it."""
        seconds = command.limits.wall_seconds
        outcome: Result | SetUpLate
        cpu = None
        async with self._time.beside(seconds) as pacing:
            try:
                outcome = await self._sandbox.run(command)
            except SetUpLate as error:
                outcome = error
            else:
                if outcome.ended is not Ended.WALL_TIME:
                    return outcome, None
                if not command.served:
                    cpu = outcome.usage.cpu_seconds
            return outcome, Sample(seconds, await pacing.mean(), cpu)
