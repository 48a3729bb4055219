"""The workers of a scorer, lent in turn: what :mod:`rewardsvc.admission` decides, done."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rewardsvc.admission import Admission, Place, Refusal
from rewardsvc.errors import Overloaded


class Workers:
    """So many workers, and a queue of those who wait for one. For one event loop."""

    def __init__(self, workers: int, queue: int) -> None:
        self._admission = Admission(workers, queue)
        self._turns: dict[int, asyncio.Future[None]] = {}

    @property
    def waiting(self) -> int:
        """How many wait."""
        return self._admission.waiting

    @property
    def expected_wait(self) -> float:
        """Seconds that somebody who came now would wait, as it looks."""
        return self._admission.wait(asyncio.get_running_loop().time())

    @asynccontextmanager
    async def turn(
        self, kind: str, deadline: float = math.inf, size: int = 0
    ) -> AsyncIterator[None]:
        """A worker, once it is one's turn, for as long as the block lasts.

        ``kind``: what costs alike; ``deadline``: on the clock of the event loop; ``size``: bytes
        that are held while waiting.

        Raises:
            Overloaded: there is none in time; said while there is time to say so.
        """
        clock = asyncio.get_running_loop().time
        place = self._admission.offer(kind, clock(), deadline, size)
        if isinstance(place, Refusal):
            raise Overloaded(place.reason)
        await self._wait(place)
        whole = False
        try:
            yield
            whole = True
        except Exception:
            whole = True  # a fault takes what it takes; a cancelled run was cut off
            raise
        finally:
            self._admission.end(place, clock(), whole=whole)
            self._go_on()

    async def _wait(self, place: Place) -> None:
        """Wait for the turn of somebody who was let in.

        Raises:
            Overloaded: it will not come in time.
        """
        turn = self._turns[place.number] = asyncio.get_running_loop().create_future()
        self._go_on()
        last_call = self._admission.last_call(place)
        try:
            async with asyncio.timeout_at(None if math.isinf(last_call) else last_call):
                await turn
        except BaseException as error:
            if place.started is not None:  # its turn had come in the same moment
                self._admission.end(place, place.started, whole=False)
                self._go_on()
            elif self._turns.pop(place.number, None) is not None:
                self._admission.leave(place)
            if isinstance(error, TimeoutError):
                raise self._overloaded(place) from None
            raise

    def _go_on(self) -> None:
        """Let start who may, and tell who is turned away."""
        starting, refused = self._admission.start(asyncio.get_running_loop().time())
        for place in starting:
            turn = self._turns.pop(place.number)
            if not turn.done():
                turn.set_result(None)
        for place in refused:
            turn = self._turns.pop(place.number)
            if not turn.done():
                turn.set_exception(self._overloaded(place))

    def _overloaded(self, place: Place) -> Overloaded:
        refusal = self._admission.refusal(place, asyncio.get_running_loop().time())
        return Overloaded(refusal.reason)
