"""The warm engine: plans are apart from each other and from this machine, and survive faults."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from rewardsvc.pipeline import decide, prepare
from rewardsvc.reward import DEFAULT_WEIGHTS
from rewardsvc.types import FailureKind, ScoreRequest, StageStatus, Status, Task, Verdict
from rewardsvc.verification.verifier import Workbench
from sandbox.base import Command, Result, Running, Sandbox, Service
from sandbox.errors import EmulatorFailed, ProviderFailed, SandboxError
from sandbox.hcl.addresses import AWS
from sandbox.terraform import TerraformOutcome, inspection
from sandbox.terraform.inspection import Inspector
from sandbox.terraform.plugins.configure import Rewriter, rewrite_request
from sandbox.terraform.plugins.policy import MAX_LEASES
from sandbox.terraform.plugins.provider import SCHEMA_METHODS, Provider, UnaryCall
from sandbox.terraform.plugins.relay import Relay
from sandbox.terraform.warm import ATTEMPTS, WarmEngine
from sandbox.toolchain import Toolchain

pytestmark = pytest.mark.asyncio(loop_scope="session")

BUCKET = 'resource "aws_s3_bucket" "a" {\n  bucket = "warm-test"\n}\n'
ACCOUNT = 'data "aws_caller_identity" "me" {}\n' + BUCKET
EMULATED_ACCOUNT = "123456789012"
WANTS = 'output "account" {\n  value = data.aws_caller_identity.me.account_id\n}\n'


async def run(engine: WarmEngine, text: str) -> TerraformOutcome:
    return await engine.run({"main.tf": text.encode()})


async def score(workbench: Workbench, text: str) -> Verdict:
    request = ScoreRequest(task=Task(format="terraform"), completion=f"```hcl\n{text}```\n")
    return await decide(prepare(request), workbench, DEFAULT_WEIGHTS)


def outputs(outcome: TerraformOutcome) -> dict[str, object]:
    assert outcome.plan_json is not None, outcome
    found = outcome.plan_json["planned_values"]["outputs"]
    return {name: value["value"] for name, value in found.items()}


def in_region(region: str) -> str:
    return (
        f'provider "aws" {{\n  region = "{region}"\n}}\n'
        'data "aws_region" "here" {}\ndata "aws_availability_zones" "all" {}\n'
        + BUCKET
        + 'output "region" {\n  value = data.aws_region.here.name\n}\n'
        + 'output "zone" {\n  value = data.aws_availability_zones.all.names[0]\n}\n'
    )


async def test_each_plan_sees_its_own_region(engine: WarmEngine) -> None:
    regions = ("eu-west-1", "us-west-2", "ap-southeast-2", "eu-west-1")
    one_by_one = [await run(engine, in_region(region)) for region in regions]
    at_once = await asyncio.gather(*(run(engine, in_region(region)) for region in regions))
    expected = [{"region": region, "zone": f"{region}a"} for region in regions]
    assert [outputs(outcome) for outcome in one_by_one] == expected
    assert [outputs(outcome) for outcome in at_once] == expected


async def test_a_plan_leaves_nothing_for_the_next_one_to_find(engine: WarmEngine) -> None:
    await run(engine, BUCKET)
    reading = 'data "aws_s3_bucket" "a" {\n  bucket = "warm-test"\n}\n' + BUCKET
    outcome = await run(engine, reading)
    assert outcome.plan is not None and not outcome.plan.passed
    assert "warm-test" in outcome.plan.problems[0].summary + outcome.plan.problems[0].detail


async def test_a_plan_shows_the_default_tags(engine: WarmEngine) -> None:
    tags = 'provider "aws" {\n  default_tags {\n    tags = {\n      team = "ml"\n    }\n  }\n}\n'
    outcome = await run(engine, tags + BUCKET)
    assert outcome.plan_json is not None
    (bucket,) = outcome.plan_json["planned_values"]["root_module"]["resources"]
    assert bucket["values"]["tags_all"] == {"team": "ml"}


def with_aliases(*regions: str) -> str:
    """Provider blocks for the regions, the first one the default, and an output for each."""
    text = BUCKET
    for number, region in enumerate(regions):
        alias = f'  alias  = "other{number}"\n' if number else ""
        chosen = f"  provider = aws.other{number}\n" if number else ""
        text += (
            f'provider "aws" {{\n{alias}  region = "{region}"\n}}\n'
            f'data "aws_region" "r{number}" {{\n{chosen}}}\n'
            f'output "r{number}" {{\n  value = data.aws_region.r{number}.name\n}}\n'
        )
    return text


async def test_several_regions_in_one_configuration_stay_warm_and_apart(
    engine: WarmEngine,
) -> None:
    each = [
        ("eu-west-1", "us-west-2"),
        ("us-west-2", "eu-west-1", "eu-west-1"),
        ("eu-central-1", "ap-southeast-2", "us-east-2", "us-west-1"),
    ]
    outcomes = await asyncio.gather(*(run(engine, with_aliases(*regions)) for regions in each))
    for regions, outcome in zip(each, outcomes, strict=True):
        assert outputs(outcome) == {f"r{n}": region for n, region in enumerate(regions)}
    assert engine._cold is None


async def test_more_provider_blocks_than_there_may_be_are_the_completions_error(
    warm: Workbench, engine: WarmEngine
) -> None:
    verdict = await score(warm, with_aliases(*["eu-west-1"] * 300))
    assert verdict.status is Status.SCORED
    assert verdict.reward is not None and verdict.reward <= 0.5
    (validate,) = (stage for stage in verdict.stages if stage.name == "validate")
    assert "300 blocks configure" in validate.diagnostics[0].message
    assert engine._cold is None


async def test_a_provider_that_is_configured_as_wanted_is_not_configured_again(
    engine: WarmEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    ask = Provider.ask

    async def spy(self: Provider, method: str, request: bytes) -> bytes:
        asked.append(method.rpartition("/")[2])
        return await ask(self, method, request)

    monkeypatch.setattr(Provider, "ask", spy)
    for _ in range(3):  # a canary, once a minute, may configure a provider in between
        await run(engine, in_region("ca-central-1"))
        asked.clear()
        outcome = await run(engine, in_region("ca-central-1"))
        assert outputs(outcome)["zone"] == "ca-central-1a"
        assert "PlanResourceChange" in asked
        if "Configure" not in asked:
            break
    assert "Configure" not in asked


async def test_a_provider_that_served_enough_is_replaced_by_one_that_is_warm_before(
    engine: WarmEngine,
) -> None:
    pool = engine._pools[AWS]
    before = set(pool.providers)
    for provider in before:
        pool._lending._members[provider].leases = MAX_LEASES
    async with asyncio.timeout(60):
        while before & set(pool.providers):
            assert (await run(engine, BUCKET)).plan_json is not None
            await pool.tend()
    assert len(pool.providers) >= engine._size


async def test_what_comes_in_the_moment_of_a_cancellation_is_not_lost(engine: WarmEngine) -> None:
    pool = engine._pools[AWS]
    held = [await pool.take(b"") for _ in pool.providers]
    waiting = asyncio.create_task(pool.take(b""))
    await asyncio.sleep(0)
    pool.give_back(held[0])
    waiting.cancel()
    await asyncio.wait((waiting,))
    assert waiting.cancelled()
    async with asyncio.timeout(10):
        assert await pool.take_this(held[0])
    for provider in held:
        pool.give_back(provider)


async def test_canaries_find_nothing_wrong_with_live_providers(engine: WarmEngine) -> None:
    assert engine._inspector is not None
    inspected = [await engine._inspector.inspect(each) for each in engine._pools[AWS].providers]
    assert set(inspected) == {""}


async def test_a_provider_that_lies_goes_and_another_one_comes(
    engine: WarmEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    liar = engine._pools[AWS].providers[0]
    ask = Provider.ask

    async def lie(self: Provider, method: str, request: bytes) -> bytes:
        answer = await ask(self, method, request)
        accepts = self is liar and method.endswith("/ValidateResourceTypeConfig")
        return b"" if accepts else answer

    with monkeypatch.context() as patch:
        patch.setattr(Provider, "ask", lie)
        assert engine._inspector is not None
        assert await engine._inspector.inspect(liar) == "a bad configuration was accepted"
    assert liar not in engine._pools[AWS].providers and not liar.alive
    outcome = await run(engine, 'resource "aws_sqs_queue" "a" {\n  delay_seconds = 90000\n}\n')
    assert not outcome.validate.passed


async def test_a_hostile_provider_block_does_nothing(engine: WarmEngine, tmp_path: Path) -> None:
    called: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.append("called")
        writer.close()

    trap = tmp_path / "trap"
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        hostile = f"""provider "aws" {{
  region                   = "eu-west-1"
  profile                  = "trap"
  shared_config_files      = ["trap.cfg"]
  shared_credentials_files = ["/proc/1/environ"]
  custom_ca_bundle         = "/etc/passwd"
  http_proxy               = "http://127.0.0.1:{port}"
  access_key               = "AKIAREAL"
  secret_key               = "real"
  allowed_account_ids      = ["999999999999"]
  assume_role {{
    role_arn = "arn:aws:iam::999999999999:role/admin"
  }}
  endpoints {{
    sts = "http://127.0.0.1:{port}"
    s3  = "http://127.0.0.1:{port}"
  }}
}}
"""
        trap_config = f"[profile trap]\ncredential_process = /bin/sh -c 'touch {trap}'\n"
        outcome = await engine.run(
            {"main.tf": (hostile + ACCOUNT + WANTS).encode(), "trap.cfg": trap_config.encode()}
        )
    assert outputs(outcome) == {"account": EMULATED_ACCOUNT}
    assert called == []
    assert not trap.exists()


def descendants(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from descendants(int(child))


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def leaders_of(engine: WarmEngine, what: str) -> list[int]:
    """The process ids of the boxes of the emulator or the providers."""
    if what == "emulator":
        assert engine._emulator is not None
        current: Any = engine._emulator._current
        return [current._process.pid] if current is not None else []
    services: list[Any] = [each._process for each in engine._pools[AWS].providers]
    return [service.pid for service in services if service.alive]


@pytest.mark.parametrize("what", ["emulator", "provider"])
async def test_the_owners_secrets_are_in_no_process(engine: WarmEngine, what: str) -> None:
    processes = [pid for leader in leaders_of(engine, what) for pid in descendants(leader)]
    assert len(processes) >= 2
    for pid in processes:
        environment = environment_of(pid)
        assert b"a-secret-of-this-machine" not in environment
        assert b"AWS_CA_BUNDLE" not in environment


def kill(engine: WarmEngine, what: str) -> None:
    """End the programs in the boxes themselves, as a crash would."""
    for leader in leaders_of(engine, what):
        *_, last = descendants(leader)
        os.kill(last, signal.SIGKILL)


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


async def test_an_emulator_that_hangs_is_replaced_and_the_plan_tried_again(
    engine: WarmEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.terraform.emulator.process.ANSWER_SECONDS", 1.0)
    *_, hanging = descendants(leaders_of(engine, "emulator")[0])
    os.kill(hanging, signal.SIGSTOP)
    outcome = await run(engine, ACCOUNT + WANTS)
    assert outputs(outcome) == {"account": EMULATED_ACCOUNT}
    assert not alive(hanging)


@pytest.mark.parametrize("what", ["emulator", "provider"])
async def test_a_part_that_a_busy_machine_keeps_waiting_is_not_replaced(
    engine: WarmEngine, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def little() -> float:
        return 0.001

    monkeypatch.setattr(engine._clock, "_pace", little)
    monkeypatch.setattr("sandbox.terraform.emulator.process.ANSWER_SECONDS", 0.2)
    monkeypatch.setattr("sandbox.terraform.plugins.provider.ANSWER_SECONDS", 0.2)
    before = leaders_of(engine, what)
    waiting = [list(descendants(leader))[-1] for leader in before]
    for pid in waiting:
        os.kill(pid, signal.SIGSTOP)
    assert engine._emulator is not None
    asked = [engine._emulator.see_alive(), *(each.see_alive() for each in engine.providers)]
    planned = asyncio.create_task(run(engine, ACCOUNT + WANTS))
    asking = asyncio.gather(*asked)
    await asyncio.sleep(1.0)  # five times as long as an answer may take
    assert not asking.done() and not planned.done()
    for pid in waiting:
        os.kill(pid, signal.SIGCONT)
    await asking
    assert outputs(await planned) == {"account": EMULATED_ACCOUNT}
    assert leaders_of(engine, what) == before


async def test_terraform_that_waits_for_parts_of_ours_is_not_taken_for_one_that_sleeps(
    engine: WarmEngine, box: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[Command] = []
    run_in_box = box.run

    async def spy(command: Command) -> Result:
        ran.append(command)
        result: Result = await run_in_box(command)
        return result

    monkeypatch.setattr(box, "run", spy)
    await run(engine, BUCKET)
    await run(engine, 'terraform {\n  required_version = ">= 1.0"\n}\n')
    assert [command.served for command in ran] == [True, False]


async def test_a_provider_that_does_not_answer_a_canary_goes(
    engine: WarmEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = replace(inspection._LIMITS, wall_seconds=1.0)
    monkeypatch.setattr(inspection, "_LIMITS", limits)
    hanging = engine.providers[0]
    process: Any = hanging._process
    os.kill(list(descendants(process.pid))[-1], signal.SIGSTOP)
    assert engine._inspector is not None
    assert "took more than" in await engine._inspector.inspect(hanging)
    assert hanging not in engine.providers and not hanging.alive
    assert outputs(await run(engine, ACCOUNT + WANTS)) == {"account": EMULATED_ACCOUNT}


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


async def test_a_known_provider_that_is_not_here_is_our_fault(warm: Workbench) -> None:
    absent = next(
        name
        for name in ("google", "random", "azurerm")
        if f"registry.terraform.io/hashicorp/{name}" not in warm.toolchain.providers
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


async def test_the_cut_schema_holds_the_named_types_byte_for_byte(engine: WarmEngine) -> None:
    provider = engine._pools[AWS].providers[0]
    ask: UnaryCall = provider.channel.unary_unary(SCHEMA_METHODS[provider.protocol])
    whole = schema_message(await ask(b""))
    names = {"aws_s3_bucket", "aws_region", "aws_vpc", "bucket"}
    cut = schema_message(provider.schema.projected(names))
    assert len(whole["resources"]) > 1000
    assert set(cut["resources"]) == {"aws_s3_bucket", "aws_vpc"}
    assert set(cut["data"]) == {"aws_s3_bucket", "aws_region", "aws_vpc"}
    for kind, types in cut.items():
        for name, schema in types.items():
            assert schema == whole[kind][name]
    assert cut["provider"] == whole["provider"]


def schema_message(answer: bytes) -> dict[str, dict[str, bytes]]:
    """An answer read by protobuf itself: kind to type name to the bytes of its schema."""
    file = descriptor_pb2.FileDescriptorProto(name="schema_test.proto", syntax="proto3")
    entry = file.message_type.add(name="Entry")
    entry.field.add(name="key", number=1, type=9, label=1)
    entry.field.add(name="value", number=2, type=12, label=1)
    answers = file.message_type.add(name="Answer")
    answers.field.add(name="provider", number=1, type=12, label=1)
    for name, number in (("resources", 2), ("data", 3), ("ephemeral", 8)):
        answers.field.add(name=name, number=number, type=11, label=3, type_name="Entry")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    message: Any = message_factory.GetMessageClass(pool.FindMessageTypeByName("Answer"))()
    message.ParseFromString(answer)
    found: dict[str, dict[str, bytes]] = {"provider": {"": message.provider}}
    for name in ("resources", "data", "ephemeral"):
        found[name] = {item.key: item.value for item in getattr(message, name)}
    return found


async def test_nothing_is_left_when_the_engine_ends(toolchain: Toolchain, box: Sandbox) -> None:
    async with WarmEngine(toolchain, box) as engine:
        folder = engine._parts.folder
        processes = [
            pid
            for what in ("emulator", "provider")
            for leader in leaders_of(engine, what)
            for pid in descendants(leader)
        ]
        assert AWS in toolchain.providers and folder.exists()
    assert not folder.exists()
    async with asyncio.timeout(10):  # the kernel takes a namespace down in a moment
        while any(map(alive, processes)):  # noqa: ASYNC110 (nobody tells when they are gone)
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("broken", ["emulator", "provider"])
async def test_an_engine_that_cannot_start_says_which_part_and_leaves_nothing(
    toolchain: Toolchain, box: Sandbox, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Breaks:
        """A sandbox in which one service ends at once, while the others are starting."""

        def __init__(self) -> None:
            self.name = "breaks"
            self.started: list[Any] = []

        async def start(self, service: Service) -> Running:
            wanted = (service.name == "emulator") == (broken == "emulator")
            argv = ("/bin/false",) if wanted else service.argv
            running = await box.start(replace(service, argv=argv))
            self.started.append(running)
            return running

    sandbox: Any = Breaks()
    kind = EmulatorFailed if broken == "emulator" else ProviderFailed
    with pytest.raises(kind):
        async with WarmEngine(toolchain, sandbox):
            pass
    assert sandbox.started and not any(each.alive for each in sandbox.started)
    groups = [directory for each in sandbox.started for directory in each._group._unique]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(20):  # the kernel lets go of a group when its last process has
            while any(directory.exists() for directory in groups):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    assert [directory for directory in groups if directory.exists()] == []


async def test_a_folder_too_deep_for_sockets_is_said(
    toolchain: Toolchain, box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("deep" * 20)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with pytest.raises(SandboxError, match="TMPDIR"):
        async with WarmEngine(toolchain, box):
            pass
    assert list(deep.iterdir()) == []


@pytest.mark.parametrize("ticks", range(6))
async def test_a_run_cancelled_while_its_relay_opens_leaves_no_socket_and_no_lease(
    engine: WarmEngine, ticks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await no_canaries(engine, monkeypatch)  # they have sockets, too
    await run(engine, BUCKET)
    before = open_sockets()
    opened = Relay.__aenter__
    loop = asyncio.get_running_loop()

    def cancel_after(ticks: int) -> None:
        if ticks:
            loop.call_soon(cancel_after, ticks - 1)
        else:
            task.cancel()

    async def open_and_be_cancelled(self: Relay) -> Relay:
        cancel_after(ticks)
        return await opened(self)

    with monkeypatch.context() as patch:
        patch.setattr(Relay, "__aenter__", open_and_be_cancelled)
        task = asyncio.create_task(run(engine, BUCKET))
        await asyncio.wait((task,))
    assert task.cancelled()
    outcomes = await asyncio.gather(*(run(engine, BUCKET) for _ in engine.providers))
    assert all(outcome.plan_json is not None for outcome in outcomes)
    assert open_sockets() == before


async def no_canaries(engine: WarmEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait until none is on its way, and let none begin."""

    async def inspect(self: Inspector, provider: Provider) -> str:
        return ""

    monkeypatch.setattr(Inspector, "inspect", inspect)
    pool = engine._pools[AWS]
    for provider in pool.providers:
        if await pool.take_this(provider):
            pool.give_back(provider)


def open_sockets() -> int:
    """The sockets that listen for Terraform in this process."""
    lines = Path("/proc/net/unix").read_text().splitlines()
    return sum("/assay-terraform-" in line and "/slot-" in line for line in lines)
