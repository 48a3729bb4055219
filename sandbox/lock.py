"""A readers/writer lock: many hold it shared, or one holds it exclusively.

The standard library has none; for these few lines aiorwlock is not worth a dependency.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class ReadersWriterLock:
    """A lock of one event loop. Who wants it exclusively goes before those who come after."""

    def __init__(self) -> None:
        self._sharing = 0
        self._exclusive = False
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        """Held beside others."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._exclusive)
            self._sharing += 1
        try:
            yield
        finally:
            self._sharing -= 1
            await asyncio.shield(self._notify())

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Held while nobody else holds it."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._exclusive)
            self._exclusive = True
        try:
            async with self._changed:
                await self._changed.wait_for(lambda: self._sharing == 0)
            yield
        finally:
            self._exclusive = False
            await asyncio.shield(self._notify())

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()
