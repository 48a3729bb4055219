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

from rewardsvc.llm.allowance import Allowance, MirroredBucket
from rewardsvc.llm.learnt_rate import COARSE_SECONDS, LearntRate, RateRefusal

_WINDOW_SECONDS = 60.0
"""Services count requests and tokens per minute."""

_LATELY_SECONDS = 10.0
"""So long is looked back to see at what rate requests go out."""

_AT_ONCE_SECONDS = 1.0
"""What goes out within less says nothing of a rate."""

_AT_FIRST = 600.0
"""Requests per minute that a service is taken to have been given before it turned one away, at
least: it may do so with the very first."""

_LATE_SECONDS, _LATE_SHARE = 0.1, 0.02
"""A request that goes out so much later than it might have delays none of those behind it: loops
and machines are never quite in time. Of a longer way to the next it is such a share: a service that
grants one a second may bear none sooner."""

_LATE_BELOW_SECONDS = 0.5

_LONGEST_PAUSE_SECONDS = 5.0
"""Between two looks whether a service that turns requests away, and does not say until when, takes
them again."""

_ASKED_AGAIN_SECONDS = 3 * _WINDOW_SECONDS
"""Who is turned away asks again within this, whatever pauses are asked for and learnt; else nobody
asked."""

_FEW = 6
"""So few requests after a refusal the next one is about the same."""


@dataclass(slots=True, eq=False)
class Begun:
    """A request that went out: when, the most tokens it may take, and those it is taken to take.

    ``probe``: the first after a pause that a refusal made. ``counted``: it is not a minute old.
    ``refused``: it was turned away.
    """

    at: float
    most: int
    tokens: float
    probe: bool = False
    counted: bool = True
    refused: bool = False


