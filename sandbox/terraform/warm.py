"""The warm engine: providers run already, Terraform attaches to them through relays."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.base import MIB, Bind, Command, Ended, Limits, Result, Sandbox, Step
from sandbox.errors import (
    EmulatorFailed,
    ProviderFailed,
    ProviderStarved,
    SandboxError,
    ToolCrashed,
)
from sandbox.folder import held_folder
from sandbox.terraform import canary, output
from sandbox.terraform.base import Depth, Phase, TerraformOutcome
from sandbox.terraform.cold import ColdEngine
from sandbox.terraform.deploy import Deployer
from sandbox.terraform.emulator import LivingEmulator
from sandbox.terraform.outcome import finished, outcome_of_plan, outcome_without_providers
from sandbox.terraform.pool import ProviderPool, Use
from sandbox.terraform.prepare import (
    CLI_CONFIG,
    FMT,
    GET,
    PLAN,
    SHOW,
    TOOLS,
    VALIDATE,
    Installed,
    Prepared,
    environment,
    prepare,
    terraform_bind,
)
from sandbox.terraform.provider import Provider
from sandbox.terraform.providers import row
from sandbox.terraform.relay import Attachment, Relay, Switchboard, reattach
from sandbox.toolchain import Toolchain

LIMITS = Limits(wall_seconds=60.0, cpu_seconds=30.0, memory_bytes=1024 * MIB, output_bytes=32 * MIB)
"""Of one configuration's commands. A plan takes a fifth of a second; its JSON can be large."""

ATTEMPTS = 2
"""A run whose provider, emulator or Terraform died is tried once more on fresh ones."""

MORE_PROVIDERS = 3
"""How many providers beyond the pool's size a configuration with several blocks may start."""

_GO = {"GOGC": "off", "GOMEMLIMIT": f"{LIMITS.memory_bytes * 6 // 10}"}
"""Terraform ends before its garbage is worth collecting; a large plan collects from 60 % on."""

_RELAYS = f"{TOOLS}/relays"
_PLUGINS = f"{TOOLS}/plugins"

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Slot:
    """A folder for the sockets of one run at a time. The same few serve all runs, so that a
    sandbox that keeps boxes ready sees the same binds again."""

    folder: Path


