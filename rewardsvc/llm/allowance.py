"""What a service says is left of its rate limits, and when more is there. Pure.

OpenAI's ``x-ratelimit-{limit,remaining,reset}-{requests,tokens}``, with a duration
(https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers), and Anthropic's
``anthropic-ratelimit-{requests,tokens}-{limit,remaining,reset}``, with a time
(https://docs.anthropic.com/en/api/rate-limits#response-headers). Both describe a bucket that fills
evenly; ``reset`` is when it is full. What is not there, or makes no sense, is not known.
"""

import math
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[hms]))+")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[hms])")
_LONGEST = 32
"""Characters of a header that is looked at."""


@dataclass(frozen=True, slots=True)
class StatedBucket:
    """``left`` of ``limit``; full again in so many seconds."""

    limit: int
    left: int
    full_seconds: float

    @property
    def per_second(self) -> float:
        """How fast it fills; infinite where it is as good as full."""
        used = self.limit - self.left
        return used / self.full_seconds if used > 0 and self.full_seconds > 0 else math.inf


@dataclass(frozen=True, slots=True)
class Allowance:
    """Of requests and of tokens; None where nothing was said."""

    requests: StatedBucket | None = None
    tokens: StatedBucket | None = None


def allowance_of(headers: Mapping[str, str], now: datetime) -> Allowance:
    """What the headers of an answer say, or of a refusal."""
    return Allowance(_bucket(headers, "requests", now), _bucket(headers, "tokens", now))


def _bucket(headers: Mapping[str, str], of: str, now: datetime) -> StatedBucket | None:
    openai, anthropic = "x-ratelimit-{}-{}", "anthropic-ratelimit-{1}-{0}"
    for form in (openai, anthropic):
        limit = _count(headers.get(form.format("limit", of), ""))
        left = _count(headers.get(form.format("remaining", of), ""))
        seconds = _seconds(headers.get(form.format("reset", of), ""), now)
        if limit and left is not None and seconds is not None and left <= limit:
            return StatedBucket(limit, left, seconds)
    return None


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST else None


def _seconds(text: str, now: datetime) -> float | None:
    text = text.strip()[:_LONGEST]
    if _DURATION.fullmatch(text):
        return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    try:
        then = datetime.fromisoformat(text)
    except ValueError:
        return None
    then = then if then.tzinfo is not None else then.replace(tzinfo=UTC)
    return max(0.0, (then - now).total_seconds())


class MirroredBucket:
    """What is left by now of a bucket that a service told of.

    What went out after the request that was answered is not in what the answer says; so it is
    taken off when it went out, and what fills up is added. It is never below nothing and never
    more than full, so that it opens again also where no later answer tells of it.
    """

    def __init__(self) -> None:
        self._stated: StatedBucket | None = None
        self._stated_at = self._at = -math.inf
        self._left = 0.0
        self._taken: deque[tuple[float, float]] = deque()

    def told(self, stated: StatedBucket, begun: float) -> None:
        """What the answer to a request said that began then; one that is older than another says
        nothing new."""
        if begun < self._stated_at:
            return
        self._stated, self._stated_at = stated, begun
        self._left, self._at = float(stated.left), begun
        while self._taken and self._taken[0][0] <= begun:
            self._taken.popleft()

    def take(self, now: float, amount: float) -> None:
        """A request goes out."""
        self._taken.append((now, amount))
        if len(self._taken) > _UNTOLD:
            at, oldest = self._taken.popleft()
            self._left, self._at = self._without(self._left, self._at, at, oldest), at

    def wait(self, now: float, amount: float) -> float:
        """Seconds until there is so much; what is more than all of it waits until it is full."""
        stated = self._stated
        if stated is None or math.isinf(stated.per_second):
            return 0.0
        left, since = self._left, self._at
        for at, taken in self._taken:
            left, since = self._without(left, since, at, taken), at
        missing = min(amount, stated.limit) - self._without(left, since, now, 0.0)
        return max(0.0, missing / stated.per_second)

    def _without(self, left: float, since: float, now: float, amount: float) -> float:
        """What is left of what was left then, when so much is taken now."""
        stated = self._stated
        if stated is None or math.isinf(stated.per_second):
            return left
        filled = min(left + stated.per_second * (now - since), stated.limit)
        return max(0.0, filled - amount)


_UNTOLD = 1024
"""Requests that are remembered one by one where no answer tells of them."""
