"""When to leave a store alone that failed: a circuit breaker (Nygard, "Release It!"). Pure.

No retry (:mod:`rewardsvc.retry`): nobody waits for the store, a verdict goes on without it.
"""


class Breaker:
    """Closed while all is well; after a failure open for ``pause`` seconds, then one may try.

    Times are seconds of any monotonic clock; the caller reads it.
    """

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._open_until: float | None = None

    @property
    def open(self) -> bool:
        """Whether the last that was heard was a failure."""
        return self._open_until is not None

    def allows(self, now: float) -> bool:
        """Whether an attempt may be made; after a pause it lets one through, not a crowd."""
        if self._open_until is None:
            return True
        if now < self._open_until:
            return False
        self._open_until = now + self._pause
        return True

    def failed(self, now: float) -> bool:
        """Note a failed attempt; True where it is the first of its row."""
        first = self._open_until is None
        self._open_until = now + self._pause
        return first

    def worked(self) -> bool:
        """Note a successful attempt; True where it ends a row of failures."""
        ended = self._open_until is not None
        self._open_until = None
        return ended
