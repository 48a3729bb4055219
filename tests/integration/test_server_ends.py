"""Who goes away takes the tools along: a client, a deadline, the server itself."""

import asyncio
import os
import signal
import subprocess
import time
from pathlib import Path

import aiohttp
import grpc
import pytest
from assay.reward.v1 import reward_pb2 as pb
from grpc_health.v1 import health_pb2, health_pb2_grpc

from rewardsvc.client import RemoteScorer
from rewardsvc.connection import Connection
from rewardsvc.errors import ServerUnavailable
from rewardsvc.types import FailureKind, ScoreRequest, Status, Task
from tests.integration.served import (
    GOOD,
    RUN,
    SERVICE,
    Server,
    connected,
    message,
    request,
    sleeping,
    stub_of,
    until,
)
from tests.integration.slow_format import sleepers


async def test_a_deadline_that_passes_is_a_fault_of_ours_and_ends_the_tool(server: Server) -> None:
    late = ScoreRequest(id="late", task=Task(format="slow"), completion=sleeping(20.25))
    async with RemoteScorer(server.address, Connection(request_timeout_seconds=1)) as scorer:
        (verdict,) = await scorer.score([late])
    assert (verdict.id, verdict.status) == ("late", Status.UNSCORED)
    assert verdict.failure_kind is FailureKind.TIMED_OUT_BY_US
    assert await until(lambda: not sleepers("20.25"))


@pytest.mark.parametrize("method", ["Score", "ScoreStream"])
async def test_a_client_that_goes_away_takes_its_tools_along(server: Server, method: str) -> None:
    seconds = f"20.5{len(method)}"
    asked = message(sleeping(seconds), "gone", "slow")
    async with connected(server) as channel:
        stub = stub_of(channel)
        call = stub.Score(asked) if method == "Score" else stub.ScoreStream(iter([asked]))
        assert await until(lambda: bool(sleepers(seconds))), "the tool never started"
        call.cancel()
        assert await until(lambda: not sleepers(seconds)), "the tool went on"


async def test_one_of_two_identical_requests_may_go_away(server: Server) -> None:
    asked = message(sleeping("3.125"), "twin", "slow")
    async with connected(server) as channel:
        stub = stub_of(channel)
        first, second = stub.Score(asked), stub.Score(asked)
        assert await until(lambda: bool(sleepers("3.125")))
        first.cancel()
        verdict = await second
    assert verdict.status == pb.SCORED


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
            assert await until(lambda: bool(sleepers("22.5")))
            running.process.kill()
            with pytest.raises(ServerUnavailable, match=running.address):
                await asyncio.wait_for(scoring, 30)
        assert await until(lambda: not sleepers("22.5")), "the tool outlived its server"
    finally:
        running.process.kill()
        await asyncio.to_thread(running.process.wait, 20)


async def test_a_full_queue_is_said_and_a_scorer_comes_back_later(tmp_path: Path) -> None:
    running = Server(tmp_path / "stderr.log", ASSAY_WORKERS="1", ASSAY_QUEUE="1")
    try:
        async with connected(running) as channel, aiohttp.ClientSession() as session:
            stub = stub_of(channel)
            working = stub.Score(message(sleeping("2.25"), "working", "slow"))
            assert await until(lambda: bool(sleepers("2.25")))
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
        assert await until(lambda: bool(sleepers("25.75")))
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
