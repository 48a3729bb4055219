"""What dies under a plan is tried again, and is never a wrong answer; what lacks is told apart."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from rewardsvc.pipeline import decide, prepare
from rewardsvc.reward import DEFAULT_WEIGHTS
from rewardsvc.types import FailureKind, ScoreRequest, StageStatus, Status, Task
from rewardsvc.verification.verifier import Workbench
from sandbox.base import Command, Ended, Result, Running, Sandbox, Service, Usage
from sandbox.errors import BeforeUnusable, EmulatorFailed
from sandbox.terraform.plugins.configure import Rewriter, rewrite_request
from sandbox.terraform.plugins.provider import Provider
from sandbox.terraform.plugins.relay import Relay
from sandbox.terraform.warm import ATTEMPTS, WarmEngine
from tests.integration.warm_plans import (
    ACCOUNT,
    BUCKET,
    EMULATED_ACCOUNT,
    WANTS,
    kill,
    outputs,
    run,
    score,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("what", ["emulator", "provider"])
async def test_a_plan_succeeds_after_its_parts_died_between_plans(
    engine: WarmEngine, what: str
) -> None:
    kill(engine, what)
    outcome = await run(engine, ACCOUNT + WANTS)
    assert outputs(outcome) == {"account": EMULATED_ACCOUNT}


def killing(engine: WarmEngine, what: str, times: int) -> Callable[..., bytes]:
    """``rewrite_request``, with the death of a part just before Configure is passed on."""
    left = [times]

    def rewrite(request: bytes, rewriter: Rewriter) -> bytes:
        if left[0]:
            left[0] -= 1
            kill(engine, what)
        return rewrite_request(request, rewriter)

    return rewrite


class EndsTerraform:
    """A sandbox in which something from outside ends Terraform, as often as told."""

    name = "ends terraform"

    def __init__(self, inner: Sandbox, times: int) -> None:
        self._inner = inner
        self.left = times

    async def start(self, service: Service) -> Running:
        return await self._inner.start(service)

    async def run(self, command: Command) -> Result:
        if self.left <= 0:
            return await self._inner.run(command)
        self.left -= 1
        steps = tuple(
            replace(step, argv=("/bin/sh", "-c", "kill -9 $$")) if step.name == "plan" else step
            for step in command.steps
        )
        return await self._inner.run(replace(command, steps=steps))


@pytest.mark.parametrize(("times", "status"), [(1, Status.SCORED), (2, Status.UNSCORED)])
async def test_a_terraform_that_something_else_ended_is_tried_again_and_never_scored_for_it(
    engine: WarmEngine,
    warm: Workbench,
    times: int,
    status: Status,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terraform = engine._parts.terraform
    monkeypatch.setattr(terraform, "_sandbox", EndsTerraform(terraform._sandbox, times))
    verdict = await score(warm, BUCKET)
    assert verdict.status is status
    assert verdict.reward == (1.0 if status is Status.SCORED else None)
    assert verdict.failure_kind in (None, FailureKind.TOOL_CRASHED)


async def test_a_relay_that_loses_its_peer_is_tried_again(
    engine: WarmEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sockets go away in the middle of the plan."""
    stopped: list[asyncio.Future[None]] = []
    configure = Relay._configure

    async def lose(self: Relay, method: str, request: bytes) -> bytes:
        if not stopped:
            stopped.append(asyncio.ensure_future(self._server.stop(grace=None)))
            await asyncio.sleep(1)
        return await configure(self, method, request)

    monkeypatch.setattr(Relay, "_configure", lose)
    assert outputs(await run(engine, ACCOUNT + WANTS)) == {"account": EMULATED_ACCOUNT}
    assert len(stopped) == 1