class WarmEngine:
    """Validates and plans at the speed of Terraform's own process.

    ``providers``: how many of AWS are kept warm; ``emulator``: the socket of one that somebody
    else runs.
    """

    def __init__(
        self,
        toolchain: Toolchain,
        sandbox: Sandbox,
        *,
        providers: int = 2,
        emulator: Path | None = None,
    ) -> None:
        self._toolchain = toolchain
        self._installed = Installed.of(toolchain)
        self._aws = f"{self._installed.registry}/hashicorp/aws"
        self._sandbox = sandbox
        self._size = providers
        self._outside = emulator
        self._starts = itertools.count(1)
        self._made_slots = itertools.count(1)
        self._free_slots: list[_Slot] = []
        self._stack = AsyncExitStack()
        self._folder = Path()
        self._emulator: LivingEmulator | None = None
        self._pools: dict[str, ProviderPool] = {}
        self._pools_starting = asyncio.Lock()
        self._several = asyncio.Lock()
        self._deployer: Deployer | None = None
        self._cold: ColdEngine | None = None
        self._cold_starting = asyncio.Lock()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._folder = stack.enter_context(held_folder("terraform"))
            if self._aws in self._installed.providers:
                (self._folder / "emulator").mkdir()
                self._emulator = LivingEmulator(
                    self._sandbox, self._folder / "emulator", self._outside
                )
                pool = self._pools[self._aws] = self._new_pool(self._aws, self._size)
                # Side by side: together they take as long as the slower one.
                async with asyncio.TaskGroup() as group:
                    for part in (self._emulator, pool):
                        group.create_task(stack.enter_async_context(part))
            self._deployer = Deployer(self._toolchain, self._installed, self._sandbox, self._folder)
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

    async def run(self, files: Mapping[str, bytes], until: Depth = Depth.PLAN) -> TerraformOutcome:
        """See :class:`sandbox.terraform.base.TerraformEngine`."""
        # Reads text for up to a second; in a thread, so that the relays keep answering.
        prepared = await asyncio.to_thread(prepare, files, self._installed)
        alone = False
        for attempt in range(1, ATTEMPTS + 1):
            try:
                outcome = await self._anyhow(prepared, until, alone=alone)
                break
            except (EmulatorFailed, ToolCrashed, SandboxError) as error:
                starved = isinstance(error, ProviderStarved)
                if starved and alone:
                    return await self._out_of_memory(prepared)
                if attempt == ATTEMPTS:
                    raise
                alone = starved
                _LOG.info("tried once more: %s", error)
        if outcome is None:
            return await (await self._cold_engine()).run(files, until)
        assert self._deployer is not None, "the engine is open"
        return await self._deployer.carry_on(prepared, outcome, until)

    async def _anyhow(
        self, prepared: Prepared, until: Depth, *, alone: bool
    ) -> TerraformOutcome | None:
        """The outcome; None where only a cold run can tell.

        ``alone``: on providers that nobody else uses, so that what befalls them is its own doing.
        """
        if prepared.missing or prepared.refused:
            steps = (FMT, Step("validate", VALIDATE))
            result = await self._command(prepared, steps, {}, None)
            return outcome_without_providers(prepared, result)
        blocks = max(prepared.needs.configured.values(), default=0)
        if blocks <= 1 and prepared.surveyed:
            outcome, mixed = await self._attempt(prepared, until, alone, several=False)
            if not mixed:
                return outcome
        # One at a time: two that each wait for what the other one holds would wait for ever.
        async with self._several:
            outcome, _ = await self._attempt(prepared, until, alone, several=True)
            return outcome

    async def _attempt(
        self, prepared: Prepared, until: Depth, alone: bool, *, several: bool
    ) -> tuple[TerraformOutcome | None, bool]:
        """The outcome, or None and whether it was because connections mixed."""
        losses = self._emulator.losses if self._emulator else 0
        async with AsyncExitStack() as stack:
            uses = {
                source: await stack.enter_async_context(self._use(source, alone))
                for source in await self._warm_sources(prepared)
            }
            outcome, attached = await self._attached(prepared, until, uses, several=several)
        if any(each.mixed for each in attached.values()):
            return None, True
        if any(each.exceeded for each in attached.values()):
            return None, False
        if self._aws in uses and outcome.ended is Ended.WALL_TIME:
            await self._see_no_lie(uses[self._aws].asked)
        if self._aws in uses and (outcome.plan is None or not outcome.plan.passed):
            await self._check_emulator(losses, outcome.plan)
        return outcome, False

    async def _attached(
        self, prepared: Prepared, until: Depth, uses: Mapping[str, Use], *, several: bool
    ) -> tuple[TerraformOutcome, Mapping[str, Attachment]]:
        """Run Terraform with relays to what it uses."""
        fetch = (GET,) if prepared.needs.modules else ()
        steps: tuple[Step, ...] = (FMT, *fetch, Step("validate", VALIDATE, when="all-passed"))
        if until > Depth.VALIDATE:
            validate = Step("validate", VALIDATE, when="any-failed")
            steps = (FMT, *fetch, PLAN, SHOW, validate)
        slot = self._free_slots.pop() if self._free_slots else self._new_slot()
        try:
            attached = {
                source: _attachment(use, source, prepared, slot.folder, several=several)
                for source, use in uses.items()
            }
            async with AsyncExitStack() as stack:
                for each in attached.values():
                    await stack.enter_async_context(each)
                result = await self._command(prepared, steps, attached, slot)
        finally:
            self._free_slots.append(slot)
        if fault := next((use.fault for use in uses.values() if use.fault), None):
            raise fault
        outcome = _outcome(prepared, result)
        said = (*outcome.validate.problems, *(outcome.plan.problems if outcome.plan else ()))
        if uses and (lost := output.lost_plugin(said)):
            raise ProviderFailed(f"terraform lost a provider: {lost}")
        return outcome, attached

    async def _command(
        self,
        prepared: Prepared,
        steps: tuple[Step, ...],
        attached: Mapping[str, Attachment],
        slot: _Slot | None,
    ) -> Result:
        boxed = {
            source: binary
            for source, binary in self._installed.providers.items()
            if source in prepared.needs.providers and not _is_warm(source)
        }
        binds = [terraform_bind(self._installed)]
        if slot is not None:
            binds.append(Bind(slot.folder, _RELAYS))
        plugins = {source: f"{_PLUGINS}/{number}" for number, source in enumerate(sorted(boxed))}
        binds += [Bind(boxed[source].parent, target) for source, target in plugins.items()]
        extra = {"TF_REATTACH_PROVIDERS": reattach(attached, _RELAYS)} if attached else {}
        result = await self._sandbox.run(
            Command(
                steps=prepared.at_root(steps),
                files={**prepared.files, CLI_CONFIG: _cli_config(plugins)},
                env=environment({**_GO, **extra}),
                binds=tuple(binds),
                limits=LIMITS,
            )
        )
        return finished(result)

    @asynccontextmanager
    async def _use(self, source: str, alone: bool) -> AsyncIterator[Use]:
        """What a run uses of a pool; what a run that broke had leased is not used again."""
        if alone:
            provider = await self._start_provider(source)
            try:
                yield Use(canary.Pinned(self._pools[source], provider), provider)
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

    async def _warm_sources(self, prepared: Prepared) -> list[str]:
        """The providers that the run attaches to, with their pools started."""
        wanted = [
            source
            for source in self._installed.providers
            if _is_warm(source)
            and (
                source in prepared.needs.providers
                # Anything may be in what could not be read; under one name each is enough.
                or (not prepared.surveyed and source.startswith(self._installed.registry))
            )
        ]
        async with self._pools_starting:
            for source in wanted:
                if source not in self._pools:
                    pool = self._new_pool(source, 1)
                    self._pools[source] = await self._stack.enter_async_context(pool)
        return wanted

    def _new_pool(self, source: str, size: int) -> ProviderPool:
        start = partial(self._start_provider, source)
        return ProviderPool(start, size=size, limit=size + MORE_PROVIDERS)

    async def _start_provider(self, source: str) -> Provider:
        folder = self._emulator.folder if self._emulator else self._folder / "emulator"
        return await Provider.start(
            source,
            self._installed.providers[source],
            sandbox=self._sandbox,
            folder=self._folder / f"provider-{next(self._starts)}",
            emulator_folder=folder,
        )

    def _new_slot(self) -> _Slot:
        folder = self._folder / f"slot-{next(self._made_slots)}"
        folder.mkdir()
        folder.chmod(0o755)
        return _Slot(folder)

    async def _check_emulator(self, losses: int, plan: Phase | None) -> None:
        """Tell a plan that failed for want of its emulator from one that failed by itself."""
        assert self._emulator is not None
        await self._emulator.see_alive()
        if self._emulator.losses > losses:
            raise EmulatorFailed("the AWS emulator went away during a plan")
        if plan is not None and (gap := output.emulator_gap(plan.problems)):
            raise EmulatorFailed(f"the AWS emulator does not know this call: {gap}")

    async def _out_of_memory(self, prepared: Prepared) -> TerraformOutcome:
        """The outcome of a configuration that takes more memory than a provider may have."""
        result = await self._command(prepared, (FMT,), {}, None)
        return outcome_of_plan(prepared, replace(result, ended=Ended.MEMORY), None, None)

    async def _see_no_lie(self, asked: Iterable[Provider]) -> None:
        """Tell a run that took its time by itself from one that waited for a broken provider.

        Raises:
            ProviderFailed: it may have waited.
        """
        lies = [await self.inspect(provider) for provider in asked]
        if any(lies):
            raise ProviderFailed(f"a plan waited for a provider that is broken: {max(lies)}")

    async def _look_after(self) -> None:
        """Send canaries through every provider, and end those that nobody needs."""
        while True:
            await asyncio.sleep(canary.EVERY_SECONDS)
            try:
                for pool in list(self._pools.values()):
                    await pool.tend()
                if self._aws in self._pools:
                    for provider in self._pools[self._aws].providers:
                        await self.inspect(provider)
            except (EmulatorFailed, SandboxError) as error:
                _LOG.warning("the providers could not be inspected: %s", error)

    async def inspect(self, provider: Provider) -> str:
        """Send the canaries through an AWS provider; one that lies goes. What it said wrong."""
        pool = self._pools[self._aws]
        if not await pool.take_this(provider):
            return ""
        try:
            assert self._emulator is not None
            losses = self._emulator.losses
            lie = await self._lie_of(provider)
            if lie:
                await self._emulator.see_alive()
            if not lie or self._emulator.losses > losses:
                return ""
            _LOG.warning("%s is replaced: %s", provider.source, lie)
            await pool.discard(provider)
            await provider.stop()  # also for those who share it
            return lie
        finally:
            pool.give_back(provider)

    async def _lie_of(self, provider: Provider) -> str:
        """What a provider that was taken says wrong, "" where nothing."""
        try:
            async with asyncio.timeout(canary.SECONDS):
                for files, lie_about in (
                    (canary.GOOD, canary.lie_about_good),
                    (canary.BAD, canary.lie_about_bad),
                ):
                    prepared = prepare(files, self._installed)
                    use = Use(canary.Pinned(self._pools[self._aws], provider), provider)
                    try:
                        outcome, _ = await self._attached(
                            prepared, Depth.PLAN, {self._aws: use}, several=False
                        )
                    finally:
                        await use.close()
                    if lie := lie_about(outcome):
                        return lie
        except (ProviderFailed, ToolCrashed) as error:
            return str(error)
        except TimeoutError:
            return f"the canaries took more than {canary.SECONDS:g} s"
        return ""

    async def _cold_engine(self) -> ColdEngine:
        async with self._cold_starting:
            if self._cold is None:
                cold = ColdEngine(self._toolchain, self._sandbox)
                self._cold = await self._stack.enter_async_context(cold)
            return self._cold


