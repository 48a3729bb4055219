"""Leases of warm providers: a provider that has been configured serves one plan at a time.

All connections to one provider process share its configuration, so two plans on it would mix.
Validation configures nothing and goes on after the lease is given back. A provider has a number
of leases and an age (a leak in long-lived reattached providers is known); its replacement is warm
before it goes.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self

from sandbox.errors import ProviderFailed
from sandbox.terraform.provider import Provider

MAX_LEASES = 400
"""Plans that a provider serves before it is replaced."""

MAX_AGE_SECONDS = 3600.0
"""Age at which a provider is replaced."""


class Lease:
    """The right to configure a provider. ``release`` gives that back; ``close`` all of it."""

    def __init__(self, pool: "ProviderPool", slot: "_Slot", provider: Provider) -> None:
        self.provider = provider
        self._pool = pool
        self._slot: _Slot | None = slot

    def release(self) -> None:
        """Let the next plan configure the provider; may be called more than once."""
        if self._slot is not None:
            self._pool.give_back(self._slot)
            self._slot = None

    async def close(self) -> None:
        """Use the provider no longer."""
        self.release()
        await self._pool.leave(self.provider)


@dataclass(slots=True, eq=False)
class _Slot:
    provider: Provider | None = None
    replacement: asyncio.Task[Provider] | None = None


class ProviderPool:
    """A number of warm providers of one source. ``async with`` starts them."""

    def __init__(self, start: Callable[[], Awaitable[Provider]], size: int = 1) -> None:
        self._start = start
        self._slots = [_Slot() for _ in range(size)]
        self._free: asyncio.Queue[_Slot] = asyncio.Queue()
        self._users: dict[Provider, int] = {}

    async def __aenter__(self) -> Self:
        try:
            for slot in self._slots:
                slot.provider = await self._start()
                self._free.put_nowait(slot)
        except BaseException:
            await self.stop()
            raise
        return self

    async def stop(self) -> None:
        """End every provider."""
        for slot in self._slots:
            if slot.replacement is not None:
                slot.replacement.cancel()
                with contextlib.suppress(asyncio.CancelledError, ProviderFailed):
                    provider = await slot.replacement
                    await provider.stop()
        current = {slot.provider for slot in self._slots if slot.provider is not None}
        for provider in current | self._users.keys():
            await provider.stop()

    async def lease(self) -> Lease:
        """Wait for a provider that nobody has configured, and take it.

        Raises:
            ProviderFailed: it had died and could not be started again.
        """
        slot = await self._free.get()
        try:
            provider = await self._living(slot)
        except BaseException:
            self._free.put_nowait(slot)
            raise
        provider.leases += 1
        self._users[provider] = self._users.get(provider, 0) + 1
        return Lease(self, slot, provider)

    def give_back(self, slot: _Slot) -> None:
        """For :class:`Lease`: the slot's provider may be configured anew."""
        self._free.put_nowait(slot)

    async def leave(self, provider: Provider) -> None:
        """For :class:`Lease`: one user of the provider less; a replaced one ends with its last."""
        self._users[provider] -= 1
        if not self._users[provider]:
            del self._users[provider]
            if all(slot.provider is not provider for slot in self._slots):
                await provider.stop()

    async def _living(self, slot: _Slot) -> Provider:
        if slot.replacement is not None and slot.replacement.done():
            await self._replace(slot, slot.replacement)
        provider = slot.provider
        if provider is None or not provider.alive:
            slot.provider = None
            if provider is not None:
                await provider.stop()
            slot.provider = provider = await self._start()
        elif slot.replacement is None and _is_due(provider):
            slot.replacement = asyncio.ensure_future(self._start())
        return provider

    async def _replace(self, slot: _Slot, replacement: asyncio.Task[Provider]) -> None:
        slot.replacement = None
        old = slot.provider
        with contextlib.suppress(ProviderFailed):  # the old one serves on, and is due again
            slot.provider = replacement.result()
            if old is not None and old not in self._users:
                await old.stop()


def _is_due(provider: Provider) -> bool:
    age = time.monotonic() - provider.started
    return provider.leases >= MAX_LEASES or age >= MAX_AGE_SECONDS
