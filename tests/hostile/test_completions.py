"""Attacks through the gRPC server, with the real engine: what the verdict says, what is left."""

import asyncio
import hashlib
import re
import statistics
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio
from assay.reward.v1 import reward_pb2 as pb
from assay.reward.v1 import reward_pb2_grpc
from google.protobuf import json_format
from grpc_health.v1 import health_pb2, health_pb2_grpc

from rewardsvc.client import channel_options
from sandbox.base import MIB
from sandbox.terraform import canary
from sandbox.terraform.plugins.policy import IDLE_SECONDS
from sandbox.terraform.warm import MORE_PROVIDERS
from tests.hostile.completions import ATTACKS, GOOD, NOT_THE_HOSTS, Attack
from tests.hostile.conftest import Served
from tests.hostile.host import Host
from tests.hostile.traces import (
    Traces,
    left_beyond,
    left_files,
    marked,
    new_mark,
    resident_bytes,
    settled,
    traces,
)
from tests.needs import lacks

pytestmark = pytest.mark.asyncio(loop_scope="module")

SLOWER = 10.0
GRACE_SECONDS = 3.0
"""As in ``test_commands``: what is looked for waits for a timeout or a restart. A warm provider
that an attack used up has its replacement started beside the next completion."""

HEALTH_SECONDS = 1.0
"""Within which the server says that it is well, whatever it works on."""

GROWTH_BYTES = 700 * MIB
"""What one completion may add to the server's own memory."""

CALM_RUNS = 5

PROBES = 3
"""Of the machine's pace: the readers' own, that of expressions, and Terraform's."""


@dataclass
class Client:
    """A connection to a server under attack, and what was there before."""

    served: Served
    stub: reward_pb2_grpc.RewardServiceStub
    health: health_pb2_grpc.HealthStub
    usual_seconds: float = 0.0
    before: Traces = field(default_factory=Traces)

    def traces(self) -> Traces:
        return traces(self.served.process.pid, self.served.temporary)

    async def score(self, request: pb.ScoreRequest, seconds: float) -> tuple[pb.Verdict, float]:
        began = time.monotonic()
        verdict = await self.stub.Score(request, timeout=seconds)
        return verdict, time.monotonic() - began

    async def slowest_answer(self, until: "asyncio.Future[Any]") -> float:
        """The slowest of the health checks while something is under way."""
        slowest = 0.0
        while not until.done():
            began = time.monotonic()
            answer = await self.health.Check(health_pb2.HealthCheckRequest(), timeout=60)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
            slowest = max(slowest, time.monotonic() - began)
            await asyncio.sleep(0.05)
        return slowest


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(served: Served) -> AsyncIterator[Client]:
    async with grpc.aio.insecure_channel(served.address, options=channel_options()) as channel:
        opened = Client(
            served,
            reward_pb2_grpc.RewardServiceStub(channel),  # type: ignore[no-untyped-call]
            health_pb2_grpc.HealthStub(channel),
        )
        for request in RESIDENTS:
            await opened.score(request, 120)
        seconds = [(await opened.score(_request(GOOD), 120))[1] for _ in range(CALM_RUNS)]
        opened.usual_seconds = statistics.median(seconds)
        opened.before = await settled(opened.traces)
        yield opened


def _request(completion: str, format: str = "terraform", *, got: bool = False) -> pb.ScoreRequest:
    checks = []
    if got:
        sees = "planned_values.outputs.got.value"
        checks = [
            pb.Check(kind="jmespath", on="plan", expr="length(resource_changes) > `0`"),
            pb.Check(kind="jmespath", on="plan", expr=sees, description="got"),
        ]
    # With means, so that none can choose to be UNSCORED.
    task = pb.Task(format=format, checks=checks, means=pb.Means())
    return pb.ScoreRequest(id="a", task=task, completion=completion)


def _completion(attack: Attack, fill: Callable[[str], str]) -> str:
    parts = []
    for path, text in attack.files.items():
        body = fill(text if isinstance(text, str) else text())
        label = f'{attack.language} path="{fill(path)}"'
        if len(attack.files) == 1 and attack.language != "json":
            label = attack.language
        parts.append(f"````{label}\n{body.rstrip(chr(10))}\n````\n")
    return "\n".join(parts)