def _is_warm(source: str) -> bool:
    entry = row(source)
    return entry is not None and entry.warm


def _attachment(
    use: Use, source: str, prepared: Prepared, folder: Path, *, several: bool
) -> Attachment:
    socket = folder / f"{source.rpartition('/')[2]}.sock"
    entry = row(source)
    assert entry is not None, "only providers of the table are warm"
    open_relay = partial(Relay, use, entry, prepared.names)
    return Switchboard(use, open_relay, socket) if several else open_relay(socket)


def _outcome(prepared: Prepared, result: Result) -> TerraformOutcome:
    plan_step, validate_step = result.step("plan"), result.step("validate")
    get = result.step("get")
    plan = output.phase_of_stream(plan_step) if plan_step is not None else None
    if get is not None and get.exit_code:
        validate: Phase | None = output.phase_of_text(get)
    elif validate_step is not None:
        validate = output.phase_of_validate(validate_step)
    elif plan is not None and plan.passed:
        validate = Phase(True, (), plan.seconds)
    else:
        validate = None
    return outcome_of_plan(prepared, result, validate, plan)


def _cli_config(plugins: Mapping[str, str]) -> bytes:
    """Terraform's own configuration: which providers it starts from where, and no others."""
    overrides = "\n".join(f'    "{source}" = "{path}"' for source, path in plugins.items())
    return (
        "disable_checkpoint = true\n"
        f"provider_installation {{\n  dev_overrides {{\n{overrides}\n  }}\n"
        '  filesystem_mirror {\n    path = "/assay/none"\n  }\n}\n'
    ).encode()
