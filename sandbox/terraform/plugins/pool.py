"""Leases of warm providers: a provider that has been configured serves one plan at a time.

All connections to one provider process share its configuration, so two plans with different ones
would mix. Whoever wants to configure one therefore leases it (:meth:`Use.configured`); what needs
no configuration (schema, validation) goes to any of them, beside a lease. An idle provider that is
configured as wanted is preferred, for it need not be configured again.

A pool keeps ``size`` providers warm. A configuration with several provider blocks needs several at
once; for it the pool grows up to ``limit``, and shrinks again when they are idle. Leases, age and
memory of each are capped (a leak in long-lived reattached providers is known); its replacement is
warm before it goes.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from sandbox.base import MIB, Restarted, uncounted
from sandbox.errors import ProviderFailed, SandboxError
from sandbox.terraform.plugins.provider import Provider

MAX_LEASES = 1000
"""Plans that a provider serves before it is replaced."""

MAX_AGE_SECONDS = 3600.0
"""Age at which a provider is replaced."""

MAX_MEMORY_BYTES = 1000 * MIB
"""Resident memory above which an idle provider is replaced; 550 to 720 MB are usual for AWS."""

WATCH_SECONDS = 2.0
"""Between two questions whether the providers live, and how large they are."""

IDLE_SECONDS = 60.0
"""A provider beyond the pool's size that nobody used for so long is ended."""

_LOG = logging.getLogger(__name__)


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


