"""How many requests a minute a service bears, found out from those that it turns away. Pure.

Additive increase, multiplicative decrease (Chiu and Jain 1989; what TCP does, RFC 5681), over
requests per minute. The limit is rarely told, and services count in different ways: a bucket that
fills, a minute of the clock, the last minute. What they have in common is that a rate just below
the limit is never refused. So a refusal after a good while takes little, one soon after another
takes more, and a rate that nobody was ever granted is halved. What was taken comes back in equal
steps; beyond it the steps grow, so that a higher limit is found, too.
"""

import math
from dataclasses import dataclass

_SHARES = (0.95, 0.9, 0.85, 0.75, 0.5)
"""Of the rate that was refused, what is kept: the first time, and each time soon after that."""

_KEPT = 0.97
"""Of what was granted in a minute: as much is granted in the next."""

_FAR = 1.5
"""So many times what was granted in a minute is no rate that anybody has seen to work."""

_BACK_SECONDS = 30.0
"""What a refusal took is there again after so long: a rate that was halved in vain is found again
within the minute."""

_LITTLE, _BACK_REQUESTS = 0.12, 60.0
"""Where such a share or less was taken, it is there again only after so many requests: one refusal
in sixty is less than two percent, however low the limit."""

COARSE_SECONDS = 5.0
"""A service that asks to wait for so long counts by the minute, and has granted what it grants in
one."""

_SEEN = 10
"""Where fewer were granted, it may be others who took the rest of the minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRefusal:
    """What is known where a request was turned away.

    ``granted``: requests of the last minute that were not turned away. ``tried``: requests per
    minute that went out in the last seconds. ``soon``: hardly any went out since the refusal
    before. ``probe``: this was the first after a pause, so that the service has not recovered yet.
    ``whole_minute``: it has been asked for so long. ``asked_seconds``: it wants to be left alone.
    """

    granted: int
    tried: float
    soon: bool = False
    probe: bool = False
    whole_minute: bool = False
    asked_seconds: float = 0.0


class LearntRate:
    """Requests per minute; no limit until a refusal taught one. Times are seconds of any clock."""

    def __init__(self) -> None:
        self._low = math.inf
        self._step = 0.0
        self._back_seconds = _BACK_SECONDS
        self._narrowed_at = -math.inf
        self._in_a_row = len(_SHARES) - 2

    def at(self, now: float) -> float:
        """The requests per minute that may go out; infinite where nothing is known."""
        if math.isinf(self._low):
            return math.inf
        seconds = now - self._narrowed_at
        return self._low + self._step * seconds * max(1.0, seconds / self._back_seconds)

    def narrow(self, now: float, refusal: RateRefusal) -> None:
        """It was too much."""
        known = math.isfinite(self._low)
        tried = max(1.0, self.at(now) if known else refusal.tried)
        if known and not refusal.soon:
            self._in_a_row = 0
        elif not refusal.probe:
            self._in_a_row = min(self._in_a_row + 1, len(_SHARES) - 1)
        granted = _KEPT * refusal.granted
        kept = _SHARES[self._in_a_row] * tried
        if (refusal.whole_minute or refusal.probe) and tried > _FAR * refusal.granted:
            kept = max(tried / 2, granted)
        elif not known and refusal.asked_seconds >= COARSE_SECONDS and refusal.granted >= _SEEN:
            kept, tried = granted, min(tried, 2 * granted)
        elif refusal.probe:
            kept = max(kept, granted)
        self._set(now, min(tried, max(1.0, kept)), tried)

    def bound(self, now: float, granted: int) -> None:
        """No more than was granted in a minute: of what went out with the one that was refused
        before, more was turned away."""
        if granted >= _SEEN and _KEPT * granted < self._low:
            self._set(now, _KEPT * granted, 2 * granted)

    def _set(self, now: float, low: float, tried: float) -> None:
        self._low, self._narrowed_at = low, now
        if low == tried:
            return  # it goes on as before
        taken = max(tried - low, (1 - _KEPT) * tried)
        self._back_seconds = _BACK_SECONDS
        if taken <= _LITTLE * tried:
            self._back_seconds = max(_BACK_SECONDS, 60.0 * _BACK_REQUESTS / tried)
        self._step = taken / self._back_seconds
