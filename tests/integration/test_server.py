"""The reward server as a client meets it: a real process, a real socket, the real tools."""

import asyncio
from typing import Any

import grpc
import pytest
from assay.reward.v1 import reward_pb2 as pb
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from rewardsvc.client import RemoteScorer
from rewardsvc.errors import InvalidRequest
from rewardsvc.types import Check, FailureKind, ScoreRequest, Status, Target, Task
from sandbox.standins import STANDINS
from sandbox.toolchain import Source, discover
from tests.integration.served import GOOD, SERVICE, Server, connected, message, request, sleeping


async def test_a_good_completion_earns_a_reward_and_is_cached(server: Server) -> None:
    async with RemoteScorer(server.address) as scorer:
        completion = GOOD.replace("app", "cached")
        first, again = [(await scorer.score([request(completion)]))[0] for _ in range(2)]
    assert first.status is Status.SCORED and first.reward is not None and first.reward > 0.9
    assert first.stages[0].name == "fences"
    assert (first.cached, again.cached) == (False, True)
    assert again.reward == first.reward


@pytest.mark.parametrize(
    ("completion", "at_most"),
    [
        ("", 0.0),
        ("no fence, only words", 0.0),
        ("x" * 5_000_000, 0.0),
        ("```dockerfile\n" + "RUN true\n" * 600_000 + "```\n", 0.0),
        ("```dockerfile\nFRMO debian\n```\n", 0.2),
    ],
    ids=["empty", "no fence", "5 MB of text", "5 MB of file", "does not parse"],
)
async def test_a_bad_completion_is_scored_low(
    server: Server, completion: str, at_most: float
) -> None:
    async with RemoteScorer(server.address) as scorer:
        (verdict,) = await scorer.score([request(completion)])
    assert verdict.status is Status.SCORED
    assert verdict.reward is not None and verdict.reward <= at_most


async def test_an_unclosed_fence_costs_the_fences_stage_only(server: Server) -> None:
    async with RemoteScorer(server.address) as scorer:
        whole, cut = await scorer.score([request(GOOD, "1"), request(GOOD[:-4], "2")])
    assert whole.components is not None and cut.components is not None
    assert cut.components.syntax == whole.components.syntax
    assert cut.components.format < whole.components.format


async def test_verdicts_keep_the_order_of_their_requests(server: Server) -> None:
    ids = [str(number) for number in range(40)]
    async with RemoteScorer(server.address) as scorer:
        verdicts = await scorer.score(
            [request(GOOD.replace("app", f"u{int(id) % 7}"), id) for id in ids]
        )
    assert [verdict.id for verdict in verdicts] == ids


async def test_an_invalid_request_names_its_field(server: Server) -> None:
    async with RemoteScorer(server.address) as scorer:
        with pytest.raises(InvalidRequest) as refused:
            await scorer.score([request(GOOD, "a", Check(on=Target.AST, expr="[broken"))])
    assert refused.value.field == "task.checks[0].expr"


async def test_bytes_that_are_no_message_are_refused_and_serving_goes_on(server: Server) -> None:
    broken = b"\x1a\x02\xff\xfe"  # completion (field 3) with invalid UTF-8
    async with connected(server) as channel:
        raw: Any = channel.unary_unary(f"/{SERVICE}/Score")
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await raw(broken, timeout=20)
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert "UTF-8" in (refused.value.details() or "")
        stream: Any = channel.stream_stream(f"/{SERVICE}/ScoreStream")
        answers = [
            pb.ScoreStreamResponse.FromString(data)
            async for data in stream(
                iter([broken, message("", "after").SerializeToString()]), timeout=20
            )
        ]
    assert {answer.WhichOneof("outcome") for answer in answers} == {"error", "verdict"}
    assert {answer.id for answer in answers} == {"", "after"}


async def test_health_and_reflection_answer_as_grpcurl_expects(server: Server) -> None:
    async with connected(server) as channel:
        health = await health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(service=SERVICE), timeout=20
        )
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        listing = reflection_pb2.ServerReflectionRequest(list_services="")
        symbol = reflection_pb2.ServerReflectionRequest(file_containing_symbol=SERVICE)
        replies = [r async for r in stub.ServerReflectionInfo(iter([listing, symbol]), timeout=20)]
    assert health.status == health_pb2.HealthCheckResponse.SERVING
    assert SERVICE in {entry.name for entry in replies[0].list_services_response.service}
    assert replies[1].file_descriptor_response.file_descriptor_proto


async def test_describe_names_formats_tools_and_rule(server: Server) -> None:
    async with RemoteScorer(server.address) as scorer:
        described = await scorer.describe()
    formats = {entry.format: entry for entry in described.formats}
    assert formats["dockerfile"].available and "hadolint" in formats["dockerfile"].tools
    assert described.toolchain and described.rule.weights.syntax == 0.4
    here = discover()
    versions = {entry.name: list(entry.versions) for entry in described.providers}
    installed = {
        source.partition("/")[2]: [here.provider_versions[source]] for source in here.providers
    }
    standing_in = {name: [each.version] for name, each in STANDINS.items()}
    assert versions == {**standing_in, **installed}
    assert ("ray.io/v1/RayCluster" in described.crds) is (here.crd_schemas is not None)
    libraries = here.tools["python-libraries"].source is not Source.MISSING
    assert ("kfp" in described.libraries) is libraries


async def test_two_scorers_at_once_get_their_own_verdicts(server: Server) -> None:
    async def of(name: str) -> list[str]:
        async with RemoteScorer(server.address) as scorer:
            asked = [request(GOOD.replace("app", f"a{n % 5}"), f"{name}{n}") for n in range(20)]
            return [verdict.id for verdict in await scorer.score(asked)]

    first, second = await asyncio.gather(of("x"), of("y"))
    assert first == [f"x{n}" for n in range(20)]
    assert second == [f"y{n}" for n in range(20)]


async def test_a_verifier_that_raises_is_internal_and_never_a_zero(server: Server) -> None:
    broken = ScoreRequest(id="b", task=Task(format="slow"), completion=sleeping("not a number"))
    async with RemoteScorer(server.address) as scorer:
        (verdict,) = await scorer.score([broken])
    assert (verdict.status, verdict.reward) == (Status.UNSCORED, None)
    assert verdict.failure_kind is FailureKind.INTERNAL
    assert "ValueError" in verdict.failure_reason
