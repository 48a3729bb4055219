"""Deployments on real emulators: apply, a second plan that is empty, destroy; and what breaks them.

One takes ten seconds at least; the quick lane has one of them.
"""

import asyncio
import io
import os
import re
import signal
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rewardsvc.pipeline import decide
from rewardsvc.pipeline import prepare as prepare_request
from rewardsvc.reward import DEFAULT_WEIGHTS
from rewardsvc.types import Component, ScoreRequest, StageStatus, Status, Task, Verdict
from rewardsvc.verification.verifier import Workbench
from sandbox.base import Command, Result, Sandbox
from sandbox.machine_time import MachineTime
from sandbox.processes import descendants
from sandbox.terraform import Deployment, Depth
from sandbox.terraform.deploy.deployer import Deployer
from sandbox.terraform.deploy.quirks import TRIED
from sandbox.terraform.emulator import Emulator
from sandbox.terraform.prepare import Installed, prepare
from sandbox.toolchain import Toolchain

pytestmark = pytest.mark.asyncio(loop_scope="session")

DEPLOYED = Path(__file__).parent / "deployed"

TOPIC = 'resource "aws_sns_topic" "a" {\n  name = "deployed"\n}\n'


class Deploying:
    """A deployer, with all that came of its boxes."""

    def __init__(
        self, toolchain: Toolchain, box: Sandbox, folder: Path, clock: MachineTime
    ) -> None:
        self.results: list[Result] = []
        self.folder = folder
        self._installed = Installed.of(toolchain)
        self._box = box
        self.name = box.name
        self.start = box.start
        sandbox: Any = self
        self._deployer = Deployer(toolchain, self._installed, sandbox, folder, clock)

    async def run(self, command: Command) -> Result:
        result = await self._box.run(command)
        self.results.append(result)
        return result

    async def deploy(self, text: str, **files: bytes) -> Deployment:
        return await self._deployer.run(
            prepare({"main.tf": text.encode(), **files}, self._installed)
        )


@pytest.fixture
def deploying(toolchain: Toolchain, box: Sandbox, tmp_path: Path, clock: MachineTime) -> Deploying:
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)  # the sandbox's user looks in
    return Deploying(toolchain, box, tmp_path, clock)


def passed(deployment: Deployment) -> tuple[bool | None, ...]:
    phases = (deployment.applied, deployment.unchanged, deployment.destroyed)
    return tuple(phase.passed if phase else None for phase in phases)


def said(deployment: Deployment) -> str:
    phases = (deployment.applied, deployment.unchanged, deployment.destroyed)
    return "\n".join(
        f"{item.address} {item.summary} {item.detail}"
        for phase in phases
        if phase is not None
        for item in phase.problems
    )


SEEN = """
  provisioner "local-exec" {
    command = <<-EOT
      cat /etc/shadow /proc/1/environ && touch /outside
      ls / /assay
      env
    EOT
    on_failure = continue
  }
"""


async def test_it_is_applied_planned_empty_and_destroyed_in_its_box_alone(
    deploying: Deploying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET_OF_THE_SERVER", "a-secret-of-this-machine")
    text = TOPIC.replace("}\n", SEEN + "  lifecycle {\n    prevent_destroy = true\n  }\n}\n")
    deployment = await deploying.deploy(text)
    assert passed(deployment) == (True, True, True), said(deployment)
    assert deployment.gap == ""
    assert "prevent_destroy" in deployment.notes[0]
    (result,) = deploying.results
    apply = result.step("apply")
    assert apply is not None
    printed = apply.stdout.decode()
    assert "local-exec" in printed and "AWS_ENDPOINT_URL" in printed  # it did run
    assert "a-secret-of-this-machine" not in printed
    assert "/etc/shadow: No such file" in printed
    assert not is_there(Path("/outside"))
    assert list(deploying.folder.iterdir()) == []


def is_there(path: Path) -> bool:
    return path.exists()


def text_of(path: Path) -> str:
    return path.read_text()


def archive() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("a.py", "def b(event, context):\n    return {}\n")
    return packed.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(DEPLOYED.glob("*.tf")), ids=lambda path: path.stem)
async def test_every_tried_type_deploys(path: Path, deploying: Deploying) -> None:
    deployment = await deploying.deploy(text_of(path), **{"a.zip": archive()})
    assert deployment.gap == ""
    assert passed(deployment) == (True, True, True), said(deployment)


async def test_the_tried_types_are_those_of_the_configurations_that_deploy() -> None:
    text = "".join(path.read_text() for path in DEPLOYED.glob("*.tf")) + TOPIC
    assert set(re.findall(r'(?m)^resource "(\w+)"', text)) == TRIED


@pytest.mark.slow
async def test_what_aws_refuses_fails_to_apply(deploying: Deploying) -> None:
    deployment = await deploying.deploy(
        'resource "aws_vpc" "a" {\n  cidr_block = "10.0.0.0/24"\n}\n'
        'resource "aws_subnet" "a" {\n  vpc_id     = aws_vpc.a.id\n'
        '  cidr_block = "192.168.0.0/24"\n}\n'
    )
    assert (passed(deployment), deployment.gap) == ((False, None, None), "")
    assert "aws_subnet.a" in said(deployment) and "192.168.0.0/24" in said(deployment)


