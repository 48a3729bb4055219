"""The server's end of one reader: jobs go out, its calls are answered, its end is told."""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from rewardsvc.analysis.base import Bounds
from rewardsvc.analysis.ending import Cause, End, ReaderEnded, ReadingPhase, read_end
from rewardsvc.analysis.frames import Channel, read_from_reader
from rewardsvc.errors import InvalidRequest
from rewardsvc.faults import classified
from rewardsvc.pipeline import Examined
from sandbox.shielded import shielded

AHEAD_SECONDS = 0.05
"""How long a job waits at most for the one before it in the same process; a small answer takes a
thousandth of a second. Then others may be free sooner."""

_PLAIN = frozenset({"builtins", "sandbox.errors", "rewardsvc.checks.jmes"})
"""Modules whose exceptions are made of plain values, and can be sent. But a lack of memory is told
in words: there it would be the answer's doing."""

Call = Callable[..., Awaitable[object]]
"""What a reader may ask for."""


class NotBegun(Exception):
    """A job waited for another one in the same process, and is to be asked elsewhere."""


class Conversation:
    """With one process, which does one job at a time.

    The next one can be sent ahead, so that the process need not wait for it. That one is not begun
    until the first is done; where that takes long, or the process ends, it is to be asked
    elsewhere.
    """

    def __init__(self, calls: Mapping[str, Call], bounds: Bounds) -> None:
        self._bounds = bounds
        self.channel = Channel(read_from_reader, self._received, self._gone)
        self.jobs = 0
        self._calls = calls
        self._running: dict[int, tuple[int, asyncio.Task[None]]] = {}
        """Calls, and the jobs that they are for."""
        self._numbers = itertools.count()
        self._outcomes: dict[int, asyncio.Future[Any]] = {}
        """In the order in which they are done; one that nobody waits for is there as well, until
        the process has said that it is done with it."""
        self._silence: asyncio.TimerHandle | None = None
        self._ahead: asyncio.TimerHandle | None = None
        self._closing = False
        self._end: End | None = None

    @property
    def free(self) -> bool:
        """Whether it has no job, and can be given one."""
        return not self._closing and not self._outcomes

    @property
    def takes_next(self) -> bool:
        """Whether it has one job, does nothing but that, and one more can be sent ahead."""
        return not self._closing and len(self._outcomes) == 1 and not self._running

    @property
    def ended(self) -> bool:
        """Whether its process is gone."""
        return self._end is not None

    async def ask(self, job: str, *given: object) -> Any:
        """What came of a job. Cancelled, it ends what is done for it, the process if need be.

        Raises:
            ReaderEnded: the process ended before it was done.
            NotBegun: another one was there before, and keeps the process busy, or ended it.
            InvalidRequest: the job says so.
        """
        if self._end is not None:
            raise ReaderEnded(self._end)
        number = next(self._numbers)
        self.channel.send(job, number, *given)
        self.jobs += 1
        loop = asyncio.get_running_loop()
        outcome = self._outcomes[number] = loop.create_future()
        if len(self._outcomes) == 1:
            self._listen()
        else:
            self._ahead = loop.call_later(AHEAD_SECONDS, self._withdraw_next)
        try:
            return await outcome
        except asyncio.CancelledError:
            if self._is_first(number):
                self.close()
            else:
                self._withdraw_next()
            raise
        finally:
            await self._stop_calls(number)

    def close(self) -> None:
        """End the process."""
        self._closing = True
        self.channel.close()

    def _is_first(self, number: int) -> bool:
        return next(iter(self._outcomes), None) == number

    def _received(self, message: tuple[Any, ...]) -> None:
        """What raises here is nothing that a reader of ours says: its channel ends with it."""
        kind, number, *rest = message
        if kind == "call":
            name, given = rest
            job = next(iter(self._outcomes))
            if number in self._running:
                raise ValueError(f"the call {number} is under way")
            asked = asyncio.ensure_future(self._answer(number, name, given))
            self._running[number] = (job, asked)
            self._hear()
            self._withdraw_next()
        elif kind == "cancel":
            if call := self._running.get(number):
                call[1].cancel()
        elif kind == "log":
            level, text = rest
            logging.getLogger(str(number)).log(int(level), "%s", text)
        else:
            self._settle(kind, number, rest)

    def _settle(self, kind: str, number: int, rest: list[Any]) -> None:
        """The process is done with a job."""
        outcome = self._outcomes[number]
        if kind == "not-begun":
            if not outcome.done():
                raise ValueError(f"the job {number} was not withdrawn")
        elif not self._is_first(number):
            raise ValueError(f"the job {number} cannot be done yet")
        elif not outcome.done():  # else nobody waits for it any more
            if kind == "invalid":
                field, words = rest
                outcome.set_exception(InvalidRequest(str(field), str(words)))
            else:
                (result,) = rest
                outcome.set_result(result)
                if _overran(result):
                    # What it took of its memory, the process may not have given back.
                    self._leave_next()
                    self.close()
        del self._outcomes[number]
        if self._outcomes:
            self._listen()
        else:
            self._hear()

    async def _answer(self, number: int, name: str, given: tuple[Any, ...]) -> None:
        """Do what the reader asked for, and send what came of it."""
        try:
            with classified() as broken:
                value = await self._calls[name](*given)
                self.channel.send("answer", number, value)
            if broken.error is not None:
                self.channel.send("failure", number, _sendable(broken.error))
        finally:
            del self._running[number]
            if not self._running and self._outcomes:
                self._listen()

    def _withdraw_next(self) -> None:
        """Have the process forget what it has not begun; it says so where it can."""
        if self._ahead is not None:
            self._ahead.cancel()
            self._ahead = None
        for number in list(self._outcomes)[1:]:
            self.channel.send("withdraw", number)
        self._leave_next()

    def _leave_next(self) -> None:
        """Have those that wait for another job asked elsewhere."""
        for outcome in list(self._outcomes.values())[1:]:
            if not outcome.done():
                outcome.set_exception(NotBegun())

    def _listen(self) -> None:
        """Give the process up where it says nothing for long."""
        self._hear()
        loop = asyncio.get_running_loop()
        self._silence = loop.call_later(self._bounds.silent_seconds, self._give_up)

    def _hear(self) -> None:
        """It said something, or waits for us."""
        for timer in (self._silence, self._ahead):
            if timer is not None:
                timer.cancel()
        self._silence = self._ahead = None

    def _give_up(self) -> None:
        self._end = End(ReadingPhase.NOTHING, Cause.SILENT)
        self.close()

    def _gone(self, rest: bytes, garbled: bool) -> None:
        self._hear()
        self._closing = True
        if garbled:  # nothing of ours says such things
            self._end = End(ReadingPhase.ANSWER, Cause.CRASHED)
        elif self._end is None:
            self._end = read_end(rest, self._bounds.memory_bytes)
        self._leave_next()
        for outcome in self._outcomes.values():
            if not outcome.done():
                outcome.set_exception(ReaderEnded(self._end))
        for _, call in self._running.values():
            call.cancel()

    async def _stop_calls(self, number: int) -> None:
        """End what the reader asked for, for a job that nobody waits for any more."""
        calls = [call for job, call in self._running.values() if job == number]
        for call in calls:
            call.cancel()
        if calls:
            await shielded(asyncio.ensure_future(asyncio.wait(calls)))


def _overran(result: object) -> bool:
    """Whether a job's answer reached a bound."""
    if isinstance(result, tuple):
        _, result = result
    return isinstance(result, Examined) and result.overrun


def _sendable(error: Exception) -> Exception:
    """An error as its reader may have it: of a type that is known there, with its message."""
    if type(error).__module__ in _PLAIN and not isinstance(error, MemoryError):
        return error
    return RuntimeError(f"{type(error).__name__}: {error}")
