"""The reward server as a client meets it: a real process, a real socket, the real tools."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import grpc
import pytest
from assay.reward.v1 import reward_pb2 as pb
from assay.reward.v1 import reward_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from rewardsvc.client import RemoteScorer, channel_options
from rewardsvc.connection import Connection
from rewardsvc.errors import InvalidRequest, ServerUnavailable
from rewardsvc.outbox import Outbox, Stalled
from rewardsvc.types import Check, FailureKind, ScoreRequest, Status, Target, Task
from sandbox.toolchain import Source, discover
from tests.integration.slow_format import sleepers

RUN = (sys.executable, str(Path(__file__).with_name("slow_format.py")))
"""``rewardsvc`` with one more format, ``slow``, whose completions take as long as they say."""

GOOD = '```dockerfile\nFROM debian:12.5-slim\nRUN groupadd app\nUSER app\nCMD ["true"]\n```\n'
SERVICE = "assay.reward.v1.RewardService"


class Server:
    """One server process, its addresses and what it wrote."""

    def __init__(self, log: Path, **settings: str) -> None:
        self.log = log
        with log.open("wb") as stderr:
            self.process = subprocess.Popen(
                [*RUN, "serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"],
                stderr=stderr,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "ASSAY_TERRAFORM": "cold", **settings},
            )
        self.address = self._said("serving on ")
        self.http = self._said("HTTP on ")

    def _said(self, words: str) -> str:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and self.process.poll() is None:
            for line in self.log.read_text().splitlines():
                if line.startswith(words):
                    return line.removeprefix(words)
            time.sleep(0.05)
        raise AssertionError(f"the server did not come up:\n{self.log.read_text()}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("server") / "stderr.log")
    yield running
    running.process.terminate()
    running.process.wait(30)


@contextlib.asynccontextmanager
async def connected(server: Server) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(server.address, options=channel_options()) as channel:
        yield channel


def stub_of(channel: grpc.aio.Channel) -> reward_pb2_grpc.RewardServiceStub:
    return reward_pb2_grpc.RewardServiceStub(channel)  # type: ignore[no-untyped-call]


def message(completion: str, id: str = "a", format: str = "dockerfile") -> pb.ScoreRequest:
    return pb.ScoreRequest(id=id, task=pb.Task(format=format), completion=completion)


def request(completion: str, id: str = "a", *checks: Check) -> ScoreRequest:
    return ScoreRequest(id=id, task=Task(format="dockerfile", checks=checks), completion=completion)


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


async def test_a_stream_answers_everything_and_survives_invalid_requests(server: Server) -> None:
    async with connected(server) as channel:
        stub = stub_of(channel)
        # Slowest first: its answer must not hold up the others.
        slow = message(sleeping(2), "slow", "slow")
        asked = [slow, message(GOOD, "good", "cobol"), *(message("", str(n)) for n in range(5))]
        stream = stub.ScoreStream(iter(asked), timeout=120)
        answers = [answer async for answer in stream]
    assert sorted(answer.id for answer in answers) == ["0", "1", "2", "3", "4", "good", "slow"]
    outcome = {answer.id: answer for answer in answers}
    assert outcome["good"].error.field == "task.format"
    assert "dockerfile" in outcome["good"].error.message
    assert answers[-1].id == "slow"
    assert outcome["slow"].HasField("verdict")


async def test_repeats_on_a_stream_are_the_same_verdict_under_their_own_ids(
    server: Server,
) -> None:
    asked = [message(GOOD.replace("app", f"r{n % 3}"), str(n)) for n in range(300)]
    async with connected(server) as channel:
        stub = stub_of(channel)
        stream = stub.ScoreStream(timeout=60)
        # Everything is sent before anything is read.
        for each in asked:
            await stream.write(each)
        await stream.done_writing()
        answers = {answer.id: answer.verdict async for answer in stream}
        unary = await stub.Score(message(GOOD.replace("app", "r0"), "unary"), timeout=20)
    assert set(answers) == {str(n) for n in range(300)}
    assert all(verdict.id == id for id, verdict in answers.items())
    assert sum(not verdict.cached for verdict in answers.values()) == 3
    for n in range(3):
        alike = {_without_id(answers[str(m)]) for m in range(n, 300, 3)}
        assert len(alike) == 1
    assert (unary.id, unary.cached) == ("unary", True)
    assert _without_id(unary) == _without_id(answers["0"])


def _without_id(verdict: pb.Verdict) -> bytes:
    same = pb.Verdict()
    same.CopyFrom(verdict)
    same.id, same.cached = "", False
    return same.SerializeToString(deterministic=True)


async def test_a_reader_that_lags_holds_up_the_stream_and_not_the_memory() -> None:
    class Client:
        def __init__(self) -> None:
            self.reads = asyncio.Event()
            self.got: list[bytes] = []

        async def write(self, answer: bytes) -> None:
            await self.reads.wait()
            self.got.append(answer)

    client: Any = Client()
    box = Outbox(capacity_bytes=100)
    writing = asyncio.create_task(box.write_to(client))
    for _ in range(11):
        await box.room()
        box.put(b"x" * 10)
    waiting = asyncio.create_task(box.room())
    await asyncio.sleep(0.02)
    assert not waiting.done()
    client.reads.set()
    async with asyncio.timeout(5):
        await waiting
        box.close()
        await writing
    assert client.got == [b"x" * 10] * 11


async def test_a_write_that_fails_is_an_error_only_where_the_client_is_there() -> None:
    class Client:
        async def write(self, answer: bytes) -> None:
            raise grpc.aio.InternalError("execute_batch")

    client: Any = Client()
    box = Outbox()
    box.put(b"x")
    writing = asyncio.create_task(box.write_to(client))
    await asyncio.sleep(0.02)
    writing.cancel()  # as gRPC does
    with pytest.raises(asyncio.CancelledError):
        await writing
    box = Outbox(hangup_seconds=0.01)
    box.put(b"x")
    with pytest.raises(grpc.aio.InternalError):
        await box.write_to(client)


async def test_a_client_that_takes_no_answer_is_let_go() -> None:
    class Client:
        async def write(self, answer: bytes) -> None:
            await asyncio.Event().wait()

    client: Any = Client()
    box = Outbox(stalled_seconds=0.02)
    box.put(b"x")
    with pytest.raises(Stalled):
        await box.write_to(client)


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


async def test_a_non_finite_expectation_does_not_end_the_stream(server: Server) -> None:
    bad = message(GOOD, "bad")
    bad.task.checks.add(kind="jmespath", on="ast", expr="a").expect.number_value = float("inf")
    async with connected(server) as channel:
        stream = stub_of(channel).ScoreStream(iter([bad, message("", "after")]), timeout=20)
        kinds = {answer.id: answer.WhichOneof("outcome") async for answer in stream}
    assert kinds == {"bad": "error", "after": "verdict"}


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
    assert versions == {
        source.partition("/")[2]: [here.provider_versions[source]] for source in here.providers
    }
    assert ("ray.io/v1/RayCluster" in described.crds) is (here.crd_schemas is not None)
    libraries = here.tools["python-libraries"].source is not Source.MISSING
    assert ("kfp" in described.libraries) is libraries


async def test_the_http_face_scores_and_reports(server: Server) -> None:
    base = f"http://{server.http}"
    body = {"id": "h", "task": {"format": "dockerfile"}, "completion": GOOD}
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{base}/v1/score", json=body) as response:
            assert response.status == 200
            assert (await response.json())["status"] == "SCORED"
        async with session.get(f"{base}/healthz") as response:
            assert response.status == 200
        async with session.get(f"{base}/metrics") as response:
            assert 'assay_verdicts_total{cached="' in await response.text()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", "request"),
        (b'{"completion": "\xff"}', "request"),
        (b'{"task": {"format": "dockerfile"}}', "completion"),
        (b'{"task": {"format": "cobol"}, "completion": ""}', "task.format"),
        (
            b'{"task": {"format": "dockerfile", "checks": [{"on": "ast", "expr": "["}]},'
            b' "completion": ""}',
            "task.checks[0].expr",
        ),
    ],
)
async def test_the_http_face_refuses_by_field(server: Server, body: bytes, field: str) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://{server.http}/v1/score", data=body) as response,
    ):
        assert response.status == 400
        refused = await response.json()
    assert refused["field"] == field
    assert refused["message"]


async def test_the_http_face_passes_over_marks_before_the_body(server: Server) -> None:
    body = json.dumps({"task": {"format": "dockerfile"}, "completion": "\ufeff" + GOOD})
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://{server.http}/v1/score", data=f"\ufeff{body}") as response,
    ):
        assert (await response.json())["reward"] == 1.0


async def test_an_http_client_that_hangs_up_takes_its_tools_along(server: Server) -> None:
    body = {"task": {"format": "slow"}, "completion": sleeping("21.5")}
    async with aiohttp.ClientSession() as session:
        call = asyncio.create_task(session.post(f"http://{server.http}/v1/score", json=body))
        assert await _until(lambda: bool(sleepers("21.5"))), "the tool never started"
        call.cancel()
        assert await _until(lambda: not sleepers("21.5")), "the tool went on"


async def test_two_scorers_at_once_get_their_own_verdicts(server: Server) -> None:
    async def of(name: str) -> list[str]:
        async with RemoteScorer(server.address) as scorer:
            asked = [request(GOOD.replace("app", f"a{n % 5}"), f"{name}{n}") for n in range(20)]
            return [verdict.id for verdict in await scorer.score(asked)]

    first, second = await asyncio.gather(of("x"), of("y"))
    assert first == [f"x{n}" for n in range(20)]
    assert second == [f"y{n}" for n in range(20)]


async def test_a_deadline_that_passes_is_a_fault_of_ours_and_ends_the_tool(server: Server) -> None:
    late = ScoreRequest(id="late", task=Task(format="slow"), completion=sleeping(20.25))
    async with RemoteScorer(server.address, Connection(request_timeout_seconds=1)) as scorer:
        (verdict,) = await scorer.score([late])
    assert (verdict.id, verdict.status) == ("late", Status.UNSCORED)
    assert verdict.failure_kind is FailureKind.TIMED_OUT_BY_US
    assert await _until(lambda: not sleepers("20.25"))


@pytest.mark.parametrize("method", ["Score", "ScoreStream"])
async def test_a_client_that_goes_away_takes_its_tools_along(server: Server, method: str) -> None:
    seconds = f"20.5{len(method)}"
    asked = message(sleeping(seconds), "gone", "slow")
    async with connected(server) as channel:
        stub = stub_of(channel)
        call = stub.Score(asked) if method == "Score" else stub.ScoreStream(iter([asked]))
        assert await _until(lambda: bool(sleepers(seconds))), "the tool never started"
        call.cancel()
        assert await _until(lambda: not sleepers(seconds)), "the tool went on"


async def test_one_of_two_identical_requests_may_go_away(server: Server) -> None:
    asked = message(sleeping("3.125"), "twin", "slow")
    async with connected(server) as channel:
        stub = stub_of(channel)
        first, second = stub.Score(asked), stub.Score(asked)
        assert await _until(lambda: bool(sleepers("3.125")))
        first.cancel()
        verdict = await second
    assert verdict.status == pb.SCORED


async def test_a_verifier_that_raises_is_internal_and_never_a_zero(server: Server) -> None:
    broken = ScoreRequest(id="b", task=Task(format="slow"), completion=sleeping("not a number"))
    async with RemoteScorer(server.address) as scorer:
        (verdict,) = await scorer.score([broken])
    assert (verdict.status, verdict.reward) == (Status.UNSCORED, None)
    assert verdict.failure_kind is FailureKind.INTERNAL
    assert "ValueError" in verdict.failure_reason


def test_a_taken_port_is_said_at_once(server: Server) -> None:
    done = subprocess.run(
        [*RUN, "serve", "--listen", server.address],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 1
    assert f"cannot listen on {server.address}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_http_port_is_said_at_once(server: Server) -> None:
    done = subprocess.run(
        [*RUN, "serve", "--listen", "127.0.0.1:0", "--http", server.http],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 1
    assert f"cannot listen on {server.http} for HTTP" in done.stderr
    assert "Traceback" not in done.stderr


async def test_a_server_that_dies_under_a_request_is_unavailable_and_no_verdict(
    tmp_path: Path,
) -> None:
    running = Server(tmp_path / "stderr.log")
    try:
        asked = ScoreRequest(id="d", task=Task(format="slow"), completion=sleeping("22.5"))
        async with RemoteScorer(running.address, Connection(request_timeout_seconds=6)) as scorer:
            scoring = asyncio.create_task(scorer.score([asked, request(GOOD)]))
            assert await _until(lambda: bool(sleepers("22.5")))
            running.process.kill()
            with pytest.raises(ServerUnavailable, match=running.address):
                await asyncio.wait_for(scoring, 30)
        assert await _until(lambda: not sleepers("22.5")), "the tool outlived its server"
    finally:
        running.process.kill()
        await asyncio.to_thread(running.process.wait, 20)


async def test_a_full_queue_is_said_and_a_scorer_comes_back_later(tmp_path: Path) -> None:
    running = Server(tmp_path / "stderr.log", ASSAY_WORKERS="1", ASSAY_QUEUE="1")
    try:
        async with connected(running) as channel, aiohttp.ClientSession() as session:
            stub = stub_of(channel)
            working = stub.Score(message(sleeping("2.25"), "working", "slow"))
            assert await _until(lambda: bool(sleepers("2.25")))
            waiting = stub.Score(message(sleeping("0.25"), "waiting", "slow"))
            for _ in range(100):
                async with session.get(f"http://{running.http}/metrics") as metrics:
                    if "assay_waiting 1.0" in await metrics.text():
                        break
                await asyncio.sleep(0.01)
            with pytest.raises(grpc.aio.AioRpcError) as shed:
                await stub.Score(message(GOOD, "shed"))
            assert shed.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            body = {"task": {"format": "dockerfile"}, "completion": GOOD}
            async with session.post(f"http://{running.http}/v1/score", json=body) as response:
                assert response.status == 429
                assert (await response.json())["failure_kind"] == "OVERLOADED"
            async with RemoteScorer(running.address) as scorer:
                (later,) = await scorer.score([request(GOOD)])
            assert later.status is Status.SCORED
            assert {(await working).id, (await waiting).id} == {"working", "waiting"}
    finally:
        running.process.terminate()
        await asyncio.to_thread(running.process.wait, 20)


def test_sigterm_during_the_warm_up_is_heeded_at_once(tmp_path: Path) -> None:
    log = tmp_path / "stderr.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [*RUN, "serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"],
            stderr=stderr,
            env={**os.environ, "ASSAY_TERRAFORM": "warm"},
        )
    deadline = time.monotonic() + 60
    while b"HTTP on" not in log.read_bytes() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.terminate()
    assert process.wait(10) == 0
    assert b"Traceback" not in log.read_bytes()


async def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(ServerUnavailable, match=r"127\.0\.0\.1:1.*rewardsvc serve"):
        async with RemoteScorer("127.0.0.1:1", Connection(connect_timeout_seconds=0.5)):
            pass


async def test_sigterm_ends_the_server_and_the_tools_under_way(tmp_path: Path) -> None:
    running = Server(tmp_path / "stderr.log")
    async with connected(running) as channel:
        call = stub_of(channel).Score(message(sleeping("25.75"), "cut", "slow"))
        assert await _until(lambda: bool(sleepers("25.75")))
        running.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(running.process.wait, 20) == 0
        with pytest.raises(grpc.aio.AioRpcError):
            await call
    assert not sleepers("25.75")
    assert "Traceback" not in running.log.read_text()


async def test_answers_that_hang_keep_the_server_from_nothing(tmp_path: Path) -> None:
    running = Server(tmp_path / "stderr.log", ASSAY_WORKERS="3")
    async with connected(running) as channel:
        hanging = [stub_of(channel).Score(message(sleeping("spin"), id, "slow")) for id in "ab"]
        health = health_pb2_grpc.HealthStub(channel)
        assert (await stub_of(channel).Score(message(GOOD, "beside"))).status == pb.SCORED
        answer = await health.Check(health_pb2.HealthCheckRequest(service=SERVICE), timeout=20)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        assert not any(call.done() for call in hanging)
        running.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(running.process.wait, 20) == 0
        await asyncio.gather(*hanging, return_exceptions=True)
    assert "Traceback" not in running.log.read_text()


async def _until(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold within ten seconds."""
    for _ in range(200):
        if holds():
            return True
        await asyncio.sleep(0.05)
    return False


def sleeping(seconds: float | str) -> str:
    """A completion of format slow."""
    return f"```slow\n{seconds}\n```\n"