class ProviderPool:
    """Warm providers of one source. ``async with`` starts ``size`` of them.

    ``restarted`` is told of each that dies or is not to be trusted.
    """

    def __init__(
        self,
        start: Callable[[], Awaitable[Provider]],
        *,
        size: int,
        limit: int,
        restarted: Restarted = uncounted,
    ) -> None:
        self.limit = max(size, limit)
        self._restarted = restarted
        self._start = start
        self._size = size
        self._all: set[Provider] = set()
        self._idle: list[Provider] = []
        self._starting: set[asyncio.Task[None]] = set()
        self._waiting: deque[asyncio.Future[Provider]] = deque()
        self._wanted: dict[Provider, asyncio.Future[Provider]] = {}
        self._sharing: dict[Provider, int] = {}
        self._replacing: set[asyncio.Task[None]] = set()
        self._due: set[Provider] = set()
        self._watch: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._size):
                    group.create_task(self._arrive())
        except BaseException as failure:
            await self.stop()
            if isinstance(failure, ExceptionGroup):
                raise failure.exceptions[0] from None
            raise
        self._watch = asyncio.create_task(self._keep_watch())
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def providers(self) -> tuple[Provider, ...]:
        """All that there are, idle or leased."""
        return tuple(self._all)

    async def stop(self) -> None:
        """End every provider."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait((self._watch,))
        for task in self._replacing:
            task.cancel()
        if self._replacing:
            await asyncio.wait(self._replacing)
        for provider in self._all | self._sharing.keys():
            await provider.stop()
        self._all.clear()
        self._idle.clear()

    async def use(self) -> Use:
        """What a run needs; :meth:`Use.close` it in the end.

        Raises:
            ProviderFailed: none lives, and none could be started.
        """
        await self._bury()
        living = [provider for provider in self._all if provider.alive]
        if not living:  # one start serves all who come meanwhile
            await asyncio.shield(next(iter(self._starting), None) or self._begin())
            living = list(self._all)
        # Idle ones first: one that plans has less time for questions.
        shared = min(living, key=lambda each: (each not in self._idle, self._sharing.get(each, 0)))
        self._sharing[shared] = self._sharing.get(shared, 0) + 1
        return Use(self, shared)

    async def take(self, settings: bytes, several: bool = False) -> Provider:
        """Wait for a provider that nobody has configured, and take it; :meth:`give_back` it.

        ``several``: who asks holds one already, so the pool grows rather than let it wait.

        Raises:
            ProviderFailed: one was needed and did not start.
        """
        await self._bury()
        if not self._idle and several and self._room():
            await asyncio.shield(self._begin())
        if not self._all and not self._starting:
            self._begin()
        if self._idle:
            best = min(self._idle, key=lambda provider: _distance(provider, settings))
            self._idle.remove(best)
            return best
        waiter: asyncio.Future[Provider] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        return await self._arrival(waiter)

    async def take_this(self, provider: Provider) -> bool:
        """Wait until nobody has this one configured, and take it; False where it went away."""
        if provider in self._idle:
            self._idle.remove(provider)
            return True
        if provider not in self._all or provider in self._wanted:
            return False
        waiter = self._wanted[provider] = asyncio.get_running_loop().create_future()
        try:
            return await self._arrival(waiter) is provider and provider.alive
        finally:
            if self._wanted.get(provider) is waiter:
                del self._wanted[provider]

    def give_back(self, provider: Provider) -> None:
        """What was taken may be configured by others."""
        if provider not in self._all:
            return
        if not provider.alive:
            self._in_background(self.discard(provider))
            return
        provider.leases += 1
        provider.used = time.monotonic()
        if _is_worn(provider):
            self._have_replaced(provider)
        self._offer(provider)

    async def discard(self, provider: Provider) -> None:
        """End a provider that is dead or not to be trusted, and start another one instead.

        Runs that share a living one may still ask it to their end.
        """
        if provider not in self._all:
            return
        self._restarted("provider")
        self._forget(provider)
        self._fill()
        if provider.alive:
            await self._stop_unshared(provider)
        else:
            await provider.stop()

    async def leave(self, provider: Provider) -> None:
        """One run less asks this provider; a replaced one ends with its last."""
        self._sharing[provider] -= 1
        if not self._sharing[provider]:
            del self._sharing[provider]
            if provider not in self._all:
                await provider.stop()

    async def tend(self) -> None:
        """See to the idle: end those beyond the pool's size, replace those that are due.

        Start those that could not be started before.
        """
        self._fill()
        old = time.monotonic() - IDLE_SECONDS
        for provider in tuple(self._idle):
            if provider in self._idle and provider.used < old and len(self._all) > self._size:
                self._forget(provider)
                await self._stop_unshared(provider)
            elif _is_worn(provider):
                self._have_replaced(provider)

    def _fill(self) -> None:
        for _ in range(self._size - len(self._all) - len(self._starting)):
            self._begin()

    def _begin(self) -> "asyncio.Task[None]":
        """Start one more; whoever waits for it may go away without it."""
        _LOG.info("one more provider, beside %d", len(self._all))
        task = self._in_background(self._arrive())
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)
        return task

    def _have_replaced(self, provider: Provider) -> None:
        if provider.alive and provider not in self._due:
            self._due.add(provider)
            served, memory = provider.leases, provider.memory_bytes or 0
            _LOG.info("a provider is due after %d plans, %d MB", served, memory / 1e6)
            self._in_background(self._replace(provider))

    def _offer(self, provider: Provider) -> None:
        wanted = self._wanted.pop(provider, None)
        if wanted is not None and not wanted.done():
            wanted.set_result(provider)
            return
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(provider)
                return
        self._idle.append(provider)

    async def _arrival(self, waiter: "asyncio.Future[Provider]") -> Provider:
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._offer(waiter.result())  # it came in the moment of the cancellation
            raise

    def _room(self) -> bool:
        return len(self._all) + len(self._starting) < self.limit

    async def _arrive(self) -> None:
        try:
            provider = await self._start()
        except ProviderFailed as error:
            if not self._all:  # who waits would wait for ever
                for waiter in self._waiting:
                    if not waiter.done():
                        waiter.set_exception(ProviderFailed(str(error)))
                self._waiting.clear()
            raise
        self._all.add(provider)
        self._offer(provider)

    async def _replace(self, provider: Provider) -> None:
        """Start a successor where one is needed; the old one goes after, as soon as it is idle."""
        if len(self._all) <= self._size:
            fresh = await self._start()
            if provider not in self._all:  # it went meanwhile, and was replaced
                await fresh.stop()
                return
            self._all.add(fresh)
            self._offer(fresh)
        if await self.take_this(provider):
            self._forget(provider)
            await self._stop_unshared(provider)

    async def _keep_watch(self) -> None:
        """Ask the providers whether they live: a plan must not wait for one that hangs.

        And see how large they have become, which is too dear to be asked after every plan.
        """
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            await asyncio.gather(*(provider.see_alive() for provider in self._all))
            for provider in self._all:
                if (provider.memory_bytes or 0) >= MAX_MEMORY_BYTES:
                    self._have_replaced(provider)
            try:
                await self._bury()
            except SandboxError as error:
                _LOG.warning("a provider does not end: %s", error)

    async def _bury(self) -> None:
        """See to providers that died."""
        for provider in [each for each in self._all if not each.alive]:
            await self.discard(provider)

    def _forget(self, provider: Provider) -> None:
        self._all.discard(provider)
        self._due.discard(provider)
        if provider in self._idle:
            self._idle.remove(provider)
        wanted = self._wanted.pop(provider, None)
        if wanted is not None and not wanted.done():
            wanted.set_result(provider)

    async def _stop_unshared(self, provider: Provider) -> None:
        if provider not in self._sharing:
            await provider.stop()

    def _in_background(self, work: Coroutine[None, None, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self._replacing.add(task)
        task.add_done_callback(self._settled)
        return task

    def _settled(self, task: "asyncio.Task[None]") -> None:
        self._replacing.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # The old one serves on and is due again; where there is none, the next run starts one.
            self._due.clear()
            _LOG.warning("a provider could not be started or ended: %s", error)


class Pinned:
    """Lends one provider of a pool, which who made this has to itself; a :class:`Lender`."""

    limit = 1

    def __init__(self, pool: ProviderPool, provider: Provider) -> None:
        self._pool = pool
        self._provider = provider

    async def take(self, settings: bytes, several: bool = False) -> Provider:
        """The provider."""
        return self._provider

    def give_back(self, provider: Provider) -> None:
        """It stays with who made this."""

    async def leave(self, provider: Provider) -> None:
        """It stays with who made this."""

    async def discard(self, provider: Provider) -> None:
        """End it."""
        await self._pool.discard(provider)


def _distance(provider: Provider, settings: bytes) -> int:
    """0 configured as wanted, 1 not configured, 2 configured differently."""
    if provider.settings == settings:
        return 0
    return 1 if provider.settings is None else 2


def _is_worn(provider: Provider) -> bool:
    age = time.monotonic() - provider.started
    return provider.leases >= MAX_LEASES or age >= MAX_AGE_SECONDS


def _came(task: "asyncio.Future[Provider]") -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
