"""One run of Terraform, attached to warm providers: one box, one folder of sockets."""

import itertools
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from sandbox.base import (
    MIB,
    Bind,
    Command,
    Limits,
    Restarted,
    Result,
    Sandbox,
    Step,
    StepResult,
    uncounted,
)
from sandbox.errors import ProviderFailed
from sandbox.machine_time import MachineTime
from sandbox.terraform import output
from sandbox.terraform.base import Depth, Phase, TerraformOutcome
from sandbox.terraform.formatter import Formatter
from sandbox.terraform.outcome import finished, outcome_of_plan
from sandbox.terraform.places import CLI_CONFIG, TOOLS
from sandbox.terraform.plugins.providers import Row, is_warm, row
from sandbox.terraform.plugins.relay import Attachment, Relay, Switchboard, reattach
from sandbox.terraform.plugins.use import Use
from sandbox.terraform.prepare import (
    FMT,
    GET,
    PLAN,
    SHOW,
    VALIDATE,
    Installed,
    PreparedConfiguration,
    boxed_standins,
    environment,
    terraform_bind,
)
from sandbox.terraform.standing import Standing, making, standing_of

LIMITS = Limits(wall_seconds=60.0, cpu_seconds=15.0, memory_bytes=1024 * MIB, output_bytes=32 * MIB)
"""Of one configuration's commands. A plan takes a fifth of a second, one of 500 resources some
seconds; its JSON can be large."""

REALLY = replace(LIMITS, wall_seconds=300.0)
"""Where what is applied is really made: a provider polls what it made."""

_GO = {"GOGC": "800", "GOMEMLIMIT": f"{LIMITS.memory_bytes * 6 // 10}"}
"""Terraform ends before most of its garbage is worth collecting; a large plan collects in earnest
from 60 % of its memory on. (Never to collect costs more: every page is a new one.)"""

_RELAYS = f"{TOOLS}/relays"
_PLUGINS = f"{TOOLS}/plugins"


@dataclass(frozen=True, slots=True)
class _Slot:
    """A folder for the sockets of one run at a time. The same few serve all runs, so that a
    sandbox that keeps boxes ready sees the same binds again."""

    folder: Path


