"""Verdicts in Redis, shared by the reward servers of a cluster.

Give Redis a ``maxmemory`` and the policy ``allkeys-lru``: then it forgets what was used least
recently; without, it forgets by age alone.
"""

from collections.abc import Mapping, Sequence

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from rewardsvc.store.base import StoreFailed

EXPIRE_SECONDS = 30 * 24 * 3600
"""A verdict that no request asked for in a month of training is of an older toolchain or task."""

_PREFIX = "assay:verdict:"

_CONNECTIONS = 4
"""One look-up and one write at a time, and as many that were given up and are not closed yet."""


class RedisStore:
    """A :class:`rewardsvc.store.base.Store` at ``redis://``, ``rediss://`` or ``unix://``."""

    name = "redis"
    lookup_seconds = 0.1

    def __init__(self, url: str) -> None:
        """Nothing is connected yet.

        Raises:
            ValueError: not the URL of a Redis.
        """
        self._redis = Redis(
            connection_pool=BlockingConnectionPool.from_url(
                url,
                max_connections=_CONNECTIONS,
                timeout=self.lookup_seconds,
                socket_connect_timeout=self.lookup_seconds,
                # Of a write of many verdicts; look-ups end after the store's ``lookup_seconds``.
                socket_timeout=2.0,
                # The guard decides when to try again; a retry here would be a delay.
                retry=Retry(NoBackoff(), 0),
            )
        )

    async def get(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """See :class:`rewardsvc.store.base.Store`."""
        try:
            values = await self._redis.mget([_PREFIX + key for key in keys])
        except (RedisError, OSError) as error:
            raise StoreFailed(f"Redis: {error}") from error
        return {
            key: value for key, value in zip(keys, values, strict=True) if isinstance(value, bytes)
        }

    async def put(self, entries: Mapping[str, bytes]) -> None:
        """See :class:`rewardsvc.store.base.Store`."""
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                for key, data in entries.items():
                    pipeline.set(_PREFIX + key, data, ex=EXPIRE_SECONDS)
                await pipeline.execute()
        except (RedisError, OSError) as error:
            raise StoreFailed(f"Redis: {error}") from error

    async def close(self) -> None:
        """Disconnect."""
        await self._redis.aclose()
        await self._redis.connection_pool.disconnect()