@pytest.mark.slow
async def test_what_changes_at_every_plan_is_drift(deploying: Deploying) -> None:
    tags = "  tags = {\n    at = timestamp()\n  }\n}\n"
    deployment = await deploying.deploy(TOPIC.replace("}\n", tags))
    assert (passed(deployment), deployment.gap) == ((True, False, True), "")
    assert "aws_sns_topic.a: update" in said(deployment)


@pytest.mark.slow
async def test_what_cannot_be_destroyed_is_said(deploying: Deploying) -> None:
    last = '  provisioner "local-exec" {\n    when    = destroy\n    command = "exit 3"\n  }\n}\n'
    deployment = await deploying.deploy(TOPIC.replace("}\n", last))
    assert (passed(deployment), deployment.gap) == ((True, True, False), "")
    assert "exit status 3" in said(deployment)


@pytest.mark.slow
async def test_what_the_emulator_lacks_is_a_gap_that_names_the_call(deploying: Deploying) -> None:
    deployment = await deploying.deploy(
        TOPIC + 'resource "aws_globalaccelerator_accelerator" "a" {\n  name = "accelerator"\n}\n'
    )
    assert "CreateAccelerator" in deployment.gap
    assert "aws_globalaccelerator_accelerator.a" in deployment.gap


@pytest.mark.slow
async def test_two_at_once_do_not_see_each_other(deploying: Deploying) -> None:
    # The second bucket of a name is refused, in every region but one, also to its owner.
    bucket = (
        'provider "aws" {\n  region = "eu-west-1"\n}\n'
        'resource "aws_s3_bucket" "a" {\n  bucket = "the-same-for-both"\n}\n'
    )
    both = await asyncio.gather(*(deploying.deploy(bucket) for _ in range(2)))
    assert [passed(each) for each in both] == [(True, True, True)] * 2, list(map(said, both))


def leader(emulator: Emulator) -> int:
    return int(emulator._process.pid)  # type: ignore[attr-defined]


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[Emulator]]:
    """Lets the first so many emulators die under their apply; gives all that were started."""
    started: list[Emulator] = []
    start = Emulator.start

    def arrange(times: int) -> list[Emulator]:
        async def start_dying(sandbox: Any, folder: Path, clock: MachineTime) -> Emulator:
            emulator = await start(sandbox, folder, clock)
            started.append(emulator)
            if len(started) <= times:
                asyncio.get_running_loop().call_later(3.0, kill, emulator)
            return emulator

        def kill(emulator: Emulator) -> None:
            *_, last = descendants(leader(emulator))
            os.kill(last, signal.SIGKILL)

        monkeypatch.setattr(Emulator, "start", start_dying)
        return started

    return arrange


@pytest.mark.slow
async def test_an_emulator_that_dies_under_an_apply_is_replaced_once(
    deploying: Deploying, dying: Callable[[int], list[Emulator]]
) -> None:
    started = dying(1)
    deployment = await deploying.deploy(TOPIC)
    assert passed(deployment) == (True, True, True), (deployment.gap, said(deployment))
    assert len(started) == 2


@pytest.mark.slow
async def test_an_emulator_that_dies_every_time_is_a_gap(
    deploying: Deploying, dying: Callable[[int], list[Emulator]]
) -> None:
    started = dying(9)
    deployment = await deploying.deploy(TOPIC)
    assert "went away" in deployment.gap
    assert len(started) == 2


@pytest.mark.slow
async def test_a_cancelled_deployment_ends_its_emulator_and_its_apply(
    deploying: Deploying, dying: Callable[[int], list[Emulator]]
) -> None:
    started = dying(0)
    task = asyncio.create_task(deploying.deploy(TOPIC))
    while not (started and applying(deploying.folder)):
        await asyncio.sleep(0.1)
        assert not task.done()
    pid = leader(started[0])
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not is_there(Path(f"/proc/{pid}"))
    assert not applying(deploying.folder)
    assert list(deploying.folder.iterdir()) == []


def applying(folder: Path) -> bool:
    """Whether a Terraform applies in a box that sees this folder."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            mounts = (process / "mountinfo").read_text()
        except OSError:
            continue
        if b"apply" in words and words[0].endswith(b"terraform") and str(folder) in mounts:
            return True
    return False


async def deployed_verdict(text: str, bench: Workbench) -> Verdict:
    request = ScoreRequest(task=Task(format="terraform"), completion=f"```hcl\n{text}```\n")
    workbench = Workbench(bench.sandbox, bench.toolchain, bench.terraform, Depth.DEPLOY)
    return await decide(prepare_request(request), workbench, DEFAULT_WEIGHTS)


@pytest.mark.slow
async def test_the_verdict_has_the_stage(cold: Workbench) -> None:
    verdict = await deployed_verdict(TOPIC, cold)
    assert (verdict.status, verdict.reward) == (Status.SCORED, 1.0)
    (stage,) = (stage for stage in verdict.stages if stage.name == "deploy")
    assert (stage.status, stage.component) == (StageStatus.PASSED, Component.CORRECTNESS)
