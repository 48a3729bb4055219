"""The server's end of one reader: jobs go out, its calls are answered, its end is told."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from rewardsvc.analysis.base import Bounds
from rewardsvc.analysis.ending import Cause, End, Phase, ReaderEnded, read_end
from rewardsvc.analysis.frames import Channel, read_from_reader
from rewardsvc.errors import InvalidRequest
from rewardsvc.faults import classified
from sandbox.through import through

_PLAIN = frozenset({"builtins", "sandbox.errors", "rewardsvc.checks.jmes"})
"""Modules whose exceptions are made of plain values, and can be sent. But a lack of memory is told
in words: there it would be the answer's doing."""

Call = Callable[..., Awaitable[object]]
"""What a reader may ask for."""


class Conversation:
    """With one process, one job at a time."""

    def __init__(self, calls: Mapping[str, Call], bounds: Bounds) -> None:
        self._bounds = bounds
        self.channel = Channel(read_from_reader, self._received, self._gone)
        self.jobs = 0
        self._calls = calls
        self._running: dict[int, asyncio.Task[None]] = {}
        self._outcome: asyncio.Future[Any] | None = None
        self._silence: asyncio.TimerHandle | None = None
        self._end: End | None = None

    @property
    def usable(self) -> bool:
        """Whether it can be given a job now."""
        return self._end is None and self._outcome is None

    @property
    def ended(self) -> bool:
        """Whether its process is gone."""
        return self._end is not None

    async def ask(self, *job: object) -> Any:
        """What came of a job. Cancelled, it ends the process, and what that asked for.

        Raises:
            ReaderEnded: the process ended before it was done.
            InvalidRequest: the job says so.
        """
        if self._end is not None:
            raise ReaderEnded(self._end)
        self.jobs += 1
        self._outcome = asyncio.get_running_loop().create_future()
        self.channel.send(*job)
        self._listen()
        try:
            outcome = await self._outcome
        except asyncio.CancelledError:
            self.close()
            raise
        finally:
            self._hear()
            self._outcome = None
            if self._running:
                await self._stop_calls()
        return outcome

    def close(self) -> None:
        """End the process."""
        self.channel.close()

    def _received(self, message: tuple[Any, ...]) -> None:
        kind, *rest = message
        if kind == "call":
            number, name, given = rest
            self._running[number] = asyncio.ensure_future(self._answer(number, name, given))
            self._hear()
        elif kind == "cancel":
            if call := self._running.get(rest[0]):
                call.cancel()
        elif kind == "log":
            name, level, text = rest
            logging.getLogger(str(name)).log(int(level), "%s", text)
        elif self._outcome is not None and not self._outcome.done():
            if kind == "invalid":
                self._outcome.set_exception(InvalidRequest(*map(str, rest)))
            else:
                self._outcome.set_result(rest[0])

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
            if not self._running and self._outcome is not None:
                self._listen()

    def _listen(self) -> None:
        """Give the process up where it says nothing for long."""
        self._hear()
        loop = asyncio.get_running_loop()
        self._silence = loop.call_later(self._bounds.silent_seconds, self._give_up)

    def _hear(self) -> None:
        """It said something, or waits for us."""
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None

    def _give_up(self) -> None:
        self._end = End(Phase.NOTHING, Cause.SILENT)
        self.close()

    def _gone(self, rest: bytes, garbled: bool) -> None:
        if garbled:  # nothing of ours says such things
            self._end = End(Phase.ANSWER, Cause.CRASHED)
        elif self._end is None:
            self._end = read_end(rest, self._bounds.memory_bytes)
        if self._outcome is not None and not self._outcome.done():
            self._outcome.set_exception(ReaderEnded(self._end))

    async def _stop_calls(self) -> None:
        """End what the reader asked for and nobody waits for any more."""
        calls = list(self._running.values())
        for call in calls:
            call.cancel()
        await through(asyncio.ensure_future(asyncio.wait(calls)))


def _sendable(error: Exception) -> Exception:
    """An error as its reader may have it: of a type that is known there, with its message."""
    if type(error).__module__ in _PLAIN and not isinstance(error, MemoryError):
        return error
    return RuntimeError(f"{type(error).__name__}: {error}")
