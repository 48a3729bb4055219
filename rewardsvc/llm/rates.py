"""When the next request to a model may go out: a pure state machine, and who waits for its word.

:class:`RateLimit` does no I/O and knows no clock: it is told the time and how requests end.
:class:`RateLimiter` waits, in the order in which callers came. When to ask *again* is another
question: :mod:`rewardsvc.retry`.

Not aiolimiter: its bucket lets up to twice its rate through in a window (aiolimiter#298), takes a
cost that is known beforehand (tokens are known afterwards), cannot be held for as long as a service
asks, and knows nothing of what is under way.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from rewardsvc.concurrency import Concurrency

_WINDOW_SECONDS = 60.0
"""Services count requests and tokens per minute."""


@dataclass(slots=True, eq=False)
class Begun:
    """A request that went out: when, the most tokens it may take, and those it is taken to take.

    ``counted``: it is not a minute old.
    """

    at: float
    most: int
    tokens: float
    counted: bool = True


class RateLimit:
    """At most so many requests and tokens in any minute, so many in flight, none while told to
    wait. None for a number per minute is no limit.

    How many are in flight halves when the service turns requests away, and grows back as it
    answers.

    Tokens are known when an answer is there. Until then a request is taken to need the share of
    its most that those before it needed; all of it where none was answered yet.
    """

    def __init__(
        self,
        requests_per_minute: int | None,
        in_flight: int,
        tokens_per_minute: int | None = None,
    ) -> None:
        self._requests_per_minute = requests_per_minute
        self._tokens_per_minute = tokens_per_minute
        self._concurrency = Concurrency(in_flight, in_flight)
        self._begun: deque[Begun] = deque()
        self._tokens = 0.0
        self._answered_most = self._answered_tokens = 0
        self._in_flight = 0
        self._not_before = -math.inf

    @property
    def size(self) -> int:
        """How many may be in flight as it is now."""
        return self._concurrency.size

    def wait(self, now: float, most: int = 0) -> float:
        """Seconds until a request of at most so many tokens may begin, 0 for now; infinite until
        one of those under way ends.

        What was begun is forgotten a minute later.
        """
        while self._begun and now - self._begun[0].at >= _WINDOW_SECONDS:
            old = self._begun.popleft()
            old.counted = False
            self._tokens -= old.tokens
        if self._in_flight >= self._concurrency.size:
            return math.inf
        due = max(self._not_before, self._requests_due(), self._tokens_due(self._expected(most)))
        return max(0.0, due - now)

    def began(self, now: float, most: int = 0) -> Begun:
        """A request went out."""
        begun = Begun(now, most, self._expected(most))
        self._begun.append(begun)
        self._tokens += begun.tokens
        self._in_flight += 1
        return begun

    def answered(self, begun: Begun, tokens: int) -> None:
        """The answer is there, and took so many tokens; 0 where nobody counted them."""
        self._concurrency.widen(1.0 / self._concurrency.size)
        if not tokens:
            return
        self._answered_most += begun.most
        self._answered_tokens += tokens
        if begun.counted:
            self._tokens += tokens - begun.tokens
        begun.tokens = tokens

    def refused(self, begun: Begun, now: float) -> None:
        """The service turned it away: it has too many."""
        self._concurrency.narrow(begun.at, now)

    def ended(self) -> None:
        """A request was answered, or turned away, or given up."""
        self._in_flight -= 1

    def hold(self, now: float, seconds: float) -> None:
        """Nothing goes out for so long: the service asked for it."""
        self._not_before = max(self._not_before, now + seconds)

    def _expected(self, most: int) -> float:
        if not self._answered_most:
            return float(most)
        return most * self._answered_tokens / self._answered_most

    def _requests_due(self) -> float:
        limit = self._requests_per_minute
        if limit is None or len(self._begun) < limit:
            return -math.inf
        return self._begun[-limit].at + _WINDOW_SECONDS

    def _tokens_due(self, expected: float) -> float:
        """When enough is forgotten; what is more than all of a minute's waits until all is."""
        if self._tokens_per_minute is None:
            return -math.inf
        over = self._tokens + expected - self._tokens_per_minute
        due = -math.inf
        for begun in self._begun:
            if over <= 0:
                break
            over -= begun.tokens
            due = begun.at + _WINDOW_SECONDS
        return due


class RateLimiter:
    """Lets callers through as a :class:`RateLimit` says, first come first served. For one event
    loop."""

    def __init__(self, limit: RateLimit) -> None:
        self._limit = limit
        self._turn = asyncio.Lock()  # it is fair: waiters get it in order
        self._ended = asyncio.Event()

    @asynccontextmanager
    async def passed(self, most: int = 0) -> AsyncIterator[Begun]:
        """Hold a place in flight for a request of at most so many tokens; waits until there is
        one."""
        async with self._turn:
            while seconds := self._limit.wait(time.monotonic(), most):
                self._ended.clear()
                try:
                    # Also woken early: the place that ended may be the one that was missing.
                    async with asyncio.timeout(None if math.isinf(seconds) else seconds):
                        await self._ended.wait()
                except TimeoutError:
                    continue
            begun = self._limit.began(time.monotonic(), most)
        try:
            yield begun
        finally:
            self._limit.ended()
            self._ended.set()

    def answered(self, begun: Begun, tokens: int) -> None:
        """See :meth:`RateLimit.answered`."""
        self._limit.answered(begun, tokens)

    def refused(self, begun: Begun) -> None:
        """See :meth:`RateLimit.refused`."""
        self._limit.refused(begun, time.monotonic())

    def hold(self, seconds: float) -> None:
        """Let nobody through for so long."""
        self._limit.hold(time.monotonic(), seconds)
