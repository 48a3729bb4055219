"""Work that is done once: verdicts by the identity of their request, in memory.

A GRPO group repeats itself: the same answer arrives several times at once. Requests of equal
identity share one computation while it runs (single flight) and its verdict afterwards. UNSCORED
is never kept.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from rewardsvc.types import Status, Verdict

DEFAULT_CAPACITY = 20_000
"""Verdicts kept; about 5 kB each."""


class VerdictCache:
    """The most recently used verdicts, and the computations under way. For one event loop."""

    def __init__(self, capacity: int = DEFAULT_CAPACITY) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[str, Verdict] = OrderedDict()
        self._flights: dict[str, _Flight] = {}

    async def get(
        self, key: str, compute: Callable[[], Awaitable[Verdict]]
    ) -> tuple[Verdict, bool]:
        """The verdict for a key, and whether somebody else's computation gave it.

        A caller that is cancelled leaves the computation to the others who wait for it; the last
        one to go takes it along.
        """
        if kept := self._kept.get(key):
            self._kept.move_to_end(key)
            return kept, True
        flight = self._flights.get(key)
        shared = flight is not None
        if flight is None:
            flight = _Flight(asyncio.ensure_future(compute()))
            self._flights[key] = flight
            flight.task.add_done_callback(lambda _: self._landed(key, flight))
        flight.waiting += 1
        try:
            verdict = await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                # Nobody may join a computation that is being cancelled.
                self._flights.pop(key, None)
                flight.task.cancel()
        return verdict, shared

    def _landed(self, key: str, flight: "_Flight") -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        task = flight.task
        if task.cancelled() or task.exception() is not None:
            return
        verdict = task.result()
        if verdict.status is Status.SCORED:
            self._kept[key] = verdict
            while len(self._kept) > self._capacity:
                self._kept.popitem(last=False)


class _Flight:
    """One computation and how many wait for it."""

    def __init__(self, task: "asyncio.Future[Verdict]") -> None:
        self.task = task
        self.waiting = 0
