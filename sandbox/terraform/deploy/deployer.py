"""Takes a configuration that plans further: apply on an emulator, plan again, destroy.

Both engines come here, so they agree by construction. Terraform starts the providers itself, in
the configuration's own box, for an apply reads the configuration's files. Every deployment has an
emulator of its own that ends with it: none sees what another one made of its emulator.
"""

import asyncio
import itertools
import logging
import shutil
from dataclasses import replace
from pathlib import Path

from sandbox.base import MIB, WORK, Bind, Command, Limits, Result, Sandbox, Step
from sandbox.errors import EmulatorFailed, ToolCrashed
from sandbox.machine_time import MachineTime
from sandbox.python import BARE
from sandbox.terraform.base import Deployment, Depth, Phase, TerraformOutcome
from sandbox.terraform.deploy.deployment import (
    blamed_on_provisioners,
    deployable,
    deployment_of,
    provisions,
    without_emulator,
)
from sandbox.terraform.emulator import (
    ENDPOINT,
    WATCH_SECONDS,
    Emulator,
    beside_emulator,
    emulator_binds,
)
from sandbox.terraform.mirrored import ENVIRONMENT, cli_config, mirror_binds
from sandbox.terraform.outcome import finished
from sandbox.terraform.places import CLI_CONFIG, CONFIG, TERRAFORM, TOOLS
from sandbox.terraform.plugins.relay import reattach
from sandbox.terraform.prepare import (
    Installed,
    PreparedConfiguration,
    boxed_standins,
    environment,
    terraform_bind,
)
from sandbox.toolchain import Toolchain

INIT_SECONDS = 60
"""Alone, it takes 1 s; on a busy machine, with a provider of 700 MB to hash, 3 s and more."""

APPLY_SECONDS = 300
"""The provider polls what it made, every 5 to 15 s, some of it in a row: a bucket with lifecycle
rules or a queue with a policy takes 60 s of mere waiting, an instance 10 s."""

AGAIN_SECONDS = 120
"""Reads every resource once: 3 to 8 s."""

DESTROY_SECONDS = 240
"""Polls like apply."""

INTERRUPTED_SECONDS = 20
"""From the interrupt to the kill: Terraform stops waiting, and says what it waited for."""

LIMITS = Limits(
    wall_seconds=900.0, cpu_seconds=400.0, memory_bytes=6144 * MIB, output_bytes=32 * MIB
)
"""Of all steps. Five of them start the provider (700 MB, 3 s of CPU time). The wall time is more
than the steps' own limits together, so it is only for what gets around those."""

ATTEMPTS = 2
"""A deployment whose emulator died is tried once more on a fresh one."""

_AGAIN = f"{WORK}/again.bin"
_DRIFTED = f"{WORK}/drifted"
_SCRIPT = Path(__file__).with_name("fingerprint.py")
_FINGERPRINT = f"{TOOLS}/fingerprint.py"
_LOG = logging.getLogger(__name__)

# What was made by a run of this command that ran out of wall time is not for the next one to find.
_RESET = (
    "import urllib.request as r; "
    f"r.urlopen(r.Request('{ENDPOINT}/moto-api/reset', method='POST', data=b''), timeout=20)"
)
_MARK_DRIFT = f'"$@"; code=$?; [ $code = 2 ] || exit $code; : >{_DRIFTED}'
_IF_DRIFTED = f'[ ! -e {_DRIFTED} ] || exec "$@"'


def _terraform(*words: str) -> tuple[str, ...]:
    return (TERRAFORM, f"-chdir={CONFIG}", *words)


def _within(seconds: int, program: tuple[str, ...]) -> tuple[str, ...]:
    """The program, interrupted after that time; in the foreground, where it is told only once,
    for Terraform takes a second interrupt for an order to drop everything."""
    limit = ("timeout", "--foreground", "--signal=INT", f"--kill-after={INTERRUPTED_SECONDS}")
    return (*limit, str(seconds), *program)


def _shell(script: str, *words: str) -> tuple[str, ...]:
    return ("/bin/sh", "-c", script, "sh", *words)


_COMMON = ("-json", "-input=false", "-lock=false")
_PLAN = _terraform("plan", *_COMMON, "-detailed-exitcode", f"-out={_AGAIN}")
# Both run when nothing else does: a box ends what a step leaves running before the next one. So a
# provisioner cannot touch what comes between the second of them and ``destroy``.
_LOOK = (*BARE, _FINGERPRINT, CONFIG, CLI_CONFIG)
_STEPS = (
    Step("reset", beside_emulator((*BARE, "-c", _RESET))),
    Step("init", _within(INIT_SECONDS, _terraform("init", "-json", "-input=false")), "all-passed"),
    Step("given", _LOOK, "all-passed"),
    Step(
        "apply",
        beside_emulator(_within(APPLY_SECONDS, _terraform("apply", *_COMMON, "-auto-approve"))),
        "all-passed",
    ),
    Step("applied", (*_LOOK, _DRIFTED, _AGAIN), "all-passed"),
    Step(
        "again", beside_emulator(_shell(_MARK_DRIFT, *_within(AGAIN_SECONDS, _PLAN))), "all-passed"
    ),
    Step("drift", _shell(_IF_DRIFTED, *_terraform("show", "-json", _AGAIN)), "all-passed"),
    Step(
        "destroy",
        # The second plan has just read everything.
        beside_emulator(
            _within(
                DESTROY_SECONDS, _terraform("destroy", *_COMMON, "-auto-approve", "-refresh=false")
            )
        ),
        "all-passed",
    ),
    Step("left", _terraform("state", "list"), "all-passed"),
)


