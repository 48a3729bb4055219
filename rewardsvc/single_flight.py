"""Single flight: equal computations that are under way at the same time are one."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """The computations under way, by key. For one event loop."""

    def __init__(self) -> None:
        self._flights: dict[str, _Flight[T]] = {}

    async def run(
        self,
        key: str,
        compute: Callable[[], Awaitable[T]],
        held: ExitStack | None = None,
    ) -> tuple[T, bool]:
        """What the computation for a key gives, and whether somebody else had begun it.

        ``held`` is what the computation needs: closed once it has ended, at once where somebody
        else has begun it.

        A caller that is cancelled leaves the computation to the others who wait for it; the last
        one to go takes it along.
        """
        flight = self._flights.get(key)
        shared = flight is not None
        if flight is None:
            kept = (held or ExitStack()).pop_all()
            flight = _Flight(asyncio.ensure_future(compute()))
            self._flights[key] = flight
            flight.task.add_done_callback(lambda _: self._landed(key, flight))
            flight.task.add_done_callback(lambda _: kept.close())
        elif held is not None:
            held.close()
        flight.waiting += 1
        try:
            outcome = await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                # Nobody may join a computation that is being cancelled.
                self._flights.pop(key, None)
                flight.task.cancel()
        return outcome, shared

    async def close(self) -> None:
        """Cancel what is under way and wait until it has ended; who waits for it is cancelled."""
        tasks = [flight.task for flight in self._flights.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _landed(self, key: str, flight: "_Flight[T]") -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not flight.task.cancelled():
            flight.task.exception()  # every waiter was told; asyncio need not complain


class _Flight(Generic[T]):
    """One computation and how many wait for it."""

    def __init__(self, task: "asyncio.Future[T]") -> None:
        self.task = task
        self.waiting = 0
