"""Streams of the reward server: every request is answered, and no reader holds up the others."""

import asyncio
from typing import Any

import grpc
import pytest
from assay.reward.v1 import reward_pb2 as pb

from rewardsvc.outbox import Outbox, Stalled
from tests.integration.served import GOOD, Server, connected, message, sleeping, stub_of


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


async def test_a_non_finite_expectation_does_not_end_the_stream(server: Server) -> None:
    bad = message(GOOD, "bad")
    bad.task.checks.add(kind="jmespath", on="ast", expr="a").expect.number_value = float("inf")
    async with connected(server) as channel:
        stream = stub_of(channel).ScoreStream(iter([bad, message("", "after")]), timeout=20)
        kinds = {answer.id: answer.WhichOneof("outcome") async for answer in stream}
    assert kinds == {"bad": "error", "after": "verdict"}
