"""Bursts, restarts and deadlines: nothing is lost, and whoever is turned away is told so."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import grpc
import pytest
import pytest_asyncio
from assay.reward.v1 import reward_pb2 as pb
from assay.reward.v1 import reward_pb2_grpc
from google.protobuf.struct_pb2 import NULL_VALUE, Value

from rewardsvc.client import MESSAGE_BYTES, RemoteScorer, channel_options
from rewardsvc.connection import Connection
from rewardsvc.errors import InvalidRequest, ServerUnavailable
from rewardsvc.grpc_status import RETRY_KEY
from rewardsvc.local import LocalScorer
from rewardsvc.security import carries
from rewardsvc.server import serving
from rewardsvc.settings import Settings
from rewardsvc.types import FailureKind, ScoreRequest, Status, Task
from rewardsvc.wire.json import request_to_json
from rl.reward.scoring import ScoringThread, collect
from tests.integration.slow_format import sleepers

RUN = (sys.executable, str(Path(__file__).with_name("slow_format.py")))
GOOD = "```dockerfile\nFROM debian:12.5-slim\nRUN groupadd {0}\nUSER {0}\n```\n"
CODES = grpc.StatusCode


def sleeping(seconds: float | str, id: str = "a") -> ScoreRequest:
    return ScoreRequest(
        id=id, task=Task(format="slow"), completion=f"{id}\n```slow\n{seconds}\n```\n"
    )


def message(seconds: float, id: str = "a") -> pb.ScoreRequest:
    asked = sleeping(seconds, id)
    return pb.ScoreRequest(id=id, task=pb.Task(format="slow"), completion=asked.completion)


def good(id: str) -> ScoreRequest:
    return ScoreRequest(id=id, task=Task(format="dockerfile"), completion=GOOD.format(f"u{id}"))


class Server:
    """A server process at a port that it can be started at again."""

    def __init__(self, folder: Path, files: int = 1024, **settings: str) -> None:
        """``files``: how many the process may open."""
        self._files = files
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self._log = folder / "stderr.log"
        self._settings = {"ASSAY_TERRAFORM": "cold", "ASSAY_CACHE": "false", **settings}
        self._starts = 0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Come up, or back."""
        self._starts += 1
        with self._log.open("ab") as stderr:
            self.process = subprocess.Popen(
                [
                    *("prlimit", f"--nofile={self._files}:{self._files}"),
                    *(*RUN, "serve", "--listen", self.address, "--http", "127.0.0.1:0"),
                ],
                stderr=stderr,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **self._settings},
            )

    async def ready(self) -> None:
        """Wait until it serves."""
        for _ in range(1800):
            if self._log.read_text().count("serving on ") == self._starts:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"the server did not come up:\n{self._log.read_text()}")

    @property
    def http(self) -> str:
        """Where it speaks HTTP."""
        return self.log().rpartition("HTTP on ")[2].split()[0]

    def log(self) -> str:
        """What it wrote on stderr."""
        return self._log.read_text()

    async def kill(self) -> None:
        """As power cuts do."""
        assert self.process is not None
        self.process.kill()
        await asyncio.to_thread(self.process.wait, 20)

    async def end(self) -> None:
        """As an operator does."""
        assert self.process is not None
        self.process.terminate()
        await asyncio.to_thread(self.process.wait, 20)


@asynccontextmanager
async def server(folder: Path, files: int = 1024, **settings: str) -> AsyncIterator[Server]:
    running = Server(folder, files, **settings)
    running.start()
    try:
        await running.ready()
        yield running
    finally:
        await running.kill()


@asynccontextmanager
async def stub(address: str) -> AsyncIterator[Any]:
    async with grpc.aio.insecure_channel(address, options=channel_options()) as channel:
        yield reward_pb2_grpc.RewardServiceStub(channel)  # type: ignore[no-untyped-call]


async def outcome(call: Any) -> grpc.StatusCode:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    return CODES.OK


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here() -> AsyncIterator[str]:
    """A server in this process, for answers that need no tool."""
    chosen = Settings.load(workers=1, terraform="cold")
    async with LocalScorer(chosen) as scorer, serving(scorer, chosen, "127.0.0.1:0") as address:
        yield address


