"""The warm engine: plans are apart from each other and from this machine."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from rewardsvc.types import Status
from rewardsvc.verification.verifier import Workbench
from sandbox.hcl.addresses import AWS
from sandbox.terraform.plugins.provider import SCHEMA_METHODS, Provider, UnaryCall
from sandbox.terraform.warm import WarmEngine
from tests.integration.warm_plans import (
    ACCOUNT,
    BUCKET,
    EMULATED_ACCOUNT,
    WANTS,
    descendants,
    in_region,
    leaders_of,
    outputs,
    run,
    score,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


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


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


@pytest.mark.parametrize("what", ["emulator", "provider"])
async def test_the_owners_secrets_are_in_no_process(engine: WarmEngine, what: str) -> None:
    processes = [pid for leader in leaders_of(engine, what) for pid in descendants(leader)]
    assert len(processes) >= 2
    for pid in processes:
        environment = environment_of(pid)
        assert b"a-secret-of-this-machine" not in environment
        assert b"AWS_CA_BUNDLE" not in environment


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
