"""The cold engine: init, validate, plan, show, as one does by hand. The reference for the warm one.

Providers come from the mirror through Terraform's own filesystem_mirror. Credentials and the way
to the emulator come the ordinary way, from environment variables; what in a ``provider "aws"``
block would go before them (profiles, roles, keys, endpoints: the relay's list) is blanked in the
copy that is planned. ``validate`` reads the block as its author wrote it.
"""

import asyncio
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.base import MIB, Bind, Command, Limits, Result, Sandbox, Step
from sandbox.errors import EmulatorFailed
from sandbox.terraform import output, scripts
from sandbox.terraform.base import Depth, Phase, TerraformOutcome
from sandbox.terraform.configure import AWS_DROPPED, AWS_SET, DEFAULT_REGION
from sandbox.terraform.emulator import ENDPOINT, PORT, Emulator
from sandbox.terraform.folder import engine_folder
from sandbox.terraform.outcome import finished, outcome_of_plan, outcome_without_providers
from sandbox.terraform.prepare import (
    CLI_CONFIG,
    CONFIG,
    FMT,
    PLAN,
    SHOW,
    TERRAFORM,
    TOOLS,
    VALIDATE,
    Installed,
    Prepared,
    environment,
    prepare,
    terraform_bind,
)
from sandbox.terraform.relax import apply, blank
from sandbox.terraform.survey import Source
from sandbox.toolchain import Toolchain

LIMITS = Limits(
    wall_seconds=240.0, cpu_seconds=200.0, memory_bytes=6144 * MIB, output_bytes=32 * MIB
)
"""Of one configuration's commands: each starts the provider (700 MB) and decodes its schema."""

NEUTRAL = "neutral"
"""The files that differ for the plan: provider blocks without their author's account."""

_MIRROR = f"{TOOLS}/mirror"
_EMULATOR = f"{TOOLS}/emulator"
_FORWARD = f"{TOOLS}/forward.py"

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


class ColdEngine:
    """Validates and plans with nothing kept warm but the emulator."""

    def __init__(self, toolchain: Toolchain, sandbox: Sandbox) -> None:
        self._toolchain = toolchain
        self._installed = Installed.of(toolchain)
        self._sandbox = sandbox
        self._stack = AsyncExitStack()
        self._folder = Path()
        self._emulator: Emulator | None = None
        self._emulator_lock = asyncio.Lock()

    async def __aenter__(self) -> Self:
        self._folder = self._stack.enter_context(engine_folder())
        self._stack.push_async_callback(self._stop_emulator)
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
        prepared = prepare(files, self._installed)
        if prepared.missing or prepared.unknown:
            steps = (FMT, Step("validate", VALIDATE))
            return outcome_without_providers(prepared, await self._command(prepared, steps, None))
        emulator = await self._living_emulator()
        outcome = _outcome(prepared, await self._command(prepared, _STEPS, emulator))
        if outcome.plan is not None and not outcome.plan.passed:
            if not await emulator.healthy():
                raise EmulatorFailed("the AWS emulator went away during a plan")
            if gap := output.emulator_gap(outcome.plan.problems):
                raise EmulatorFailed(f"the AWS emulator does not know this call: {gap}")
        return outcome

    async def _command(
        self, prepared: Prepared, steps: tuple[Step, ...], emulator: Emulator | None
    ) -> Result:
        mirrors = self._toolchain.terraform_mirrors
        binds = [Bind(mirror, f"{_MIRROR}/{number}") for number, mirror in enumerate(mirrors)]
        binds.append(terraform_bind(self._installed))
        env = {}
        if emulator is not None:
            binds += [
                *scripts.python_binds(),
                Bind(emulator.folder, _EMULATOR),
                Bind(scripts.script("forward"), _FORWARD),
            ]
            steps = tuple(_beside_emulator(step) if step.name == "plan" else step for step in steps)
            env = {
                "AWS_ENDPOINT_URL": ENDPOINT,
                "AWS_ACCESS_KEY_ID": str(AWS_SET["access_key"]),
                "AWS_SECRET_ACCESS_KEY": str(AWS_SET["secret_key"]),
                "AWS_REGION": DEFAULT_REGION,
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_MAX_ATTEMPTS": str(AWS_SET["max_retries"]),
            }
        files = {
            **prepared.files,
            **{f"{NEUTRAL}/{path}": text for path, text in neutral(prepared.sources).items()},
            f"{NEUTRAL}/.keep": b"",
            CLI_CONFIG: _cli_config(len(mirrors)),
        }
        result = await self._sandbox.run(
            Command(
                steps=steps, files=files, env=environment(env), binds=tuple(binds), limits=LIMITS
            )
        )
        return finished(result)

    async def _living_emulator(self) -> Emulator:
        async with self._emulator_lock:
            if self._emulator is None or not await self._emulator.healthy():
                await self._stop_emulator()
                self._emulator = await Emulator.start(self._sandbox, self._folder / "emulator")
            return self._emulator

    async def _stop_emulator(self) -> None:
        if self._emulator is not None:
            await self._emulator.stop()


def neutral(sources: tuple[Source, ...]) -> dict[str, bytes]:
    """The files whose ``provider "aws"`` blocks name their author's account, without that."""
    names = AWS_DROPPED | AWS_SET.keys()
    files = {}
    for source in sources:
        edits = [
            blank(source.text, start, end)
            for block in source.body.named("provider")
            if block.labels == ("aws",)
            for start, end in [
                *(
                    (_name_start(source, at.start, at.name), at.end)
                    for at in block.body.attributes
                    if at.name in names
                ),
                *((inner.start, inner.end) for inner in block.body.named(*names)),
            ]
        ]
        if edits:
            files[source.path] = apply(source.text, edits).encode()
    return files


def _name_start(source: Source, expression: int, name: str) -> int:
    """Where the attribute begins whose expression begins there."""
    return source.text.rindex(name, 0, expression)


def _beside_emulator(step: Step) -> Step:
    python = (str(Path(sys.executable).resolve()), "-I", "-S")
    forward = (*python, _FORWARD, f"{_EMULATOR}/aws.sock", str(PORT))
    return Step(step.name, (*forward, *step.argv), step.when)


def _outcome(prepared: Prepared, result: Result) -> TerraformOutcome:
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


def _cli_config(mirrors: int) -> bytes:
    blocks = "".join(
        f'  filesystem_mirror {{\n    path = "{_MIRROR}/{number}"\n  }}\n'
        for number in range(mirrors)
    )
    return f"disable_checkpoint = true\nprovider_installation {{\n{blocks}}}\n".encode()