@pytest.mark.parametrize("what", ["emulator", "provider"])
async def test_a_plan_whose_parts_die_under_it_is_tried_again(
    engine: WarmEngine, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.terraform.plugins.relay.rewrite_request", killing(engine, what, 1))
    both = await asyncio.gather(*(run(engine, ACCOUNT + WANTS) for _ in range(2)))
    assert [outputs(outcome) for outcome in both] == [{"account": EMULATED_ACCOUNT}] * 2


@pytest.mark.parametrize(
    ("what", "kind"),
    [("emulator", FailureKind.EMULATOR_FAILED), ("provider", FailureKind.TOOL_CRASHED)],
)
async def test_parts_that_die_every_time_leave_a_verdict_without_a_reward(
    engine: WarmEngine,
    warm: Workbench,
    what: str,
    kind: FailureKind,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "sandbox.terraform.plugins.relay.rewrite_request", killing(engine, what, ATTEMPTS)
    )
    verdict = await score(warm, ACCOUNT + WANTS)
    assert (verdict.status, verdict.reward) == (Status.UNSCORED, None)
    assert verdict.failure_kind is kind
    monkeypatch.undo()
    assert (await score(warm, ACCOUNT + WANTS)).reward == 1.0


STOOD = {"main.tf": (ACCOUNT + WANTS).encode()}


@pytest.mark.parametrize("deaths", [1, ATTEMPTS])
async def test_a_state_whose_emulator_dies_under_it_is_made_again_and_its_before_not_blamed(
    engine: WarmEngine, deaths: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = killing(engine, "emulator", deaths)
    monkeypatch.setattr("sandbox.terraform.plugins.relay.rewrite_request", killed)
    before = {**STOOD, "unlike.tf": b"# deaths: %d" % deaths}
    if deaths == ATTEMPTS:
        with pytest.raises(EmulatorFailed):
            await engine.standing(before)
    else:
        state = json.loads((await engine.standing(before)).state)
        assert state["outputs"]["account"]["value"] == EMULATED_ACCOUNT


class TakesTooLong:
    """A sandbox in which what makes a state runs out of wall time, once."""

    name = "takes too long"

    def __init__(self, inner: Sandbox) -> None:
        self._inner = inner
        self.left = 1

    async def start(self, service: Service) -> Running:
        return await self._inner.start(service)

    async def run(self, command: Command) -> Result:
        if not self.left or not any(step.name == "apply" for step in command.steps):
            return await self._inner.run(command)
        self.left -= 1
        return Result(Ended.WALL_TIME, (), Usage(60.0))


@pytest.mark.parametrize("broken", [True, False], ids=["a broken provider", "by itself"])
async def test_a_state_that_waited_for_a_broken_provider_is_made_again(
    engine: WarmEngine, broken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    terraform, liars = engine._parts.terraform, set(engine.providers if broken else ())
    ask = Provider.ask

    async def lie(self: Provider, method: str, request: bytes) -> bytes:
        answer = await ask(self, method, request)
        accepts = self in liars and method.endswith("/ValidateResourceTypeConfig")
        return b"" if accepts else answer

    monkeypatch.setattr(Provider, "ask", lie)
    monkeypatch.setattr(terraform, "_sandbox", TakesTooLong(terraform._sandbox))
    before = {**STOOD, "unlike.tf": b"# broken: %d" % broken}
    if broken:
        assert (await engine.standing(before)).state
    else:
        with pytest.raises(BeforeUnusable, match="wall time"):
            await engine.standing(before)


async def test_a_before_whose_provider_is_not_here_is_no_fault_of_its_task(
    warm: Workbench,
) -> None:
    task = Task(format="terraform", before={"main.tf": 'resource "google_thing" "a" {}\n'})
    request = ScoreRequest(task=task, completion=f"```hcl\n{BUCKET}```\n")
    verdict = await decide(prepare(request), warm, DEFAULT_WEIGHTS)
    assert verdict.failure_kind is FailureKind.PROVIDER_MISSING
    assert "google" in verdict.failure_reason


async def test_a_known_provider_that_is_not_here_is_our_fault(warm: Workbench) -> None:
    absent = next(
        name
        for name in ("google", "azurerm", "vault")
        if warm.toolchain.version_of(f"registry.terraform.io/hashicorp/{name}") is None
    )
    text = f'resource "{absent}_thing" "a" {{\n  name = "a"\n}}\n' + BUCKET
    verdict = await score(warm, text)
    assert verdict.status is Status.UNSCORED
    assert verdict.failure_kind is FailureKind.PROVIDER_MISSING
    assert absent in verdict.failure_reason
    stages = {stage.name: stage.status for stage in verdict.stages}
    assert stages["parse"] is StageStatus.PASSED
    assert stages["plan"] is StageStatus.SKIPPED


async def test_a_missing_provider_in_a_local_module_is_our_fault_too(engine: WarmEngine) -> None:
    outcome = await engine.run(
        {
            "main.tf": b'module "m" {\n  source = "./m"\n}\n',
            "m/main.tf": b'resource "google_compute_network" "a" {\n  name = "a"\n}\n',
        }
    )
    assert outcome.missing_providers == ("registry.terraform.io/hashicorp/google",)


async def test_a_provider_that_nobody_knows_is_the_completions_error(warm: Workbench) -> None:
    verdict = await score(warm, 'resource "nosuchcloud_vm" "a" {\n  name = "a"\n}\n')
    assert verdict.status is Status.SCORED
    assert verdict.reward is not None and verdict.reward <= 0.5
    (validate,) = (stage for stage in verdict.stages if stage.name == "validate")
    assert validate.diagnostics[0].line == 1
    assert "nosuchcloud" in validate.diagnostics[0].message
