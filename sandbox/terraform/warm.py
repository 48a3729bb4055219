"""The warm engine: providers run already, Terraform attaches to them through relays."""

import asyncio
import itertools
import logging
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import NoReturn, Protocol, Self, TypeVar

from sandbox.base import Ended, Restarted, Sandbox, Step, uncounted
from sandbox.errors import (
    BEFORE,
    BeforeLacksProvider,
    EmulatorFailed,
    ProviderFailed,
    ProviderStarved,
    SandboxError,
    TimedOutByUs,
    ToolCrashed,
)
from sandbox.folder import held_folder
from sandbox.machine_time import MachineTime
from sandbox.probe import Probe
from sandbox.terraform import canary, output
from sandbox.terraform.attached import AttachedTerraform
from sandbox.terraform.base import Depth, Phase, TerraformOutcome
from sandbox.terraform.cold import ColdEngine
from sandbox.terraform.deploy import Deployer
from sandbox.terraform.deploy.deployment import without_provisioners
from sandbox.terraform.emulator import LivingEmulator
from sandbox.terraform.inspection import Inspector
from sandbox.terraform.outcome import outcome_of_plan, outcome_without_providers
from sandbox.terraform.plugins.pool import Pinned, ProviderPool
from sandbox.terraform.plugins.provider import Provider
from sandbox.terraform.plugins.providers import is_warm
from sandbox.terraform.plugins.relay import Attachment
from sandbox.terraform.plugins.use import Use
from sandbox.terraform.prepare import FMT, VALIDATE, Installed, PreparedConfiguration, prepare
from sandbox.terraform.standing import NotMade, Standing, against, unusable
from sandbox.terraform.standings import Standings
from sandbox.toolchain import Toolchain

ATTEMPTS = 2
"""A run whose provider, emulator or Terraform died is tried once more on fresh ones."""

MORE_PROVIDERS = 3
"""How many providers beyond the pool's size a configuration with several blocks may start."""

_EMULATOR = "emulator"

SOCKET_PATH = 107
"""Bytes that the path of a unix socket may have (unix(7))."""

SOCKET_NAME = 36
"""Of it, what a provider needs below the engine's folder: /provider-12345/plugin1234567890."""

_LOG = logging.getLogger(__name__)

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class _Open:
    """What an engine has while it is open."""

    folder: Path
    terraform: AttachedTerraform
    deployer: Deployer


class _Work(Protocol[T_co]):
    """What is done with providers, and over which attachments."""

    async def __call__(
        self, uses: Mapping[str, Use], *, several: bool
    ) -> tuple[T_co, Mapping[str, Attachment]]:
        """Do it; ``several``: each connection has a provider to itself."""
        ...


class _Try(Protocol[T_co]):
    """What is tried again where providers break, on others that nobody else uses if ``alone``."""

    async def __call__(self, *, alone: bool) -> T_co | None:
        """Try it."""
        ...


