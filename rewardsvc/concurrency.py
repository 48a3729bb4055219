"""How many requests may be under way at once: what the other side bears, found out. Pure.

What TCP does with a network (RFC 5681): more for each answer, half at a sign of too many. Who feeds
it says what is a sign: :mod:`rewardsvc.cli.paced` takes an answer that comes late. A client's
:class:`rewardsvc.window.Window` counts otherwise: its server tells each request that is one too
many. Services of models count by the minute (:mod:`rewardsvc.llm.learnt_rate`).
"""

import math


class Concurrency:
    """A number between 1 and ``most``. Times are seconds of any clock; the caller reads it."""

    def __init__(self, first: int, most: int) -> None:
        self._most = float(most)
        self._size = float(min(first, most))
        self._narrowed_at = -math.inf

    @property
    def size(self) -> int:
        """How many may be under way; at least one."""
        return int(self._size)

    def widen(self, by: float) -> None:
        """There is room for so many more."""
        self._size = min(self._most, self._size + by)

    def narrow(self, sent: float, now: float) -> None:
        """What was sent at ``sent`` was one of too many: half from here on.

        What was sent before the last narrowing says nothing new.
        """
        if sent >= self._narrowed_at:
            self._size = max(1.0, self._size / 2)
            self._narrowed_at = now
