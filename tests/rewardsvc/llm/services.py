"""Services that grant so many requests, each counting in its own way, on a clock of our own.

No sleeping: :func:`asked_for` moves the clock to whatever happens next.
"""

import heapq
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Protocol

from rewardsvc.llm.rates import Begun, RateLimit

_ROUND_TRIP = 0.05


class Service(Protocol):
    def wait(self, now: float, seconds: float) -> float:
        """Grant a request that takes so long, and give 0; or how long to wait for the next."""
        ...


class Bucket:
    """Fills evenly, holds ``capacity``; as the vendors describe theirs."""

    def __init__(self, per_minute: float, capacity: float) -> None:
        self.per_second = per_minute / 60
        self.capacity = self.level = max(1.0, capacity)
        self.at = 0.0

    def wait(self, now: float, seconds: float) -> float:
        filled = self.level + (now - self.at) * self.per_second
        self.level, self.at = min(self.capacity, filled), now
        if self.level < 1:
            return (1 - self.level) / self.per_second
        self.level -= 1
        return 0.0


class ClockMinute:
    """Counts anew each minute of its clock."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self.minute, self.granted = -1, 0

    def wait(self, now: float, seconds: float) -> float:
        minute = int((now + 17) // 60)
        if minute != self.minute:
            self.minute, self.granted = minute, 0
        if self.granted >= self.per_minute:
            return (minute + 1) * 60 - 17 - now
        self.granted += 1
        return 0.0


class LastMinute:
    """Counts what it granted within the last sixty seconds."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self.granted: deque[float] = deque()

    def wait(self, now: float, seconds: float) -> float:
        while self.granted and now - self.granted[0] >= 60:
            self.granted.popleft()
        if len(self.granted) >= self.per_minute:
            return 60 - (now - self.granted[0])
        self.granted.append(now)
        return 0.0


class Slots:
    """Works on so many at once, whatever the minute."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.ends: list[float] = []

    def wait(self, now: float, seconds: float) -> float:
        self.ends = [end for end in self.ends if end > now]
        if len(self.ends) >= self.slots:
            return min(self.ends) - now
        self.ends.append(now + seconds)
        return 0.0


@dataclass(frozen=True)
class Count:
    granted: int
    refused: int

    @property
    def refused_share(self) -> float:
        return self.refused / max(1, self.granted + self.refused)


def asked_for(
    service: Service,
    limit: RateLimit,
    *,
    minutes: int,
    answer_seconds: float,
    tells: bool,
    changes: Callable[[float], None] = lambda now: None,
) -> list[Count]:
    """What became of the requests of each minute, where there is always one more to send.

    ``answer_seconds``: what an answer takes, a third more or less. ``tells``: a refusal says how
    long to wait. ``changes``: hears of the time before each request.
    """
    chance, numbers, now = Random(0), count(), 0.0
    under_way: list[tuple[float, int, Begun, float]] = []
    granted, refused = [0] * minutes, [0] * minutes
    while now < minutes * 60:
        pause = limit.wait(now)
        next_end = under_way[0][0] if under_way else math.inf
        if now + pause > next_end or math.isinf(pause):
            now, _, begun, asked = heapq.heappop(under_way)
            if asked:
                told = asked if tells and asked <= 60 else 0.0
                limit.refused(begun, now, told)
                limit.hold(now, told)
            else:
                limit.answered(begun, 0)
            limit.ended()
        elif pause:
            now += pause + 1e-9
        else:
            changes(now)
            begun = limit.began(now)
            seconds = answer_seconds * chance.uniform(2 / 3, 4 / 3)
            asked = service.wait(now + _ROUND_TRIP / 2, seconds)
            (refused if asked else granted)[int(now // 60)] += 1
            end = now + (_ROUND_TRIP if asked else _ROUND_TRIP + seconds)
            heapq.heappush(under_way, (end, next(numbers), begun, asked))
    return [Count(*each) for each in zip(granted, refused, strict=True)]