class RateLimit:
    """At most so many requests and tokens in any minute, so many in flight, none while told to
    wait. None for a number per minute is no limit.

    Where the service turns requests away, the rate that it bears is learnt
    (:class:`~rewardsvc.llm.learnt_rate.LearntRate`), and requests go out evenly at that. A refusal
    holds all others for the time of one request, for twice as long where the next one is turned
    away, too, and so on. A service that takes only so many at once is a case of it: so many a
    minute are what it takes at the speed of its answers.

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
        self._most_in_flight = in_flight
        self._learnt = LearntRate()
        self._first_at = math.inf
        self._due = self._refused_at = -math.inf
        self._pause_seconds = 0.0
        self._probing = False
        self._since_refusal = 0
        self._turned_away = 0
        self._begun: deque[Begun] = deque()
        self._tokens = 0.0
        self._answered_most = self._answered_tokens = 0
        self._in_flight = 0
        self._not_before = -math.inf
        self._requests_told, self._tokens_told = MirroredBucket(), MirroredBucket()
        self._refused_since = math.inf
        self._refused_last = -math.inf

    @property
    def granted(self) -> int:
        """Requests of the last minute that were not turned away, as far as is known."""
        return len(self._begun) - self._turned_away

    def learnt(self, now: float) -> float:
        """The requests per minute that the service was found to bear; infinite where it turned
        none away."""
        return self._learnt.at(now)

    def refused_seconds(self, now: float) -> float:
        """For how long the service has turned every request away; 0 where it answered the last
        that is known of. A time in which nobody asked is none of that."""
        return max(0.0, now - self._refused_since)

    def told(self, begun: Begun, allowance: Allowance) -> None:
        """The answer to a request, or its refusal, said what is left of the service's limits:
        others wait for what is not, instead of being refused."""
        if allowance.requests is not None:
            self._requests_told.told(allowance.requests, begun.at)
        if allowance.tokens is not None:
            self._tokens_told.told(allowance.tokens, begun.at)

    def wait(self, now: float, most: int = 0) -> float:
        """Seconds until a request of at most so many tokens may begin, 0 for now; infinite until
        one of those under way ends.

        What was begun is forgotten a minute later.
        """
        while self._begun and now - self._begun[0].at >= _WINDOW_SECONDS:
            old = self._begun.popleft()
            old.counted = False
            self._turned_away -= old.refused
            self._tokens -= old.tokens
        if self._in_flight >= self._most_in_flight:
            return math.inf
        held = max(self._not_before, self._due)
        expected = self._expected(most)
        due = max(held, self._requests_due(), self._tokens_due(expected))
        told = max(self._requests_told.wait(now, 1), self._tokens_told.wait(now, expected))
        return max(0.0, due - now, told)

    def began(self, now: float, most: int = 0) -> Begun:
        """A request went out."""
        begun = Begun(now, most, self._expected(most), self._probing)
        self._probing = False
        self._since_refusal += 1
        self._first_at = min(self._first_at, now)
        interval = self._interval(now)
        late = _LATE_SECONDS if interval < _LATE_BELOW_SECONDS else _LATE_SHARE * interval
        self._due = max(self._due, now - late) + interval
        self._begun.append(begun)
        self._tokens += begun.tokens
        self._requests_told.take(now, 1)
        self._tokens_told.take(now, begun.tokens)
        self._in_flight += 1
        return begun

    def answered(self, begun: Begun, tokens: int) -> None:
        """The answer is there, and took so many tokens; 0 where nobody counted them."""
        self._refused_since = math.inf
        if not tokens:
            return
        self._answered_most += begun.most
        self._answered_tokens += tokens
        if begun.counted:
            self._tokens += tokens - begun.tokens
        begun.tokens = tokens

    def refused(self, begun: Begun, now: float, asked_seconds: float = 0.0) -> None:
        """The service turned it away: it has too many. ``asked_seconds``: it said for how long.

        What went out before the last refusal was known says nothing new of the rate, but for how
        much was granted.
        """
        begun.refused = True
        if now - self._refused_last > _ASKED_AGAIN_SECONDS:
            self._refused_since = now
        self._refused_last = now
        self._refused_since = min(self._refused_since, now)
        self._turned_away += begun.counted
        if begun.at < self._refused_at:
            if asked_seconds >= COARSE_SECONDS:
                self._learnt.bound(now, self.granted)
            return
        refusal = RateRefusal(
            granted=self.granted,
            tried=self._tried(now),
            soon=self._since_refusal < _FEW,
            probe=begun.probe,
            whole_minute=now - self._first_at >= _WINDOW_SECONDS,
            asked_seconds=asked_seconds,
        )
        self._learnt.narrow(now, refusal)
        self._refused_at = now
        if not begun.probe:
            self._since_refusal = 0
        doubled = 2 * self._pause_seconds if begun.probe else 0.0
        self._pause_seconds = max(self._interval(now), min(doubled, _LONGEST_PAUSE_SECONDS))
        self._due = now + self._pause_seconds
        self._probing = True

    def ended(self) -> None:
        """A request was answered, or turned away, or given up."""
        self._in_flight -= 1

    def hold(self, now: float, seconds: float) -> None:
        """Nothing goes out for so long: the service asked for it."""
        self._not_before = max(self._not_before, now + seconds)

    def _interval(self, now: float) -> float:
        return _WINDOW_SECONDS / self._learnt.at(now)

    def _tried(self, now: float) -> float:
        """Requests per minute that went out of late."""
        seconds = min(_LATELY_SECONDS, max(_AT_ONCE_SECONDS, now - self._first_at))
        lately = sum(now - begun.at <= seconds for begun in self._begun)
        return max(_AT_FIRST, lately * _WINDOW_SECONDS / seconds)

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

    def refused(self, begun: Begun, asked_seconds: float = 0.0) -> None:
        """See :meth:`RateLimit.refused`."""
        self._limit.refused(begun, time.monotonic(), asked_seconds)

    def told(self, begun: Begun, allowance: Allowance) -> None:
        """See :meth:`RateLimit.told`."""
        self._limit.told(begun, allowance)

    @property
    def refused_seconds(self) -> float:
        """See :meth:`RateLimit.refused_seconds`."""
        return self._limit.refused_seconds(time.monotonic())

    @property
    def granted(self) -> int:
        """See :attr:`RateLimit.granted`."""
        return self._limit.granted

    def hold(self, seconds: float) -> None:
        """Let nobody through for so long."""
        self._limit.hold(time.monotonic(), seconds)
