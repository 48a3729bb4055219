"""The workers of a scorer, lent in turn: what :mod:`rewardsvc.admission` decides, done."""

import asyncio
import math

from rewardsvc.admission import Admission, Overload, Place
from rewardsvc.errors import Overloaded


class Turn:
    """A worker, as long as somebody has it."""

    def __init__(self, workers: "Workers", place: Place) -> None:
        self._workers = workers
        self._place: Place | None = place

    def end(self, *, whole: bool = False) -> None:
        """Let the next have it; ``whole``: the work was done. Ending twice is fine."""
        place, self._place = self._place, None
        if place is not None:
            self._workers.end(place, whole=whole)


class Workers:
    """So many workers, and a queue of those who wait for one. For one event loop."""

    def __init__(self, workers: int, queue: int) -> None:
        self._admission = Admission(workers, queue)
        self._waiting: dict[int, asyncio.Future[None]] = {}

    @property
    def waiting(self) -> int:
        """How many wait."""
        return self._admission.waiting

    @property
    def expected_wait(self) -> float:
        """Seconds that somebody who came now would wait, as it looks."""
        return self._admission.wait(asyncio.get_running_loop().time())

    async def turn(
        self, kind: str, deadline: float = math.inf, size: int = 0, *, light: bool = False
    ) -> "Turn":
        """A worker, once it is one's turn, until the turn is ended.

        ``kind``: what costs alike; ``deadline``: on the clock of the event loop; ``size``: bytes
        that are held while waiting; ``light``: another one that is may have half of the worker.

        Raises:
            Overloaded: there is none in time; said while there is time to say so.
        """
        now = asyncio.get_running_loop().time()
        place = self._admission.offer(kind, now, deadline, size, light)
        if isinstance(place, Overload):
            raise Overloaded(place.reason)
        await self._wait(place)
        return Turn(self, place)

    def end(self, place: Place, *, whole: bool) -> None:
        """Somebody's turn ends."""
        self._admission.end(place, asyncio.get_running_loop().time(), whole=whole)
        self._go_on()

    async def _wait(self, place: Place) -> None:
        """Wait for the turn of somebody who was let in.

        Raises:
            Overloaded: it will not come in time.
        """
        turn = self._waiting[place.number] = asyncio.get_running_loop().create_future()
        self._go_on()
        last_call = self._admission.last_call(place)
        try:
            if turn.done() or math.isinf(last_call):
                await turn
            else:
                async with asyncio.timeout_at(last_call):
                    await turn
        except BaseException as error:
            if place.started is not None:  # its turn had come in the same moment
                self._admission.end(place, place.started, whole=False)
                self._go_on()
            elif self._waiting.pop(place.number, None) is not None:
                self._admission.leave(place)
            if isinstance(error, TimeoutError):
                raise self._overloaded(place) from None
            raise

    def _go_on(self) -> None:
        """Let start who may, and tell who is turned away."""
        starting, refused = self._admission.start(asyncio.get_running_loop().time())
        for place in starting:
            turn = self._waiting.pop(place.number)
            if not turn.done():
                turn.set_result(None)
        for place in refused:
            turn = self._waiting.pop(place.number)
            if not turn.done():
                turn.set_exception(self._overloaded(place))

    def _overloaded(self, place: Place) -> Overloaded:
        refusal = self._admission.refusal(place, asyncio.get_running_loop().time())
        return Overloaded(refusal.reason)
