"""When the next request to a judge may go out: a pure state machine, and who waits for its word.

:class:`RateLimit` does no I/O and knows no clock: it is told the time. :class:`RateLimiter` waits,
in the order in which callers came.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_WINDOW_SECONDS = 60.0
"""Services count requests per minute."""


class RateLimit:
    """At most so many requests in any minute, so many in flight, none while told to wait."""

    def __init__(self, requests_per_minute: int, in_flight: int) -> None:
        self._per_minute = requests_per_minute
        self._limit = in_flight
        self._begun: deque[float] = deque()
        self._in_flight = 0
        self._not_before = -math.inf

    def wait(self, now: float) -> float:
        """Seconds until a request may begin, 0 for now; infinite until one of those under way ends.

        What was begun is forgotten a minute later.
        """
        while self._begun and now - self._begun[0] >= _WINDOW_SECONDS:
            self._begun.popleft()
        if self._in_flight >= self._limit:
            return math.inf
        due = self._not_before
        if len(self._begun) >= self._per_minute:
            due = max(due, self._begun[-self._per_minute] + _WINDOW_SECONDS)
        return max(0.0, due - now)

    def began(self, now: float) -> None:
        """A request went out."""
        self._begun.append(now)
        self._in_flight += 1

    def ended(self) -> None:
        """A request was answered, or given up."""
        self._in_flight -= 1

    def hold(self, now: float, seconds: float) -> None:
        """Nothing goes out for so long: the service asked for it."""
        self._not_before = max(self._not_before, now + seconds)


class RateLimiter:
    """Lets callers through at a pace, first come first served. For one event loop."""

    def __init__(self, pace: RateLimit) -> None:
        self._pace = pace
        self._turn = asyncio.Lock()  # it is fair: waiters get it in order
        self._ended = asyncio.Event()

    @asynccontextmanager
    async def passed(self) -> AsyncIterator[None]:
        """Hold a place in flight; waits until there is one."""
        async with self._turn:
            while seconds := self._pace.wait(time.monotonic()):
                self._ended.clear()
                try:
                    # Also woken early: the place that ended may be the one that was missing.
                    async with asyncio.timeout(None if math.isinf(seconds) else seconds):
                        await self._ended.wait()
                except TimeoutError:
                    continue
            self._pace.began(time.monotonic())
        try:
            yield
        finally:
            self._pace.ended()
            self._ended.set()

    def hold(self, seconds: float) -> None:
        """Let nobody through for so long."""
        self._pace.hold(time.monotonic(), seconds)