@pytest.mark.parametrize(
    ("kill", "seconds"),
    [(True, 0.5), pytest.param(False, 2, marks=pytest.mark.slow)],
    ids=["killed", "ended"],
)
async def test_a_server_that_restarts_under_a_batch_costs_no_verdict(
    tmp_path: Path, kill: bool, seconds: float
) -> None:
    """What an ended one is still given, four seconds, is not enough for all of them."""
    asked = [sleeping(seconds, str(number)) for number in range(8)]
    chosen = Connection(request_timeout_seconds=60)
    async with server(tmp_path) as running, RemoteScorer(running.address, chosen) as scorer:
        scoring = asyncio.create_task(scorer.score(asked))
        await asyncio.sleep(0.3)
        await (running.kill() if kill else running.end())
        assert not scoring.done()
        running.start()
        verdicts = await scoring
    assert [verdict.id for verdict in verdicts] == [request.id for request in asked]
    assert {verdict.status for verdict in verdicts} == {Status.SCORED}


@pytest.mark.slow
async def test_a_training_run_waits_for_its_server_too(tmp_path: Path) -> None:
    async with server(tmp_path) as running:

        def train() -> list[Status]:
            chosen = Connection(request_timeout_seconds=60)
            with ScoringThread(RemoteScorer(running.address, chosen)) as scoring:
                futures = [scoring.submit(sleeping(0.5, str(number))) for number in range(4)]
                running.process.kill()  # type: ignore[union-attr]
                running.process.wait(20)  # type: ignore[union-attr]
                time.sleep(0.5)
                running.start()
                return [verdict.status for verdict in collect(futures, 60)]

        assert set(await asyncio.to_thread(train)) == {Status.SCORED}


async def test_a_server_that_starts_a_moment_later_is_waited_for(tmp_path: Path) -> None:
    running = Server(tmp_path)
    scorer = RemoteScorer(running.address, Connection(connect_timeout_seconds=60))
    connecting = asyncio.create_task(scorer.__aenter__())
    await asyncio.sleep(0.5)
    running.start()
    try:
        await connecting
        await scorer.__aexit__(None, None, None)
    finally:
        await running.kill()


async def test_a_server_that_does_not_come_back_is_named_when_the_time_is_up(
    tmp_path: Path,
) -> None:
    chosen = Connection(request_timeout_seconds=2)
    async with server(tmp_path) as running, RemoteScorer(running.address, chosen) as scorer:
        await running.kill()
        came = asyncio.get_running_loop().time()
        with pytest.raises(ServerUnavailable, match=running.address):
            await scorer.score([sleeping(0.1)])
        assert asyncio.get_running_loop().time() - came > 1.5


async def test_what_a_server_cuts_off_at_its_end_is_to_be_tried_again(tmp_path: Path) -> None:
    async with server(tmp_path) as running, stub(running.address) as calls:
        one = asyncio.create_task(outcome(calls.Score(message(30))))
        stream = calls.ScoreStream(iter([message(31)]))
        many = asyncio.create_task(outcome(stream.read()))
        await asyncio.sleep(1)
        await running.end()
        assert await one is CODES.UNAVAILABLE
        assert await many is CODES.UNAVAILABLE