RESIDENTS = (
    _request("```dockerfile\nFROM debian:12\nCOPY a /a\n```\n", "dockerfile"),
    _request(
        "```yaml\non: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n"
        "    steps:\n      - run: echo $A\n```\n",
        "github-actions",
    ),
    _request("```yaml\na:\n  script:\n    - echo $A\n```\n", "gitlab-ci"),
    pb.ScoreRequest(
        id="a",
        task=pb.Task(
            format="compose",
            checks=[
                pb.Check(kind="rego", on="documents", policy="package a\nb := 1", expr="data.a.b")
            ],
        ),
        completion="```yaml\nservices:\n  a:\n    image: nginx:1\n```\n",
    ),
    _request(
        '```hcl\nresource "random_id" "a" {\n  byte_length = 4\n}\n'
        'resource "null_resource" "a" {}\nresource "time_static" "a" {}\n'
        'resource "aws_sns_topic" "a" {\n  name = random_id.a.hex\n}\n```\n'
    ),
)
"""What makes a server start what it keeps from then on: boxes for linters, the checks' process,
providers that nobody configures."""


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_gets_a_truthful_verdict_and_nothing_else(
    client: Client, host: Host, name: str
) -> None:
    attack = ATTACKS[name]
    if attack.format == "terraform" and client.served.terraform:
        lacks("terraform", client.served.terraform)
    mark = new_mark()
    run = f"touch {host.folder}/trap/{mark} /tmp/{mark}; sleep 86400"
    words = {**host.env, "SERVER_PID": str(client.served.process.pid), "RUN": run}

    def fill(text: str) -> str:
        for word, value in words.items():
            text = text.replace(f"@{word}@", value)
        return text

    request = _request(_completion(attack, fill), attack.format, got=bool(attack.got))
    resident = resident_bytes(client.served.process.pid)
    visitors = list(host.visitors)

    scoring = asyncio.ensure_future(client.score(request, attack.seconds + 60))
    slowest = await client.slowest_answer(scoring)
    verdict, took = await scoring
    said = json_format.MessageToJson(verdict)
    print(f"{name}: {took:.1f} s, health {slowest:.2f} s, {_summary(verdict)}")

    assert marked(mark) == [], "a program of the attack runs"
    assert left_files(host.folder / "trap") == []
    assert left_files(Path("/tmp"), f"*{mark}*") == []
    assert host.visitors == visitors, "somebody came to a socket of the host"
    assert host.secret not in said
    assert host.victim.poll() is None
    _is_truthful(verdict, said, attack)
    assert took < attack.seconds
    assert slowest < HEALTH_SECONDS
    assert resident_bytes(client.served.process.pid) - resident < GROWTH_BYTES
    left = await left_beyond(client.before, client.traces, spare=MORE_PROVIDERS)
    assert left == {}, f"left behind: {left}"

    after, took = await client.score(_request(GOOD), 60)
    if not client.served.terraform:
        assert (after.status, after.reward) == (pb.SCORED, 1.0), after
    assert took < SLOWER * client.usual_seconds + GRACE_SECONDS


async def test_in_the_end_everything_is_as_before(client: Client) -> None:
    """Providers that a pool added for some attack are gone too, once nobody has used them."""
    seconds = IDLE_SECONDS + 2 * canary.EVERY_SECONDS
    left = await left_beyond(client.before, client.traces, seconds)
    assert left == {}, f"left behind: {left}"
    assert client.traces().probes <= PROBES


def _is_truthful(verdict: pb.Verdict, said: str, attack: Attack) -> None:
    assert verdict.status == pb.SCORED, said
    assert verdict.reward <= attack.most, said
    assert attack.says in said, said
    if attack.got == NOT_THE_HOSTS:
        digest = hashlib.sha256(Path("/etc/passwd").read_bytes()).hexdigest()
        found = re.search(r'got: expected true, found "([0-9a-f]{64})"', _diagnostics(verdict))
        assert found is not None and found[1] != digest, said
    elif attack.got:
        assert f"got: expected true, found {attack.got}" in _diagnostics(verdict), said


def _diagnostics(verdict: pb.Verdict) -> str:
    return "\n".join(item.message for stage in verdict.stages for item in stage.diagnostics)


def _summary(verdict: pb.Verdict) -> str:
    stages = {stage.name: f"{stage.score:.2f}" for stage in verdict.stages}
    reasons = [m for m in _diagnostics(verdict).splitlines() if "terraform 1" not in m][:3]
    return f"{verdict.reward:.2f} {verdict.failure_kind} {stages} {[r[:160] for r in reasons]}"
