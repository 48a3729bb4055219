"""Limits in time that leave out what the machine withholds; what counts is in ``starvation``."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

from sandbox.starvation import LONGEST, Sample, counted

Pace: TypeAlias = Callable[[], Awaitable[float]]
"""Tells the share of a core that a program gets now: :meth:`sandbox.probe.Probe.pace`."""

FIRST_LOOK = 0.25
"""The share of a limit after which the pace is asked for. What is done by then, as nearly all is,
costs nothing."""

LOOK_SECONDS = 0.5
"""Between two looks."""

_LEAST_SECONDS = 0.01


class Pacing:
    """The mean pace while something ran; see :meth:`MachineTime.beside`."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._wall = 0.0
        self._given = 0.0

    def saw(self, seconds: float, pace: float) -> None:
        """Seconds with this pace."""
        self._wall += seconds
        self._given += seconds * pace

    async def mean(self) -> float:
        """The mean; where it was never looked at, the pace of now."""
        return self._given / self._wall if self._wall else await self._pace()


class MachineTime:
    """Measures by what ``pace`` tells."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    @asynccontextmanager
    async def within(self, seconds: float) -> AsyncIterator[None]:
        """Like ``asyncio.timeout``, but what the machine withholds of the time does not count.

        However little it gives, the end comes after ``LONGEST`` times as long.

        Raises:
            TimeoutError: the time is over.
        """
        async with asyncio.timeout(None) as limit:
            loop = asyncio.get_running_loop()
            longest = loop.time() + LONGEST * seconds
            left = seconds

            def saw(wall: float, pace: float) -> float:
                nonlocal left
                over = left <= 0  # told already; the block is about to end
                left -= counted(Sample(wall, pace))
                if loop.time() >= longest:
                    left = 0.0
                if left <= 0 and not over:
                    limit.reschedule(loop.time())
                return left if left > 0 else LOOK_SECONDS

            async with self._looking(seconds, saw):
                yield

    @asynccontextmanager
    async def beside(self, seconds: float) -> AsyncIterator[Pacing]:
        """Look at the pace beside something that may take ``seconds``."""
        pacing = Pacing(self._pace)

        def saw(wall: float, pace: float) -> float:
            pacing.saw(wall, pace)
            return LOOK_SECONDS

        async with self._looking(seconds, saw):
            yield pacing

    @asynccontextmanager
    async def _looking(
        self, seconds: float, saw: Callable[[float, float], float]
    ) -> AsyncIterator[None]:
        """Tell ``saw`` how long it has been since the last time, and with which pace, until the
        block ends; it says after how long it wants to be told again, at the latest."""
        loop = asyncio.get_running_loop()
        since = loop.time()
        tasks: list[asyncio.Task[None]] = []

        async def look() -> None:
            nonlocal since
            while True:
                pace = await self._pace()
                now = loop.time()
                wanted = saw(now - since, pace)
                since = now
                await asyncio.sleep(min(LOOK_SECONDS, max(_LEAST_SECONDS, wanted)))

        first = loop.call_later(
            FIRST_LOOK * seconds, lambda: tasks.append(loop.create_task(look()))
        )
        try:
            yield
        finally:
            first.cancel()
            for task in tasks:
                task.cancel()
