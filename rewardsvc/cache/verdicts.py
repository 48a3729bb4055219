"""The cache of verdicts: memory first, then who computes it already, then the store, then work."""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace

from cachetools import LRUCache

from rewardsvc.cache.cached import CachedVerdict, sealed, unsealed
from rewardsvc.single_flight import SingleFlight
from rewardsvc.store.guarded import Guarded
from rewardsvc.wire.answers import Encoded

MEMORY_BYTES = 64 * 1024 * 1024
"""Of verdicts in memory: some 30,000."""

_ENTRY_BYTES = 400
"""What Python adds to the bytes of one entry."""

FINGERPRINTS = 50_000
"""Requests that are recognised by their fingerprint; 200 bytes each."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """A cached verdict and the format of its task."""

    format: str
    kept: CachedVerdict


class VerdictCache:
    """The verdicts that are kept, and the computations under way. For one event loop.

    What is not lasting is never kept: UNSCORED, a judgement is missing, or the tools failed on it
    and on nothing else. A verdict says
    ``cached`` where nothing was computed for its request: it was kept, or a computation that
    somebody else had begun gave it.
    """

    def __init__(self, store: Guarded | None = None, capacity_bytes: int = MEMORY_BYTES) -> None:
        self._store = store
        self._kept: LRUCache[str, CachedVerdict] = LRUCache(capacity_bytes, getsizeof=_bytes_of)
        self._known: LRUCache[bytes, tuple[str, str]] = LRUCache(FINGERPRINTS)
        self._flights: SingleFlight[Encoded] = SingleFlight()

    def recall(self, fingerprint: bytes) -> Recalled | None:
        """What is kept in memory for a request with that fingerprint."""
        known = self._known.get(fingerprint)
        if known is None:
            return None
        key, format = known
        kept = self._kept.get(key)
        return Recalled(format, kept) if kept is not None else None

    async def get(
        self,
        key: str,
        format: str,
        compute: Callable[[], Awaitable[Encoded]],
        fingerprint: bytes = b"",
        held: ExitStack | None = None,
    ) -> Encoded:
        """The verdict for a request of a format whose identity is ``key``.

        ``fingerprint``: what :meth:`recall` may know the request by. It must determine the key.
        ``held``: what the computation needs, closed as soon as it needs it no longer.
        A caller that is cancelled leaves the computation to the others who wait for it; the last
        one to go takes it along.
        """
        if fingerprint:
            self._known[fingerprint] = (key, format)
        if kept := self._kept.get(key):
            return kept.encoded()
        verdict, shared = await self._flights.run(key, lambda: self._found(key, compute), held)
        # Who joined a computation that broke got no cached verdict.
        joined = shared and not verdict.cached and verdict.reward is not None
        return replace(verdict, cached=True) if joined else verdict

    async def close(self) -> None:
        """End what is under way, write what is not in the store yet, and let go of it."""
        await self._flights.close()
        if self._store is not None:
            await self._store.close()

    async def _found(self, key: str, compute: Callable[[], Awaitable[Encoded]]) -> Encoded:
        """The verdict from the store, else from the computation."""
        if self._store is not None:
            data = await self._store.get(key)
            kept = unsealed(key, data) if data is not None else None
            if kept is not None:
                self._remember(key, kept)
                return kept.encoded()
        verdict = await compute()
        if verdict.lasting and verdict.reward is not None:
            kept = CachedVerdict(verdict.message, verdict.reward)
            self._remember(key, kept)
            if self._store is not None:
                self._store.put(key, sealed(key, kept))
        return verdict

    def _remember(self, key: str, kept: CachedVerdict) -> None:
        if _bytes_of(kept) <= self._kept.maxsize:
            self._kept[key] = kept


def _bytes_of(kept: CachedVerdict) -> int:
    return len(kept.message) + _ENTRY_BYTES