class WarmEngine:
    """Validates and plans at the speed of Terraform's own process.

    ``providers``: how many of AWS are kept warm; ``emulator``: the socket of one that somebody
    else runs; ``restarted``: told of a provider, emulator or formatter that died or hung.
    """

    def __init__(
        self,
        toolchain: Toolchain,
        sandbox: Sandbox,
        *,
        providers: int = 2,
        emulator: Path | None = None,
        restarted: Restarted = uncounted,
    ) -> None:
        self._toolchain = toolchain
        self._installed = Installed.of(toolchain)
        self._aws = f"{self._installed.registry}/hashicorp/aws"
        self._sandbox = sandbox
        self._size = providers
        self._outside = emulator
        self._restarted = restarted
        self._probe = Probe(sandbox)
        self._clock = MachineTime(self._probe.pace)
        self._starts = itertools.count(1)
        self._stack = AsyncExitStack()
        self._opened: _Open | None = None
        self._emulator: LivingEmulator | None = None
        self._inspector: Inspector | None = None
        self._pools: dict[str, ProviderPool] = {}
        self._pools_starting = asyncio.Lock()
        self._several = asyncio.Lock()
        self._standings = Standings()
        self._cold: ColdEngine | None = None
        self._cold_starting = asyncio.Lock()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            folder = stack.enter_context(held_folder("terraform"))
            if len(os.fsencode(folder)) > SOCKET_PATH - SOCKET_NAME:
                raise SandboxError(
                    f"{folder} is too long a path for sockets: set TMPDIR to a shorter one"
                )
            await stack.enter_async_context(self._probe)
            clock, restarted = self._clock, self._restarted
            terraform = AttachedTerraform(self._installed, self._sandbox, folder, clock, restarted)
            deployer = Deployer(self._toolchain, self._installed, self._sandbox, folder, clock)
            self._opened = _Open(folder, terraform, deployer)
            parts: list[AbstractAsyncContextManager[object]] = [terraform]
            if self._aws in self._installed.providers:
                (folder / _EMULATOR).mkdir()
                emulator = LivingEmulator(
                    self._sandbox, folder / _EMULATOR, clock, self._outside, restarted
                )
                pool = self._pools[self._aws] = self._new_pool(self._aws, self._size)
                self._emulator = emulator
                self._inspector = Inspector(pool, self._aws, emulator, terraform, self._installed)
                parts += [emulator, pool]
            # Side by side: together they take as long as the slowest one.
            try:
                async with asyncio.TaskGroup() as group:
                    for part in parts:
                        group.create_task(stack.enter_async_context(part))
            except ExceptionGroup as failures:
                raise failures.exceptions[0] from None
            watching = asyncio.create_task(self._look_after())
            stack.push_async_callback(asyncio.wait, (watching,))
            stack.callback(watching.cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.aclose()
        self._pools.clear()
        self._opened = self._emulator = self._inspector = None

    @property
    def providers(self) -> tuple[Provider, ...]:
        """All that are warm now, of every source."""
        return tuple(provider for pool in self._pools.values() for provider in pool.providers)

    async def run(
        self,
        files: Mapping[str, bytes],
        until: Depth = Depth.PLAN,
        before: Mapping[str, bytes] = MappingProxyType({}),
    ) -> TerraformOutcome:
        """See :class:`sandbox.terraform.base.TerraformEngine`."""
        standing = await self.standing(before) if before else None
        return await self.run_against(files, until, standing)

    async def run_against(
        self, files: Mapping[str, bytes], until: Depth, standing: Standing | None
    ) -> TerraformOutcome:
        """The outcome of a run against what stands."""
        # Reads text for up to a second; in a thread, so that the relays keep answering.
        given = await asyncio.to_thread(prepare, files, self._installed)
        prepared = against(given, standing) if standing is not None else given
        outcome = await self._persistently(
            partial(self._planned, prepared, until), partial(self._out_of_memory, prepared)
        )
        if outcome is None:
            return await (await self._cold_engine()).run_against(files, until, standing)
        if standing is not None:
            outcome = replace(outcome, unchanged=standing.plan)
        return await self._parts.deployer.carry_on(given, outcome, until)

    async def standing(self, before: Mapping[str, bytes]) -> Standing:
        """What stands once a configuration is applied; made once for many answers.

        Raises:
            BeforeUnusable: nothing can be planned against it.
            sandbox.errors.*: a fault of ours.
        """
        return await self._standings.get(before, partial(self._stand, before))

    async def applied(self, before: Mapping[str, bytes]) -> Standing:
        """The same, really applied on the emulator, which keeps it: what made states are held
        against. It takes the time that the provider waits for what it makes.

        Raises:
            BeforeUnusable: the emulator could not make it.
            sandbox.errors.*: a fault of ours.
        """
        return await self._stand(before, really=True)

    async def _stand(self, before: Mapping[str, bytes], *, really: bool = False) -> Standing:
        prepared = await asyncio.to_thread(prepare, before, self._installed)
        if prepared.refused:
            told = ", ".join(each.detail for each in prepared.refused)
            raise unusable(f"it leans on what is not here: {told}")
        if prepared.missing:
            lacking = ", ".join(prepared.missing)
            raise BeforeLacksProvider(f"{BEFORE}: it leans on what is not here: {lacking}")
        bare = replace(prepared, files=without_provisioners(prepared))
        made = partial(self._anyhow, bare, partial(self._parts.terraform.make, bare, really=really))
        standing = await self._persistently(made, _too_large)
        if standing is None:
            raise unusable("only a provider that Terraform starts itself could plan it")
        return standing

    async def _persistently(
        self, tried: _Try[T], too_large: Callable[[], Awaitable[T]]
    ) -> T | None:
        """What comes of what is tried, once more where providers break; None where only a cold run
        can tell. ``too_large``: it takes more memory than a provider may have."""
        alone = False
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await tried(alone=alone)
            except (EmulatorFailed, ToolCrashed, SandboxError) as error:
                starved = isinstance(error, ProviderStarved)
                if starved and alone:
                    return await too_large()
                if attempt == ATTEMPTS:
                    raise
                alone = starved
                if isinstance(error, EmulatorFailed) and self._emulator is not None:
                    await self._emulator.see_alive()  # or the second attempt meets the same
                _LOG.info("tried once more: %s", error)
        raise AssertionError("the last attempt returns or raises")

    @property
    def _parts(self) -> _Open:
        if self._opened is None:
            raise RuntimeError("the engine is not open: use it in `async with`")
        return self._opened

    async def _planned(
        self, prepared: PreparedConfiguration, until: Depth, *, alone: bool
    ) -> TerraformOutcome | None:
        """The outcome; None where only a cold run can tell."""
        if prepared.missing or prepared.refused:
            steps = (FMT, Step("validate", VALIDATE))
            result = await self._parts.terraform.command(prepared, steps)
            return outcome_without_providers(prepared, result)
        work = partial(self._parts.terraform.run, prepared, until)
        return await self._anyhow(prepared, work, alone=alone)

    async def _anyhow(
        self, prepared: PreparedConfiguration, work: _Work[T], *, alone: bool
    ) -> T | None:
        """What comes of work with providers; None where only a cold run can tell.

        ``alone``: on providers that nobody else uses, so that what befalls them is its own doing.
        """
        if prepared.older:
            return None  # what is kept warm is the newest version of each provider
        blocks = max(prepared.needs.configured.values(), default=0)
        if blocks <= 1 and prepared.surveyed:
            outcome, mixed = await self._attempt(prepared, work, alone, several=False)
            if not mixed:
                return outcome
        # One at a time: two that each wait for what the other one holds would wait for ever.
        async with self._several:
            outcome, _ = await self._attempt(prepared, work, alone, several=True)
            return outcome

    async def _attempt(
        self, prepared: PreparedConfiguration, work: _Work[T], alone: bool, *, several: bool
    ) -> tuple[T | None, bool]:
        """The outcome, or None and whether it was because connections mixed."""
        losses = self._emulator.losses if self._emulator else 0
        uses: Mapping[str, Use] = {}
        try:
            async with AsyncExitStack() as stack:
                uses = {
                    source: await stack.enter_async_context(self._use(source, alone))
                    for source in await self._warm_sources(prepared)
                }
                outcome, attached = await work(uses, several=several)
        except NotMade as error:
            await self._see_sound(error.ended, error.phase, uses, losses)
            raise
        if any(each.mixed for each in attached.values()):
            return None, True
        if any(each.exceeded for each in attached.values()):
            return None, False
        if isinstance(outcome, TerraformOutcome):
            await self._see_sound(outcome.ended, outcome.plan, uses, losses)
        return outcome, False

    async def _see_sound(
        self, ended: Ended, plan: Phase | None, uses: Mapping[str, Use], losses: int
    ) -> None:
        """Tell what a configuration did from what its provider or the emulator did to it."""
        if self._aws not in uses:
            return
        if self._inspector is not None and ended is Ended.WALL_TIME:
            await self._inspector.see_no_lie(uses[self._aws].asked)
        if plan is None or not plan.passed:
            await self._check_emulator(losses, plan)

    @asynccontextmanager
    async def _use(self, source: str, alone: bool) -> AsyncIterator[Use]:
        """What a run uses of a pool; what a run that broke had leased is not used again."""
        if alone:
            provider = await self._start_provider(source)
            try:
                yield Use(Pinned(self._pools[source], provider), provider)
            finally:
                await provider.stop()
            return
        use = await self._pools[source].use()
        try:
            yield use
        except ToolCrashed as error:
            await use.close(discard=True, shared_too=isinstance(error, ProviderFailed))
            raise
        except BaseException:
            await use.close()
            raise
        else:
            await use.close()

    async def _warm_sources(self, prepared: PreparedConfiguration) -> list[str]:
        """The providers that the run attaches to, with their pools started."""
        registry = self._installed.registry
        wanted = [
            source
            for source in (*self._installed.providers, *self._installed.standins)
            if is_warm(source) and prepared.leans_on(source, registry)
        ]
        async with self._pools_starting:
            for source in wanted:
                if source not in self._pools:
                    pool = self._new_pool(source, 1)
                    self._pools[source] = await self._stack.enter_async_context(pool)
        return wanted

    def _new_pool(self, source: str, size: int) -> ProviderPool:
        start = partial(self._start_provider, source)
        return ProviderPool(
            start, size=size, limit=size + MORE_PROVIDERS, restarted=self._restarted
        )

    async def _start_provider(self, source: str) -> Provider:
        parts = self._parts
        folder = self._emulator.folder if self._emulator else parts.folder / _EMULATOR
        return await Provider.start(
            source,
            self._installed.program(source),
            sandbox=self._sandbox,
            folder=parts.folder / f"provider-{next(self._starts)}",
            emulator_folder=folder,
            clock=self._clock,
        )

    async def _check_emulator(self, losses: int, plan: Phase | None) -> None:
        """Tell a plan that failed for want of its emulator from one that failed by itself."""
        assert self._emulator is not None
        await self._emulator.see_alive()
        if self._emulator.losses > losses:
            raise EmulatorFailed("the AWS emulator went away during a plan")
        if plan is not None and (fault := output.emulator_fault(plan.problems)):
            raise EmulatorFailed(fault)

    async def _out_of_memory(self, prepared: PreparedConfiguration) -> TerraformOutcome:
        """The outcome of a configuration that takes more memory than a provider may have."""
        result = await self._parts.terraform.command(prepared, (FMT,))
        return outcome_of_plan(prepared, replace(result, ended=Ended.MEMORY), None, None)

    async def _look_after(self) -> None:
        """Send canaries through every provider, and end those that nobody needs."""
        took = 0.0
        while True:
            await asyncio.sleep(max(canary.EVERY_SECONDS, canary.LONGER * took))
            began = time.monotonic()
            try:
                for pool in list(self._pools.values()):
                    await pool.tend()
                if self._inspector is not None:
                    await self._inspector.inspect_all()
            except (EmulatorFailed, SandboxError, TimedOutByUs) as error:
                _LOG.warning("the providers could not be inspected: %s", error)
            took = time.monotonic() - began

    async def _cold_engine(self) -> ColdEngine:
        async with self._cold_starting:
            if self._cold is None:
                cold = ColdEngine(self._toolchain, self._sandbox)
                self._cold = await self._stack.enter_async_context(cold)
            return self._cold


async def _too_large() -> NoReturn:
    raise unusable("it takes more memory than a provider may have")
