"""What one run of Terraform uses of a pool: a provider that it shares, and those it leases."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Protocol

from sandbox.errors import ProviderFailed
from sandbox.terraform.plugins.provider import Provider


class TooManyConfigurations(Exception):
    """A run wants more differently configured providers than the pool may hold."""


@dataclass(slots=True, eq=False)
class _Lease:
    provider: Provider
    connections: int = 1


class Lender(Protocol):
    """Whom a run takes providers from."""

    @property
    def limit(self) -> int:
        """How many differently configured providers a run may have at once."""
        ...

    async def take(self, settings: bytes, several: bool = False) -> Provider:
        """See :meth:`ProviderPool.take`."""
        ...

    def give_back(self, provider: Provider) -> None:
        """See :meth:`ProviderPool.give_back`."""
        ...

    async def discard(self, provider: Provider) -> None:
        """See :meth:`ProviderPool.discard`."""
        ...

    async def leave(self, provider: Provider) -> None:
        """See :meth:`ProviderPool.leave`."""
        ...


class Use:
    """What one run of Terraform uses of a pool; made by :meth:`ProviderPool.use`."""

    def __init__(self, pool: Lender, shared: Provider) -> None:
        self.shared = shared
        """Answers what needs no configuration."""
        self.fault: ProviderFailed | None = None
        """Why a provider could not answer, where one could not."""
        self.asked = {shared}
        """All providers that the run had to do with."""
        self._pool = pool
        self._leases: dict[bytes, _Lease] = {}
        self._taken: dict[bytes, asyncio.Future[Provider]] = {}

    async def configured(self, settings: bytes) -> Provider:
        """A provider that this run may configure with these settings; :meth:`leave` it after.

        Connections of one run with equal settings share one.

        Raises:
            TooManyConfigurations: the run holds as many as the pool may have.
            ProviderFailed: one was needed and did not start.
        """
        if settings not in self._taken:
            if len(self._taken) >= self._pool.limit:
                raise TooManyConfigurations
            several = bool(self._taken)
            self._taken[settings] = asyncio.ensure_future(self._pool.take(settings, several))
        provider = await asyncio.shield(self._taken[settings])
        self.asked.add(provider)
        if lease := self._leases.get(settings):
            lease.connections += 1
        else:
            self._leases[settings] = _Lease(provider)
        return provider

    def leave(self, settings: bytes) -> None:
        """A connection that was configured so is gone; with the last one the lease ends."""
        lease = self._leases.get(settings)
        if lease is not None:
            lease.connections -= 1
            if not lease.connections:
                del self._leases[settings], self._taken[settings]
                self._pool.give_back(lease.provider)

    async def close(self, *, discard: bool = False, shared_too: bool = False) -> None:
        """Use nothing any more. ``discard``: what was leased is not to be trusted.

        ``shared_too``: where nothing was leased, it is the shared one that is not.
        """
        for waiting in self._taken.values():
            if not waiting.done():
                waiting.cancel()
                with contextlib.suppress(asyncio.CancelledError, ProviderFailed):
                    await waiting
        held = [task.result() for task in self._taken.values() if _came(task)]
        self._taken.clear()
        self._leases.clear()
        for provider in held:
            if discard:
                await self._pool.discard(provider)
            else:
                self._pool.give_back(provider)
        if shared_too and not held:
            await self._pool.discard(self.shared)
        await self._pool.leave(self.shared)


def _came(task: "asyncio.Future[Provider]") -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
