"""The cold engine: init, validate, plan, show, as one does by hand. The reference for the warm one.

Its box is that of ``mirrored``. ``validate`` reads the ``provider`` blocks as their author wrote
them; the copy that is planned has them neutral.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Protocol, Self

from sandbox.base import MIB, Command, Limits, Result, Sandbox, Step
from sandbox.errors import EmulatorFailed
from sandbox.folder import held_folder
from sandbox.machine_time import MachineTime
from sandbox.probe import Probe
from sandbox.terraform import output
from sandbox.terraform.base import Depth, Phase, TerraformOutcome
from sandbox.terraform.deploy import Deployer
from sandbox.terraform.emulator import Emulator, beside_emulator, emulator_binds
from sandbox.terraform.mirrored import ENVIRONMENT, cli_config, mirror_binds, neutral
from sandbox.terraform.outcome import finished, outcome_of_plan, outcome_without_providers
from sandbox.terraform.places import CLI_CONFIG, CONFIG, TERRAFORM
from sandbox.terraform.plugins.relay import reattach
from sandbox.terraform.prepare import (
    FMT,
    PLAN,
    SHOW,
    VALIDATE,
    Installed,
    PreparedConfiguration,
    boxed_standins,
    environment,
    prepare,
    terraform_bind,
    within,
)
from sandbox.terraform.standing import Standing, against
from sandbox.toolchain import Toolchain

LIMITS = Limits(
    wall_seconds=240.0, cpu_seconds=200.0, memory_bytes=6144 * MIB, output_bytes=32 * MIB
)
"""Of one configuration's commands: each starts the provider (700 MB) and decodes its schema."""

NEUTRAL = "neutral"
"""The files that differ for the plan: provider blocks without their author's account."""

_INIT = (TERRAFORM, f"-chdir={CONFIG}", "init", "-json", "-input=false")
_STEPS = (
    FMT,
    Step("unparsed", VALIDATE, when="any-failed"),
    Step("init", _INIT, when="all-passed"),
    Step("validate", VALIDATE, when="all-passed"),
    Step("neutralise", ("/bin/cp", "-R", f"{NEUTRAL}/.", CONFIG), when="all-passed"),
    PLAN,
    SHOW,
)


class StandingSource(Protocol):
    """Who makes the state of what stood before an edit."""

    async def standing(self, before: Mapping[str, bytes]) -> Standing:
        """See :meth:`sandbox.terraform.warm.WarmEngine.standing`."""
        ...


class ColdEngine:
    """Validates and plans with nothing kept warm but the emulator.

    ``standing``: opens who makes the state of what stood before an edit, where it is first needed;
    what is planned against it is planned cold.
    """

    def __init__(
        self,
        toolchain: Toolchain,
        sandbox: Sandbox,
        standing: Callable[[], AbstractAsyncContextManager[StandingSource]] | None = None,
    ) -> None:
        self._toolchain = toolchain
        self._installed = Installed.of(toolchain)
        self._sandbox = sandbox
        self._probe = Probe(sandbox)
        self._clock = MachineTime(self._probe.pace)
        self._stack = AsyncExitStack()
        self._folder = Path()
        self._emulator: Emulator | None = None
        self._emulator_lock = asyncio.Lock()
        self._deployer: Deployer | None = None
        self._open_standing = standing
        self._standing: StandingSource | None = None
        self._standing_opening = asyncio.Lock()

    async def __aenter__(self) -> Self:
        self._folder = self._stack.enter_context(held_folder("terraform"))
        await self._stack.enter_async_context(self._probe)
        self._deployer = Deployer(
            self._toolchain, self._installed, self._sandbox, self._folder, self._clock
        )
        self._stack.push_async_callback(self._stop_emulator)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def run(
        self,
        files: Mapping[str, bytes],
        until: Depth = Depth.PLAN,
        before: Mapping[str, bytes] = MappingProxyType({}),
    ) -> TerraformOutcome:
        """See :class:`sandbox.terraform.base.TerraformEngine`."""
        standing = await (await self._stander()).standing(before) if before else None
        return await self.run_against(files, until, standing)

    async def run_against(
        self, files: Mapping[str, bytes], until: Depth, standing: Standing | None
    ) -> TerraformOutcome:
        """The outcome of a run against what stands."""
        given = prepare(files, self._installed)
        prepared = against(given, standing) if standing is not None else given
        if prepared.missing or prepared.refused:
            steps = (FMT, Step("validate", VALIDATE))
            return outcome_without_providers(prepared, await self._command(prepared, steps, None))
        emulator = await self._living_emulator()
        outcome = _outcome(prepared, await self._command(prepared, _STEPS, emulator))
        if outcome.plan is not None and not outcome.plan.passed:
            if not await emulator.healthy():
                raise EmulatorFailed("the AWS emulator went away during a plan")
            if fault := output.emulator_fault(outcome.plan.problems):
                raise EmulatorFailed(fault)
        if standing is not None:
            outcome = replace(outcome, unchanged=standing.plan)
        assert self._deployer is not None, "the engine is open"
        return await self._deployer.carry_on(given, outcome, until)

    async def _stander(self) -> StandingSource:
        if self._open_standing is None:
            raise RuntimeError("this engine was not told who makes the state before an edit")
        async with self._standing_opening:
            if self._standing is None:
                opened = self._open_standing()
                self._standing = await self._stack.enter_async_context(opened)
            return self._standing

    async def _command(
        self, prepared: PreparedConfiguration, steps: tuple[Step, ...], emulator: Emulator | None
    ) -> Result:
        mirrors = self._toolchain.terraform_mirrors
        binds = (*mirror_binds(mirrors, self._installed.registry), terraform_bind(self._installed))
        extra: Mapping[str, str] = {}
        if emulator is not None:
            binds += emulator_binds(emulator.folder)
            steps = tuple(
                replace(step, argv=beside_emulator(step.argv)) if step.name == "plan" else step
                for step in steps
            )
            extra = ENVIRONMENT
        standins = boxed_standins(prepared, self._installed, warm=False)
        extra = {**extra, **reattach({}, "", standins.sockets)}
        files = {
            **prepared.files,
            **within(NEUTRAL, neutral(prepared.sources)),
            CLI_CONFIG: cli_config(mirrors, self._installed.registry),
        }
        result = await self._sandbox.run(
            Command(
                steps=standins.beside(prepared.at_root(steps)),
                files=files,
                env=environment(extra),
                binds=tuple(dict.fromkeys((*binds, *standins.binds))),
                limits=LIMITS,
                served=emulator is not None,
            )
        )
        return finished(standins.sound(result))

    async def _living_emulator(self) -> Emulator:
        async with self._emulator_lock:
            if self._emulator is None or not await self._emulator.healthy():
                await self._stop_emulator()
                self._emulator = await Emulator.start(
                    self._sandbox, self._folder / "emulator", self._clock
                )
            return self._emulator

    async def _stop_emulator(self) -> None:
        if self._emulator is not None:
            await self._emulator.stop()


def _outcome(prepared: PreparedConfiguration, result: Result) -> TerraformOutcome:
    validate: Phase | None = None
    init, unparsed, validated = map(result.step, ("init", "unparsed", "validate"))
    if unparsed is not None:
        validate = output.phase_of_validate(unparsed)
    elif init is not None and init.exit_code:
        validate = output.phase_of_init(init)
    elif validated is not None:
        validate = output.phase_of_validate(validated)
    step = result.step("plan")
    plan = output.phase_of_stream(step) if step is not None else None
    return outcome_of_plan(prepared, result, validate, plan)
