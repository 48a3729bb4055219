"""A pool of warm providers: starts, stops and hands them over as the lending decides.

Who gets which provider and which are started and stopped, and why, is decided in
:mod:`sandbox.terraform.plugins.lending`. Here it is done, and what came of it is told.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from types import TracebackType
from typing import Self

from sandbox.base import Restarted, uncounted
from sandbox.errors import ProviderFailed
from sandbox.shielded import shielded
from sandbox.terraform.plugins.lending import Lending
from sandbox.terraform.plugins.loans import (
    Action,
    Deny,
    Grant,
    LeaseRequest,
    Request,
    ShareRequest,
    SpecificLeaseRequest,
    Start,
    Stop,
)
from sandbox.terraform.plugins.policy import LendingPolicy
from sandbox.terraform.plugins.provider import Provider
from sandbox.terraform.plugins.use import Use

WATCH_SECONDS = 2.0
"""Between two questions whether the providers live, and how large they are."""

_LOG = logging.getLogger(__name__)


class ProviderPool:
    """Warm providers of one source. ``async with`` starts ``size`` of them.

    ``limit``: up to how many there may be for runs that need several at once. ``restarted`` is told
    of each that dies or is not to be trusted.
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
        self._lending: Lending[Provider] = Lending(LendingPolicy(size, self.limit))
        self._restarted = restarted
        self._start = start
        self._asked: dict[Request[Provider], asyncio.Future[Provider]] = {}
        self._starting: set[asyncio.Future[Provider]] = set()
        self._stopping: set[asyncio.Future[None]] = set()
        self._watch: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._do(self._lending.open())
        try:
            await asyncio.gather(*self._starting)
        except BaseException:
            await self.stop()
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
        return self._lending.providers

    async def stop(self) -> None:
        """End every provider; who waits for one is told.

        Raises:
            SandboxError: one of them does not end.
        """
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait((self._watch,))
        stops = self._do(self._lending.close())
        for start in self._starting:
            start.cancel()
        await shielded(self._quiet())
        await _all_done(stops)

    async def use(self) -> Use:
        """What a run needs; :meth:`Use.close` it in the end.

        Raises:
            ProviderFailed: none lives, and none could be started.
        """
        self._notice_the_dead()
        return Use(self, await self._granted(ShareRequest()))

    async def take(self, settings: bytes, several: bool = False) -> Provider:
        """Wait for a provider that nobody has configured, and take it; :meth:`give_back` it.

        ``several``: who asks holds one already, so the pool grows rather than let it wait.

        Raises:
            ProviderFailed: one was needed and did not start.
        """
        self._notice_the_dead()
        return await self._granted(LeaseRequest(settings, several))

    async def take_this(self, provider: Provider) -> bool:
        """Wait until nobody has this one configured, and take it; False where it went away."""
        try:
            await self._granted(SpecificLeaseRequest(provider))
        except ProviderFailed:
            return False
        return True

    def give_back(self, provider: Provider) -> None:
        """What was taken may be configured by others."""
        self._notice_the_dead()
        self._do(self._lending.give_back(provider, provider.settings, time.monotonic()))

    async def discard(self, provider: Provider, *, at_once: bool = False) -> None:
        """End a provider that is dead or not to be trusted, and start another one instead.

        Runs that share a living one may still ask it to their end, but for ``at_once``.

        Raises:
            SandboxError: it does not end.
        """
        if provider not in self.providers:
            return
        self._restarted("provider")
        if provider.alive:
            actions = self._lending.discard(provider, at_once=at_once)
        else:
            actions = self._lending.died(provider)
        await _all_done(self._do(actions))

    async def leave(self, provider: Provider) -> None:
        """One run less asks this provider; a replaced one ends with its last.

        Raises:
            SandboxError: it does not end.
        """
        await _all_done(self._do(self._lending.leave(provider)))

    async def tend(self) -> None:
        """See to the idle: end those beyond the pool's size, replace those that are due.

        Start those that could not be started before.

        Raises:
            SandboxError: one does not end.
        """
        await _all_done(self._do(self._lending.tend(time.monotonic())))

    async def _granted(self, request: Request[Provider]) -> Provider:
        """What was asked for, as soon as it is granted."""
        answer = self._asked[request] = asyncio.get_running_loop().create_future()
        self._do(self._lending.ask(request))
        try:
            return await asyncio.shield(answer)  # which may come in the moment of a cancellation
        except asyncio.CancelledError:
            came = answer.done() and answer.exception() is None
            self._do(self._lending.cancel(request, answer.result() if came else None))
            raise
        finally:
            del self._asked[request]

    def _do(self, actions: Iterable[Action[Provider]]) -> list[asyncio.Future[None]]:
        """Do what was decided; gives what ends by and by, also where nobody waits for that."""
        stops: list[asyncio.Future[None]] = []
        for action in actions:
            match action:
                case Start(number):
                    _LOG.info("one more provider, beside %d", len(self.providers))
                    start = asyncio.ensure_future(self._start())
                    self._starting.add(start)
                    start.add_done_callback(partial(self._started, number))
                case Stop(provider, reason, leases):
                    memory = (provider.memory_bytes or 0) / 1e6
                    _LOG.info("a provider goes after %d plans, %d MB: %s", leases, memory, reason)
                    stop = asyncio.ensure_future(provider.stop())
                    self._stopping.add(stop)
                    stop.add_done_callback(self._stopped)
                    stops.append(stop)
                case Grant(request, provider):
                    self._asked[request].set_result(provider)
                case Deny(request, why):
                    self._asked[request].set_exception(ProviderFailed(why))
        return stops

    def _started(self, number: int, start: "asyncio.Future[Provider]") -> None:
        self._starting.discard(start)
        if start.cancelled():
            self._do(self._lending.failed(number, "its start was cancelled"))
        elif (error := start.exception()) is not None:
            _LOG.warning("a provider could not be started: %s", error)
            self._do(self._lending.failed(number, str(error)))
        else:
            self._do(self._lending.arrived(number, start.result(), time.monotonic()))

    def _stopped(self, stop: "asyncio.Future[None]") -> None:
        self._stopping.discard(stop)
        if not stop.cancelled() and (error := stop.exception()) is not None:
            _LOG.warning("a provider could not be ended: %s", error)

    async def _quiet(self) -> None:
        """Wait until nothing starts or stops."""
        while under_way := self._starting | self._stopping:
            await asyncio.wait(under_way)

    async def _keep_watch(self) -> None:
        """Ask the providers whether they live: a plan must not wait for one that hangs.

        And see how large they have become, which is too dear to be asked after every plan.
        """
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            await asyncio.gather(*(provider.see_alive() for provider in self.providers))
            self._notice_the_dead()
            for provider in self.providers:
                self._do(self._lending.measured(provider, provider.memory_bytes or 0))

    def _notice_the_dead(self) -> None:
        for provider in self.providers:
            if not provider.alive:
                self._restarted("provider")
                self._do(self._lending.died(provider))


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


async def _all_done(stops: Iterable["asyncio.Future[None]"]) -> None:
    """Wait until these came to their end, which they do also when who waits is cancelled."""
    for stop in stops:
        await asyncio.shield(stop)
