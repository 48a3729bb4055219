"""Beside others or alone: who works beside others waits while one works alone, and that one waits
until nobody else works."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """Turns of one event loop."""

    def __init__(self) -> None:
        self._working = 0
        self._alone = False
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def beside_others(self) -> AsyncIterator[None]:
        """Work while others do."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._alone)
            self._working += 1
        try:
            yield
        finally:
            self._working -= 1
            await asyncio.shield(self._tell())

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Work while nobody else does."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._alone)
            self._alone = True
        try:
            async with self._changed:
                await self._changed.wait_for(lambda: self._working == 0)
            yield
        finally:
            self._alone = False
            await asyncio.shield(self._tell())

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