@pytest.mark.asyncio(loop_scope="module")
async def test_of_a_burst_each_call_gets_a_verdict_or_is_turned_away(here: str) -> None:
    burst = 4000
    async with stub(here) as calls:
        asked = [
            pb.ScoreRequest(id=str(n), task=pb.Task(format="dockerfile"), completion=f"words {n}")
            for n in range(burst)
        ]
        told = Counter(await asyncio.gather(*(outcome(calls.Score(each)) for each in asked)))
    assert set(told) <= {CODES.OK, CODES.RESOURCE_EXHAUSTED}
    assert told[CODES.OK] >= 1000  # as many as may wait, at least
    assert sum(told.values()) == burst


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def small_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server of one worker and few files, for whom no more than four may wait."""
    folder = tmp_path_factory.mktemp("small")
    async with server(folder, files=256, ASSAY_WORKERS="1", ASSAY_QUEUE="4") as running:
        yield running


@pytest.fixture
def small(small_server: Server) -> str:
    """Its address."""
    return small_server.address


@pytest.mark.asyncio(loop_scope="module")
async def test_our_client_loses_none_of_a_burst(small: str) -> None:
    """It sends far more than may wait, from three sides at once."""

    async def many(name: str) -> list[FailureKind | None]:
        async with RemoteScorer(small, Connection(request_timeout_seconds=60)) as scorer:
            verdicts = await scorer.score([good(f"{name}{n}") for n in range(30)])
        return [verdict.failure_kind for verdict in verdicts]

    told = await asyncio.gather(many("x"), many("y"), many("z"))
    assert Counter(kind for each in told for kind in each) == {None: 90}


@pytest.mark.asyncio(loop_scope="module")
async def test_what_waits_on_the_clients_side_takes_no_time_of_its_deadline(small: str) -> None:
    """All of them take longer than the time that each has."""
    chosen = Connection(request_timeout_seconds=6)
    async with RemoteScorer(small, chosen) as scorer:
        verdicts = await scorer.score([sleeping(0.25, str(number)) for number in range(30)])
    assert Counter(verdict.failure_kind for verdict in verdicts) == {None: 30}


@pytest.mark.asyncio(loop_scope="module")
async def test_a_deadline_that_passes_is_never_a_cancellation(small: str) -> None:
    async with stub(small) as calls:
        # The worker is busy with one, the others wait as long as they have time.
        stream = calls.ScoreStream(iter([message(31, "stream")]), timeout=1.5)
        for _ in range(100):
            if sleepers("31"):
                break
            await asyncio.sleep(0.01)
        asked = [calls.Score(message(30, f"u{n}"), timeout=0.5 + n / 100) for n in range(60)]
        told = Counter(await asyncio.gather(*map(outcome, asked)))
        assert await outcome(stream.read()) is CODES.DEADLINE_EXCEEDED
        # One alone is worked on until its time is up.
        assert await outcome(calls.Score(message(30), timeout=1)) is CODES.DEADLINE_EXCEEDED
    assert set(told) <= {CODES.DEADLINE_EXCEEDED, CODES.RESOURCE_EXHAUSTED}


@pytest.mark.asyncio(loop_scope="module")
async def test_a_stream_says_which_of_its_requests_cannot_be_served_in_time(small: str) -> None:
    async with stub(small) as calls:
        blocking = asyncio.ensure_future(calls.Score(message(3, "blocking")))
        await asyncio.sleep(0.3)
        stream = calls.ScoreStream(iter([message(0.1, "late")]), timeout=2)
        answer = await stream.read()
        assert answer.verdict.failure_kind == pb.OVERLOADED
        assert (await blocking).status == pb.SCORED


def half_requests(address: str, count: int) -> list[socket.socket]:
    """Connections that say a little and then nothing, one after the other without a pause."""
    host, port = address.split(":")
    held = []
    for _ in range(count):
        connection = socket.socket()
        connection.settimeout(0.1)
        held.append(connection)
        with suppress(OSError):  # it may have been turned away already
            connection.connect((host, int(port)))
            connection.sendall(b"POST /v1/score HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{")
    return held


@pytest.mark.parametrize("face", ["http", "address"])
@pytest.mark.asyncio(loop_scope="module")
async def test_connections_that_say_nothing_leave_files_for_the_work(
    small_server: Server, face: str
) -> None:
    """More of them than the process may open files; the other face serves on, boxes and all."""
    before = len(small_server.log())
    held = await asyncio.to_thread(half_requests, getattr(small_server, face), 300)
    try:
        if face == "http":
            async with stub(small_server.address) as calls:
                verdict = await calls.Score(message(0.01, face), timeout=30)
                assert verdict.status == pb.SCORED
        else:
            asked = request_to_json(sleeping(0.01, face))
            async with (
                aiohttp.ClientSession() as client,
                client.post(f"http://{small_server.http}/v1/score", json=asked) as response,
            ):
                assert (await response.json())["status"] == "SCORED"
    finally:
        for connection in held:
            connection.close()
    assert len(small_server.log()) - before < 5000


@pytest.mark.asyncio(loop_scope="module")
async def test_who_is_turned_away_is_told_when_to_come_back(small: str) -> None:
    async with stub(small) as calls:
        held: list[asyncio.Future[grpc.StatusCode]] = []
        for seconds in (2, 0.1, 0.1, 0.1, 0.1):  # the first has the worker until the sixth comes
            call = calls.Score(message(seconds, f"{len(held)}"))
            held.append(asyncio.ensure_future(outcome(call)))
            await asyncio.sleep(0.1)
        with pytest.raises(grpc.aio.AioRpcError) as shed:
            await calls.Score(message(0.3, "sixth"))
        assert shed.value.code() is CODES.RESOURCE_EXHAUSTED
        trailers = dict(shed.value.trailing_metadata() or ())
        assert 500 <= int(trailers[RETRY_KEY]) <= 30_000
        assert set(await asyncio.gather(*held)) == {CODES.OK}


@pytest.mark.asyncio(loop_scope="module")
async def test_long_words_in_a_request_do_not_break_the_answer(here: str) -> None:
    """What is repeated in a status travels in a header of 8 KiB."""
    asked = [
        pb.ScoreRequest(task=pb.Task(format="x" * 5_000_000)),
        pb.ScoreRequest(task=pb.Task(format="\u20ac" * 199)),
        pb.ScoreRequest(id="\x00" * 2000, task=pb.Task(format="bash")),
        pb.ScoreRequest(
            task=pb.Task(format="bash", checks=[pb.Check(on="ast", expr="\U0001f600[" * 4000)])
        ),
    ]
    async with stub(here) as calls:
        for each in asked:
            assert await outcome(calls.Score(each, timeout=20)) is CODES.INVALID_ARGUMENT
        answers = [answer async for answer in calls.ScoreStream(iter(asked), timeout=20)]
    assert {answer.WhichOneof("outcome") for answer in answers} == {"error"}


@pytest.mark.asyncio(loop_scope="module")
async def test_much_json_in_a_task_is_refused_before_it_is_read(here: str) -> None:
    wide = pb.ScoreRequest(task=pb.Task(format="bash"))
    check = wide.task.checks.add(on="ast", expr="a")
    check.expect.list_value.values.extend([Value(null_value=NULL_VALUE)] * 700_000)
    async with stub(here) as calls:
        assert await outcome(calls.Score(wide, timeout=20)) is CODES.INVALID_ARGUMENT


@pytest.mark.asyncio(loop_scope="module")
async def test_a_request_larger_than_a_message_is_invalid_and_not_tried_again(here: str) -> None:
    huge = ScoreRequest(task=Task(format="bash"), completion="x" * (MESSAGE_BYTES + 1))
    async with RemoteScorer(here) as scorer:
        with pytest.raises(InvalidRequest, match="bytes as a message"):
            await scorer.score([huge])


@pytest.mark.asyncio(loop_scope="module")
async def test_equal_ids_on_a_stream_are_each_answered(here: str) -> None:
    asked = [
        pb.ScoreRequest(id="same", task=pb.Task(format="dockerfile"), completion=text)
        for text in ("words", "more words", "words")
    ]
    async with stub(here) as calls:
        answers = [answer async for answer in calls.ScoreStream(iter(asked), timeout=20)]
    assert [answer.id for answer in answers] == ["same"] * 3


@pytest.mark.parametrize("weight", [1e308, 0.0, -1.0, 1000.5, float("nan"), float("inf")])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_weight_that_cannot_be_summed_is_refused_by_field(here: str, weight: float) -> None:
    heavy = [pb.Check(on="documents", expr="[0]", weight=weight)] * 2
    asked = pb.ScoreRequest(task=pb.Task(format="kubernetes", checks=heavy))
    async with stub(here) as calls:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await calls.Score(asked, timeout=20)
    assert refused.value.code() is CODES.INVALID_ARGUMENT
    assert (refused.value.details() or "").startswith("task.checks[0].weight: ")


@pytest.mark.asyncio(loop_scope="module")
async def test_streams_that_say_nothing_hold_up_nobody(here: str) -> None:
    async with stub(here) as calls:
        silent = [calls.ScoreStream() for _ in range(200)]
        await asyncio.sleep(0.2)
        words = pb.ScoreRequest(id="a", task=pb.Task(format="dockerfile"), completion="words")
        assert (await calls.Score(words, timeout=20)).status == pb.SCORED
        for each in silent:
            each.cancel()


async def test_the_access_log_has_one_line_for_each_request_of_grpc(
    capsys: pytest.CaptureFixture[str],
) -> None:
    chosen = Settings.load(terraform="cold", access_log=True, token="right")
    words = pb.ScoreRequest(id="a\nb", task=pb.Task(format="dockerfile"), completion="words")
    cobol = pb.ScoreRequest(id="c", task=pb.Task(format="cobol"))
    bearer = (("authorization", "Bearer right"),)
    async with (
        LocalScorer(chosen) as scorer,
        serving(scorer, chosen, "127.0.0.1:0") as address,
        stub(address) as calls,
    ):
        await calls.Score(words, metadata=bearer)
        assert await outcome(calls.Score(cobol, metadata=bearer)) is CODES.INVALID_ARGUMENT
        assert await outcome(calls.Score(words)) is CODES.UNAUTHENTICATED
        stream = calls.ScoreStream(iter([words, cobol]), metadata=bearer)
        assert len([answer async for answer in stream]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert all(" grpc " in line and "127.0.0.1" in line for line in lines)
    assert sum("grpc Score " in line for line in lines) == 3
    assert sum("grpc ScoreStream " in line for line in lines) == 3
    assert sum("UNAUTHENTICATED" in line for line in lines) == 1
    assert sum("INVALID_ARGUMENT" in line for line in lines) == 2
    assert any(
        'OK id="a\\nb" format="dockerfile" SCORED reward=0.0000 seconds=' in x for x in lines
    )


def test_a_header_that_is_not_ascii_carries_no_token() -> None:
    """gRPC's own clients refuse to send one."""
    for header in ("Bearer \udce9\udcff", b"Bearer \xe9\xff", "Bearer \xe9", "", b""):
        assert not carries(header, "right")
    assert carries("Bearer right", "right")
