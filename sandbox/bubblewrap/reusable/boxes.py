"""All reusable boxes: which one a command gets, when one is made, which ones go."""

import logging
import time
from collections.abc import Awaitable, Callable

from sandbox.base import Command, Result
from sandbox.bubblewrap.reusable.box import ReusableBox
from sandbox.bubblewrap.reusable.kind import BoxKind, kind_of
from sandbox.errors import SandboxError
from sandbox.idle_pool import IdlePool

ROOM = 8
"""Boxes that wait for a stateless command at once; each takes 12 MB, and what it has loaded."""

TRY_AGAIN_SECONDS = 30.0
"""After a reusable box could not be made, commands get boxes of their own for so long."""

_LOG = logging.getLogger(__name__)


class ReusableBoxes:
    """Lends boxes to stateless commands, and has ``start`` make those that are not there."""

    def __init__(self, start: Callable[[BoxKind], Awaitable[ReusableBox]]) -> None:
        self.wanted = True
        """Whether commands may share boxes at all."""
        self.why_not = "commands did not share one when that was tried"
        """Why one could not be made, the last time that it could not."""
        self._start = start
        self._idle: IdlePool[BoxKind, ReusableBox] = IdlePool(ROOM)
        self._from = 0.0

    async def run(self, command: Command) -> Result | None:
        """Run a command in one of them; None where it needs a box of its own."""
        kind = kind_of(command)
        if kind is None or not self.wanted:
            return None
        box = await self._taken(kind)
        if box is None:
            return None
        try:
            return await box.use(command)
        finally:
            for old in self._idle.put(kind, box) if box.usable else (box,):
                await old.end()

    async def end(self) -> int:
        """End those that wait for a command, and say how many there were."""
        waiting = self._idle.clear()
        for box in waiting:
            await box.end()
        return len(waiting)

    async def _taken(self, kind: BoxKind) -> ReusableBox | None:
        while (box := self._idle.take(kind)) is not None:
            if box.usable:
                return box
            await box.end()
        if time.monotonic() < self._from:
            return None
        try:
            return await self._start(kind)
        except SandboxError as error:
            _LOG.warning("every command gets a box of its own for now: %s", error)
            self.why_not = str(error)
            self._from = time.monotonic() + TRY_AGAIN_SECONDS
            return None