class AttachedTerraform:
    """Runs Terraform in the sandbox, attached to the providers that a run uses.

    Used in ``async with``, for it keeps a formatter running.
    """

    def __init__(
        self,
        installed: Installed,
        sandbox: Sandbox,
        folder: Path,
        clock: MachineTime,
        restarted: Restarted = uncounted,
    ) -> None:
        """``folder`` is the engine's, where the sockets of runs lie."""
        self._installed = installed
        self._sandbox = sandbox
        self._folder = folder
        self._formatter = Formatter(installed, sandbox, folder, clock, restarted)
        self._made_slots = itertools.count(1)
        self._free_slots: list[_Slot] = []

    async def __aenter__(self) -> Self:
        await self._formatter.open()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._formatter.close()

    async def run(
        self,
        prepared: PreparedConfiguration,
        until: Depth,
        uses: Mapping[str, Use],
        *,
        several: bool,
        limits: Limits = LIMITS,
    ) -> tuple[TerraformOutcome, Mapping[str, Attachment]]:
        """Run Terraform with relays to what it uses."""
        formatted = await self._formatter.look(prepared)
        steps = _steps(prepared, until)
        if formatted is not None:
            steps = (*steps[1:], replace(FMT, when="any-failed"))
        result, attached = await self._served(prepared, steps, uses, several=several, limits=limits)
        if formatted is not None and result.step(FMT.name) is None:
            looked = (formatted,) if _accepted(result) else await self._looked(prepared)
            result = replace(result, steps=(*looked, *result.steps))
        _see_no_fault(uses)
        outcome = _outcome(prepared, result)
        said = (*outcome.validate.problems, *(outcome.plan.problems if outcome.plan else ()))
        if uses and (lost := output.lost_plugin(said)):
            raise ProviderFailed(f"terraform lost a provider: {lost}")
        return outcome, attached

    async def make(
        self,
        prepared: PreparedConfiguration,
        uses: Mapping[str, Use],
        *,
        several: bool,
        really: bool = False,
    ) -> tuple[Standing | None, Mapping[str, Attachment]]:
        """The state that a configuration has once it is applied, with nothing applied; None where
        the attachments say that the run tells nothing. ``really``: the providers apply it, on what
        their emulator has, which may forget some of it.

        Raises:
            NotMade: it was not made, be it for a fault of ours that no provider told.
            BeforeUnusable: it has none.
            sandbox.errors.*: a fault of ours.
        """
        steps = making(prepared)
        limits = REALLY if really else LIMITS
        result, attached = await self._served(
            prepared, steps, uses, several=several, limits=limits, applies=not really
        )
        _see_no_fault(uses)
        telling = not any(each.mixed or each.exceeded for each in attached.values())
        return standing_of(result, settled=not really) if telling else None, attached

    async def _served(
        self,
        prepared: PreparedConfiguration,
        steps: tuple[Step, ...],
        uses: Mapping[str, Use],
        *,
        several: bool,
        limits: Limits = LIMITS,
        applies: bool = False,
    ) -> tuple[Result, Mapping[str, Attachment]]:
        """Run the steps with relays, which answer for what is applied where ``applies``."""
        slot = self._free_slots.pop() if self._free_slots else self._new_slot()
        try:
            attached = {
                source: _attachment(
                    partial(Relay, use, self._row(source), prepared.names, applies=applies),
                    use,
                    slot.folder / f"{number}.sock",
                    several=several,
                )
                for number, (source, use) in enumerate(uses.items())
            }
            async with AsyncExitStack() as stack:
                for each in attached.values():
                    await stack.enter_async_context(each)
                return await self.command(prepared, steps, attached, slot, limits), attached
        finally:
            self._free_slots.append(slot)

    async def _looked(self, prepared: PreparedConfiguration) -> tuple[StepResult, ...]:
        """What ``fmt`` says by itself, where a limit ended the others before they told."""
        return (await self.command(prepared, (FMT,))).steps

    async def command(
        self,
        prepared: PreparedConfiguration,
        steps: tuple[Step, ...],
        attached: Mapping[str, Attachment] = MappingProxyType({}),
        slot: _Slot | None = None,
        limits: Limits = LIMITS,
    ) -> Result:
        """Run Terraform's commands in one box, with the sockets of ``attached`` in ``slot``."""
        boxed = {
            source: binary
            for source, binary in self._installed.providers.items()
            if source in prepared.needs.providers and not is_warm(source)
        }
        binds = [terraform_bind(self._installed)]
        if slot is not None:
            binds.append(Bind(slot.folder, _RELAYS))
        plugins = {source: f"{_PLUGINS}/{number}" for number, source in enumerate(sorted(boxed))}
        binds += [Bind(boxed[source].parent, target) for source, target in plugins.items()]
        standins = boxed_standins(prepared, self._installed, warm=True)
        binds += standins.binds
        extra = reattach(attached, _RELAYS, standins.sockets)
        result = await self._sandbox.run(
            Command(
                steps=standins.beside(prepared.at_root(steps)),
                files={**prepared.files, CLI_CONFIG: _cli_config(plugins)},
                env=environment({**_GO, **extra}),
                binds=tuple(binds),
                limits=limits,
                served=bool(attached),
            )
        )
        return finished(standins.sound(result))

    def _row(self, source: str) -> Row:
        entry = row(source)
        assert entry is not None, "only providers of the table are warm"
        return replace(entry, leased=False) if source in self._installed.standins else entry

    def _new_slot(self) -> _Slot:
        folder = self._folder / f"slot-{next(self._made_slots)}"
        folder.mkdir()
        folder.chmod(0o755)
        return _Slot(folder)


def _attachment(
    open_relay: Callable[[Path], Relay], use: Use, socket: Path, *, several: bool
) -> Attachment:
    return Switchboard(use, open_relay, socket) if several else open_relay(socket)


def _see_no_fault(uses: Mapping[str, Use]) -> None:
    """Raise what kept a provider from answering, where something did."""
    if fault := next((use.fault for use in uses.values() if use.fault), None):
        raise fault


def _steps(prepared: PreparedConfiguration, until: Depth) -> tuple[Step, ...]:
    """``fmt``, and what is run after it."""
    fetch = (GET,) if prepared.needs.modules else ()
    if until > Depth.VALIDATE:
        return (FMT, *fetch, PLAN, SHOW, Step("validate", VALIDATE, when="any-failed"))
    return (FMT, *fetch, Step("validate", VALIDATE, when="all-passed"))


def _accepted(result: Result) -> bool:
    """Whether Terraform read every file of the root module and found nothing wrong with them."""
    return any(step.name in {"plan", "validate"} and not step.exit_code for step in result.steps)


def _outcome(prepared: PreparedConfiguration, result: Result) -> TerraformOutcome:
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
