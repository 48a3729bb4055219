"""A store that can neither delay nor fail a verdict, whatever happens to it.

Look-ups end after the store's patience and a failed one finds nothing; writes happen behind the
verdicts that they keep. A store that failed is left alone for a while and then tried again; the
log says when that begins and when it ends, the metrics count every failure.
"""

import asyncio
import logging
import time

from rewardsvc.cache.base import Store, StoreFailed
from rewardsvc.cache.breaker import Breaker
from rewardsvc.metrics import Metrics

PAUSE_SECONDS = 10.0
"""How long a store that failed is left alone: one look-up in that time may wait in vain."""

WRITE_SECONDS = 5.0
"""A write that takes longer counts as failed; nobody waits for it."""

MAX_PENDING = 10_000
"""Entries that wait to be written; what comes beyond stays in memory only. Some 30 MB."""

_LOG = logging.getLogger(__name__)


class Guarded:
    """Stands before a store. For one event loop."""

    def __init__(self, store: Store, metrics: Metrics, pause: float = PAUSE_SECONDS) -> None:
        self._store = store
        self._metrics = metrics
        self._breaker = Breaker(pause)
        self._pending: dict[str, bytes] = {}
        self._writing: asyncio.Task[None] | None = None

    async def get(self, key: str) -> bytes | None:
        """What the store has under the key; None where it has nothing or cannot be asked now."""
        if not self._breaker.allows(time.monotonic()):
            return None
        try:
            async with asyncio.timeout(self._store.patience):
                found = await self._store.get(key)
        except (StoreFailed, TimeoutError) as error:
            self._failed("read", error)
            return None
        self._worked()
        return found

    def put(self, key: str, data: bytes) -> None:
        """Have the store keep it, soon."""
        if len(self._pending) >= MAX_PENDING:
            self._metrics.store_dropped(self._store.name, 1)
            return
        self._pending[key] = data
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def close(self) -> None:
        """Write what is pending, then let go of the store; bounded in time."""
        if self._writing is not None:
            await asyncio.wait([self._writing], timeout=WRITE_SECONDS)
            self._writing.cancel()
        await self._store.close()

    async def _write(self) -> None:
        """Write until nothing is pending; what came during one write goes with the next."""
        while self._pending:
            batch, self._pending = self._pending, {}
            if not self._breaker.allows(time.monotonic()):
                self._metrics.store_dropped(self._store.name, len(batch))
                continue
            try:
                async with asyncio.timeout(WRITE_SECONDS):
                    await self._store.put(batch)
            except (StoreFailed, TimeoutError) as error:
                self._metrics.store_dropped(self._store.name, len(batch))
                self._failed("write", error)
            else:
                self._worked()

    def _failed(self, what: str, error: Exception) -> None:
        self._metrics.store_failed(self._store.name, what)
        if self._breaker.failed(time.monotonic()):
            reason = str(error) or f"no answer to a {what} in time"
            _LOG.warning(
                "verdicts are kept in memory only until %s works: %s", self._store.name, reason
            )

    def _worked(self) -> None:
        if self._breaker.worked():
            _LOG.info("verdicts are kept in %s again", self._store.name)
