"""The warm engine: the AWS provider runs already, Terraform attaches to it through the relay."""

import asyncio
import itertools
import shutil
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.base import MIB, Bind, Command, Limits, Result, Sandbox, Step
from sandbox.errors import EmulatorFailed, ProviderFailed
from sandbox.terraform import output
from sandbox.terraform.base import Depth, Phase, TerraformOutcome
from sandbox.terraform.cold import ColdEngine
from sandbox.terraform.emulator import Emulator
from sandbox.terraform.folder import engine_folder
from sandbox.terraform.outcome import finished, outcome_of_plan, outcome_without_providers
from sandbox.terraform.pool import ProviderPool
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
from sandbox.terraform.providers import AWS, WARM
from sandbox.terraform.relay import Relay, reattach
from sandbox.toolchain import Toolchain

LIMITS = Limits(wall_seconds=60.0, cpu_seconds=30.0, memory_bytes=1024 * MIB, output_bytes=32 * MIB)
"""Of one configuration's commands. A plan takes half a second; its ``show -json`` can be large."""

ATTEMPTS = 2
"""A run whose provider or emulator died is tried once more on fresh ones."""

_RELAYS = f"{TOOLS}/relays"
_PLUGINS = f"{TOOLS}/plugins"


class WarmEngine:
    """Validates and plans at the speed of Terraform's own process."""

    def __init__(self, toolchain: Toolchain, sandbox: Sandbox, *, providers: int = 1) -> None:
        self._toolchain = toolchain
        self._installed = Installed.of(toolchain)
        self._sandbox = sandbox
        self._size = providers
        self._runs = itertools.count(1)
        self._starts = itertools.count(1)
        self._stack = AsyncExitStack()
        self._folder = Path()
        self._emulator: Emulator | None = None
        self._emulator_lock = asyncio.Lock()
        self._pool: ProviderPool | None = None
        self._cold: ColdEngine | None = None
        self._cold_lock = asyncio.Lock()

    async def __aenter__(self) -> Self:
        self._folder = self._stack.enter_context(engine_folder())
        try:
            if AWS in self._installed.providers:
                await self._fresh_emulator()
                self._stack.push_async_callback(self._stop_emulator)
                self._pool = ProviderPool(self._start_provider, self._size)
                await self._pool.__aenter__()
                self._stack.push_async_callback(self._pool.stop)
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def run(self, files: Mapping[str, bytes], until: Depth = Depth.PLAN) -> TerraformOutcome:
        """See :class:`sandbox.terraform.base.TerraformEngine`."""
        # Reads text for up to a second; in a thread, so that the relays keep answering.
        prepared = await asyncio.to_thread(prepare, files, self._installed)
        if prepared.needs.configured.get(AWS, 0) > 1:
            return await (await self._cold_engine()).run(files, until)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                outcome = await self._attempt(prepared)
                return outcome or await (await self._cold_engine()).run(files, until)
            except (ProviderFailed, EmulatorFailed):
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("the last attempt returns or raises")

    async def _attempt(self, prepared: Prepared) -> TerraformOutcome | None:
        """The outcome, None where it needs several configurations of a provider (aliases), which
        would mix in one warm process."""
        if prepared.missing or prepared.unknown:
            steps = (FMT, Step("validate", VALIDATE))
            return outcome_without_providers(prepared, await self._command(prepared, steps, {}))
        steps = (
            FMT,
            *((GET,) if prepared.needs.modules else ()),
            PLAN,
            SHOW,
            Step("validate", VALIDATE, when="any-failed"),
        )
        needs_aws = AWS in prepared.needs.providers or not prepared.surveyed
        if self._pool is None or not needs_aws:
            return _outcome(prepared, await self._command(prepared, steps, {}))
        emulator = self._emulator
        folder = self._folder / f"run-{next(self._runs)}"
        folder.mkdir()
        folder.chmod(0o755)
        try:
            lease = await self._pool.lease()
            try:
                relay = Relay(
                    lease.provider, WARM[AWS].rewriter, prepared.names, folder, lease.release
                )
                async with relay:
                    result = await self._command(prepared, steps, {AWS: relay})
                if relay.fault is None and not lease.provider.alive:
                    raise ProviderFailed(f"{AWS} went away during a plan")
            finally:
                await lease.close()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if relay.fault is not None:
            raise relay.fault
        if relay.configured_twice:
            return None
        outcome = _outcome(prepared, result)
        if outcome.plan is not None and not outcome.plan.passed:
            await self._check_emulator(emulator, outcome.plan)
        return outcome

    async def _command(
        self, prepared: Prepared, steps: tuple[Step, ...], relays: dict[str, Relay]
    ) -> Result:
        boxed = {
            source: binary
            for source, binary in self._installed.providers.items()
            if source in prepared.needs.providers and source not in WARM
        }
        binds = [terraform_bind(self._installed)]
        binds += [Bind(relay.folder, _RELAYS) for relay in relays.values()]
        plugins = {source: f"{_PLUGINS}/{number}" for number, source in enumerate(sorted(boxed))}
        binds += [Bind(boxed[source].parent, target) for source, target in plugins.items()]
        extra = {"TF_REATTACH_PROVIDERS": reattach(relays, _RELAYS)} if relays else {}
        result = await self._sandbox.run(
            Command(
                steps=steps,
                files={**prepared.files, CLI_CONFIG: _cli_config(plugins)},
                env=environment(extra),
                binds=tuple(binds),
                limits=LIMITS,
            )
        )
        return finished(result)

    async def _check_emulator(self, emulator: Emulator | None, plan: Phase) -> None:
        """Tell a plan that failed for want of its emulator from one that failed by itself."""
        if emulator is not None and not await emulator.healthy():
            await self._fresh_emulator(emulator)
            raise EmulatorFailed("the AWS emulator went away during a plan")
        if gap := output.emulator_gap(plan.problems):
            raise EmulatorFailed(f"the AWS emulator does not know this call: {gap}")

    async def _fresh_emulator(self, dead: Emulator | None = None) -> None:
        async with self._emulator_lock:
            if self._emulator is not dead:
                return  # somebody else has replaced it
            if dead is not None:
                await dead.stop()
            folder = self._folder / "emulator"
            self._emulator = await Emulator.start(self._sandbox, folder)

    async def _stop_emulator(self) -> None:
        if self._emulator is not None:
            await self._emulator.stop()

    async def _start_provider(self) -> Provider:
        return await Provider.start(
            AWS,
            self._installed.providers[AWS],
            sandbox=self._sandbox,
            folder=self._folder / f"provider-{next(self._starts)}",
            emulator_socket=self._folder / "emulator" / "aws.sock",
        )

    async def _cold_engine(self) -> ColdEngine:
        async with self._cold_lock:
            if self._cold is None:
                cold = ColdEngine(self._toolchain, self._sandbox)
                self._cold = await self._stack.enter_async_context(cold)
            return self._cold


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