class Deployer:
    """Deploys configurations, each on an emulator of its own. An engine has one."""

    def __init__(
        self,
        toolchain: Toolchain,
        installed: Installed,
        sandbox: Sandbox,
        folder: Path,
        clock: MachineTime,
    ) -> None:
        """``folder`` is the engine's, where emulators put their sockets."""
        self._mirrors = toolchain.terraform_mirrors
        self._installed = installed
        self._sandbox = sandbox
        self._folder = folder
        self._clock = clock
        self._numbers = itertools.count(1)

    async def carry_on(
        self, prepared: PreparedConfiguration, outcome: TerraformOutcome, until: Depth
    ) -> TerraformOutcome:
        """The outcome of a plan with its deployment, where that is asked for and there is a plan.

        Raises:
            sandbox.errors.*: a fault of ours other than the emulator's.
        """
        if until < Depth.DEPLOY or outcome.plan_json is None:
            return outcome
        return replace(outcome, deploy=await self.run(prepared))

    async def run(self, prepared: PreparedConfiguration) -> Deployment:
        """Deploy a configuration that plans.

        An emulator that dies twice is a gap of the deployment, so that the plan is still told.
        Provisioners are the author's programs beside the emulator, and can bring about any of it:
        where a deployment with some tells nothing, one without them tells whose fault that is.

        Raises:
            sandbox.errors.*: a fault of ours other than the emulator's.
        """
        if absent := without_emulator(prepared):
            return _impossible(f"nothing here stands in for {', '.join(absent)}")
        if not provisions(prepared):
            return await self._persistently(prepared)
        disturbed: Deployment | None = None
        try:
            disturbed = await self._persistently(prepared)
            why = disturbed.gap
        except ToolCrashed as error:
            why = str(error)
        if disturbed is not None and not why:
            return disturbed
        _LOG.info("deployed once more without its provisioners: %s", why)
        bare = await self._persistently(prepared, provisioned=False)
        return blamed_on_provisioners(why, disturbed, bare)

    async def _persistently(
        self, prepared: PreparedConfiguration, *, provisioned: bool = True
    ) -> Deployment:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._attempt(prepared, provisioned)
            except EmulatorFailed as error:
                if attempt == ATTEMPTS:
                    return replace(_impossible(str(error)), broken=True)
                _LOG.info("deployed once more: %s", error)
        raise AssertionError("the last attempt returns")

    async def _attempt(self, prepared: PreparedConfiguration, provisioned: bool) -> Deployment:
        folder = self._folder / f"deploy-{next(self._numbers)}"
        files, notes = deployable(prepared, provisioned=provisioned)
        standins = boxed_standins(prepared, self._installed, warm=False)
        try:
            emulator = await Emulator.start(self._sandbox, folder, self._clock)
            try:
                command = Command(
                    steps=standins.beside(prepared.at_root(_STEPS)),
                    files={
                        **files,
                        CLI_CONFIG: cli_config(self._mirrors, self._installed.registry),
                    },
                    env=environment({**ENVIRONMENT, **reattach({}, "", standins.sockets)}),
                    binds=tuple(
                        dict.fromkeys(
                            (
                                *mirror_binds(self._mirrors, self._installed.registry),
                                *emulator_binds(folder),
                                *standins.binds,
                                Bind(_SCRIPT, _FINGERPRINT),
                                terraform_bind(self._installed),
                            )
                        )
                    ),
                    limits=LIMITS,
                    watches=True,  # provisioners
                    served=True,
                )
                result = finished(standins.sound(await self._run(command, emulator)))
                deployment = deployment_of(result, notes)
                if not _succeeded(deployment) and not await emulator.healthy():
                    raise EmulatorFailed("the AWS emulator went away during a deployment")
                return deployment
            finally:
                await emulator.stop()
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _run(self, command: Command, emulator: Emulator) -> Result:
        """Run the command while the emulator lives: without it, the provider would ask for it
        until its time is over.

        Raises:
            EmulatorFailed: the emulator died, or hangs.
        """
        running = asyncio.create_task(self._sandbox.run(command))
        dead = asyncio.create_task(_dead(emulator))
        try:
            await asyncio.wait((running, dead), return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                raise EmulatorFailed("the AWS emulator went away during a deployment")
            return running.result()
        finally:
            for task in (running, dead):
                task.cancel()
            await asyncio.wait((running, dead))


async def _dead(emulator: Emulator) -> None:
    """Come to an end when the emulator does not answer any more."""
    while await emulator.healthy():  # noqa: ASYNC110 (nobody tells when it dies)
        await asyncio.sleep(WATCH_SECONDS)


def _succeeded(deployment: Deployment) -> bool:
    phases = (deployment.applied, deployment.unchanged, deployment.destroyed)
    return all(phase is not None and phase.passed for phase in phases)


def _impossible(why: str) -> Deployment:
    return Deployment(Phase(False, (), 0.0), gap=why)
