"""A store that can neither delay nor fail a verdict, whatever happens to it.

Look-ups end after the store's ``lookup_seconds`` and a failed one finds nothing; writes happen
behind the verdicts that they keep. Both go in batches: what comes during one goes with the next, so
that a burst of requests is a few questions and not hundreds. A store that failed is left alone for
a while and then tried again; the log says when that begins and when it ends, the metrics count
every failure.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping, Sequence

from rewardsvc.metrics import Metrics
from rewardsvc.store.base import Store, StoreFailed
from rewardsvc.store.breaker import Breaker

PAUSE_SECONDS = 10.0
"""How long a store that failed is left alone: one look-up in that time may wait in vain."""

WRITE_SECONDS = 5.0
"""A write that takes longer counts as failed; nobody waits for it."""

MAX_PENDING = 10_000
"""Entries that wait to be written; what comes beyond stays in memory only. Some 30 MB."""

_LOG = logging.getLogger(__name__)


class Guarded:
    """Stands before a store. For one event loop."""

    def __init__(self, store: Store, metrics: Metrics, pause: float | None = None) -> None:
        self._store = store
        self._metrics = metrics
        self._breaker = Breaker(PAUSE_SECONDS if pause is None else pause)
        self._pending: dict[str, bytes] = {}
        self._writing: asyncio.Task[None] | None = None
        self._wanted: dict[str, asyncio.Future[bytes | None]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def get(self, key: str) -> bytes | None:
        """What the store has under the key; None where it has nothing or cannot be asked now."""
        if key not in self._wanted:
            self._wanted[key] = asyncio.get_running_loop().create_future()
        found = self._wanted[key]
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        return await asyncio.shield(found)  # others may wait for the same

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
        if self._reading is not None:
            self._reading.cancel()
        if self._writing is not None:
            await asyncio.wait([self._writing], timeout=WRITE_SECONDS)
            self._writing.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WRITE_SECONDS):
                await self._store.close()

    async def _read(self) -> None:
        """Look up until nothing is wanted."""
        while self._wanted:
            wanted, self._wanted = self._wanted, {}
            found: Mapping[str, bytes] = {}
            try:
                found = await self._look_up(list(wanted))
            finally:  # whatever happened: who waits must not wait for ever
                for key, future in wanted.items():
                    future.set_result(found.get(key))

    async def _look_up(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        if not self._breaker.allows(time.monotonic()):
            return {}
        try:
            async with asyncio.timeout(self._store.lookup_seconds):
                found = await self._store.get(keys)
        except (StoreFailed, TimeoutError) as error:
            self._failed("read", error)
            return {}
        self._worked()
        return found

    async def _write(self) -> None:
        """Write until nothing is pending."""
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
