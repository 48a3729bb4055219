"""How many requests of one client are at the server at once: as many as it takes.

A server that turns requests away says how many it takes. Each one that it turns away closes the
window by one, each verdict opens it by a fraction of one, as TCP does with what a network carries
(additive increase, RFC 5681). What does not fit waits on this side, where its deadline does not run
and nobody else's requests are behind it.
"""

import asyncio
from collections import deque
from types import TracebackType
from typing import Self


class Window:
    """An async context manager around one request; whoever comes first goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open = float(most)
        self._under_way = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def size(self) -> int:
        """How many may be under way at once; at least one."""
        return int(self._open)

    def refused(self) -> None:
        """The server turned one away of those that are under way."""
        self._open = max(1.0, min(self._open, float(self._under_way)) - 1.0)

    def answered(self) -> None:
        """The server gave a verdict."""
        self._open = min(float(self._most), self._open + 1.0 / self._open)
        self._let_in()

    async def __aenter__(self) -> Self:
        """Wait for one's turn."""
        if self._under_way < self.size and not self._waiting:
            self._under_way += 1
            return self
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it had come in the same moment
                self._leave()
            raise
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let the next one in."""
        self._leave()

    def _leave(self) -> None:
        self._under_way -= 1
        self._let_in()

    def _let_in(self) -> None:
        while self._waiting and self._under_way < self.size:
            turn = self._waiting.popleft()
            if not turn.done():
                self._under_way += 1
                turn.set_result(None)
