"""Readers: whatever a text does to what reads it, the server gets a truthful verdict and goes on.

The boxes and the processes are the real ones; ``hostile_readers.py`` is what they are forked from.
"""

import asyncio
import functools
import json
import pickle
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.analysis import Bounds, ReaderPool
from rewardsvc.analysis.ending import NO_LENGTH, TRAILER, Cause, End, ReadingPhase, read_end
from rewardsvc.analysis.frames import HEAD, Channel, pickled, read_from_reader
from rewardsvc.errors import InvalidRequest
from rewardsvc.formats import FORMATS
from rewardsvc.local import LocalScorer
from rewardsvc.pipeline import Examined
from rewardsvc.settings import Settings
from rewardsvc.types import (
    Check,
    Component,
    Diagnostic,
    FailureKind,
    Fault,
    ScoreRequest,
    Stage,
    StageStatus,
    Status,
    Target,
    Task,
    Verdict,
)
from sandbox.base import MIB, Bind, Command, Limits, Step
from sandbox.terraform import Depth
from tests.rewardsvc.analysis import hostile_readers

PROGRAM = Path(hostile_readers.__file__)
SHORT = Bounds(task_seconds=0.5, answer_seconds=0.5, memory_bytes=384 * MIB)
ENDLESS = Bounds(task_seconds=3600, answer_seconds=3600, memory_bytes=384 * MIB)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module", autouse=True)
def _known() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        assert isinstance(FORMATS, dict)
        for name, format in hostile_readers.HOSTILE.items():
            patch.setitem(FORMATS, name, format)
        yield


def scorer_with(bounds: Bounds, workers: int = 2) -> LocalScorer:
    readers = functools.partial(ReaderPool, bounds=bounds, program=PROGRAM)
    return LocalScorer(Settings(cache=False, workers=workers), readers)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scorer() -> AsyncIterator[LocalScorer]:
    async with scorer_with(SHORT) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def alone() -> AsyncIterator[LocalScorer]:
    """With one worker."""
    async with scorer_with(replace(SHORT, silent_seconds=1.0), workers=1) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def patient() -> AsyncIterator[LocalScorer]:
    """With one worker, which nothing ends."""
    async with scorer_with(ENDLESS, workers=1) as opened:
        yield opened


def request(deed: str, format: str = "hostile", *checks: Check) -> ScoreRequest:
    task = Task(format=format, checks=checks)
    return ScoreRequest(task=task, completion=f"```hostile\n{deed}\n```\n")


async def verdict_on(scorer: LocalScorer, deed: str) -> Verdict:
    (verdict,) = await scorer.score([request(deed)])
    return verdict


# --- what an answer does ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deed", "says"),
    [
        ("spin", "processor time"),
        ("spin_in_one_call", "processor time"),
        ("eat", "memory"),
        ("nest", "nested too deeply"),
        ("crash", "crashed"),
        ("panic", "crashed"),
        ("babble", "crashed"),
    ],
)
async def test_an_answer_that_reaches_a_bound_counts_as_one_that_does_not_parse(
    scorer: LocalScorer, deed: str, says: str
) -> None:
    verdict = await verdict_on(scorer, deed)
    assert verdict.status is Status.SCORED and verdict.components is not None
    assert verdict.components.syntax <= 0.1
    assert verdict.components.correctness == 0
    assert verdict.components.format <= 0.5
    (found,) = [each for stage in verdict.stages for each in stage.diagnostics if each.code]
    assert found.code == "overrun" and says in found.message
    assert (await verdict_on(scorer, "calm")).reward == 1.0


async def test_a_task_that_reaches_a_bound_is_an_invalid_request(scorer: LocalScorer) -> None:
    check = Check(on=Target.DOCUMENTS, expr="@")
    with pytest.raises(InvalidRequest, match=r"task: its analysis was given up: .*processor time"):
        await scorer.score([request("calm", "slow-to-compile", check)])
    assert (await verdict_on(scorer, "calm")).reward == 1.0


@pytest.mark.parametrize("deed", ["crash_once", "killed_once"])
async def test_what_ends_a_reader_once_is_tried_again(scorer: LocalScorer, deed: str) -> None:
    assert (await verdict_on(scorer, deed)).reward == 1.0


# --- what it does to the next one, which is sent ahead -------------------------------------------


SAYS = [
    "nothing",
    "too-much",
    "not-begun",
    "the-next-is-done",
    "the-next-is-invalid",
    "another-is-done",
]
ENDS = ["spin", "eat", "nest", "crash", "panic", "babble", "killed", "sleep"]


@pytest.mark.parametrize("deed", [*ENDS, *(f"say {words}" for words in SAYS)])
async def test_an_answer_that_ends_its_reader_does_nothing_to_the_next(
    alone: LocalScorer, deed: str
) -> None:
    assert (await verdict_on(alone, "calm")).reward == 1.0
    bad, *others = await asyncio.gather(
        verdict_on(alone, deed), *(verdict_on(alone, "calm") for _ in range(5))
    )
    assert bad.reward is None or bad.reward < 0.5
    assert [each.reward for each in others] == [1.0] * 5


@pytest.mark.parametrize("deed", ["spin", "spin_in_one_call", "sleep", "ask sleep 3600"])
async def test_the_next_waits_for_none_that_takes_long(patient: LocalScorer, deed: str) -> None:
    assert (await verdict_on(patient, "calm")).reward == 1.0
    first = asyncio.create_task(patient.score([request(deed)]))
    async with asyncio.timeout(60):
        assert (await verdict_on(patient, "calm")).reward == 1.0
    assert not first.done()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)


async def test_the_next_is_read_once_though_it_was_withdrawn(
    patient: LocalScorer, caplog: pytest.LogCaptureFixture
) -> None:
    assert (await verdict_on(patient, "calm")).reward == 1.0
    caplog.clear()
    first, second = await asyncio.gather(
        verdict_on(patient, "busy 0.5"), verdict_on(patient, "calm")
    )
    assert first.reward == second.reward == 1.0
    assert (await verdict_on(patient, "busy 0")).reward == 1.0
    calm = [record for record in caplog.records if record.name == "hostile"]
    assert len(calm) == 1


async def test_a_next_one_that_is_cancelled_leaves_the_first_alone(patient: LocalScorer) -> None:
    assert (await verdict_on(patient, "calm")).reward == 1.0
    first = asyncio.create_task(patient.score([request("ask sleep 1")]))
    waiting = asyncio.create_task(patient.score([request("calm")]))
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert [each.reward for each in await first] == [1.0]
    assert (await verdict_on(patient, "calm")).reward == 1.0


async def test_a_cancelled_request_ends_its_reader_and_frees_the_worker(
    patient: LocalScorer,
) -> None:
    assert (await verdict_on(patient, "calm")).reward == 1.0
    spinning = asyncio.create_task(patient.score([request("spin")]))
    await asyncio.sleep(0.5)
    spinning.cancel()
    await asyncio.gather(spinning, return_exceptions=True)
    assert spinning.cancelled()
    async with asyncio.timeout(60):
        assert (await verdict_on(patient, "calm")).reward == 1.0


async def test_those_sent_ahead_are_read_one_after_the_other_by_as_many_as_there_are_workers(
    scorer: LocalScorer, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        caplog.clear()
        verdicts = await asyncio.gather(*(verdict_on(scorer, "calm") for _ in range(200)))
        assert {verdict.reward for verdict in verdicts} == {1.0}
    readers = Counter(record.message for record in caplog.records if record.name == "hostile")
    assert sum(readers.values()) == 200
    assert sum(count for _, count in readers.most_common(2)) > 150


# --- what others do -----------------------------------------------------------------------------


async def test_a_reader_that_is_killed_from_outside_is_no_answers_doing(
    scorer: LocalScorer,
) -> None:
    verdict = await verdict_on(scorer, "killed")
    assert (verdict.status, verdict.failure_kind) == (Status.UNSCORED, FailureKind.TOOL_CRASHED)
    assert "killed from outside" in verdict.failure_reason


async def test_what_readers_are_forked_from_is_started_anew_where_it_died(
    scorer: LocalScorer,
) -> None:
    assert (await verdict_on(scorer, "calm")).reward == 1.0
    assert isinstance(scorer._readers, ReaderPool)
    zygote = scorer._readers._zygote.current
    assert zygote is not None
    await zygote.process.stop()
    verdicts = await asyncio.gather(*(verdict_on(scorer, "calm") for _ in range(4)))
    assert {verdict.reward for verdict in verdicts} == {1.0}
    assert b'assay_restarts_total{part="reader"} 1.0' in scorer.metrics.exposition()


async def test_a_reader_that_waits_for_nothing_is_given_up_and_one_that_waits_for_us_is_not() -> (
    None
):
    async with scorer_with(Bounds(silent_seconds=0.5)) as scorer:
        silent, asking = await scorer.score([request("sleep"), request("ask sleep 1.5")])
    assert (silent.status, silent.failure_kind) == (Status.UNSCORED, FailureKind.TIMED_OUT_BY_US)
    assert asking.reward == 1.0


async def test_what_a_reader_logs_is_logged_by_the_server(
    scorer: LocalScorer, caplog: pytest.LogCaptureFixture
) -> None:
    await verdict_on(scorer, "calm")
    assert [record.name for record in caplog.records if "calm" in record.message] == ["hostile"]


# --- how it ends --------------------------------------------------------------------------------


async def test_closing_waits_for_no_reader() -> None:
    async with asyncio.timeout(60):
        async with scorer_with(ENDLESS) as scorer:
            assert (await verdict_on(scorer, "calm")).reward == 1.0
            deeds = ("spin", "spin_in_one_call", "sleep", "ask sleep 3600")
            asked = [asyncio.create_task(scorer.score([request(deed)])) for deed in deeds]
            await asyncio.sleep(0.5)
    await asyncio.gather(*asked, return_exceptions=True)
    assert all(task.cancelled() for task in asked)


def told(status: int, peak_kib: int = 0, phase: int = ReadingPhase.ANSWER) -> bytes:
    return TRAILER.pack(NO_LENGTH, status, peak_kib, phase)


@pytest.mark.parametrize(
    ("rest", "end"),
    [
        (told(signal.SIGPROF), End(ReadingPhase.ANSWER, Cause.TIME)),
        (told(signal.SIGPROF, phase=ReadingPhase.TASK), End(ReadingPhase.TASK, Cause.TIME)),
        (told(signal.SIGXCPU), End(ReadingPhase.ANSWER, Cause.TIME)),
        (told(signal.SIGSEGV), End(ReadingPhase.ANSWER, Cause.CRASHED)),
        (told(signal.SIGABRT | 0x80), End(ReadingPhase.ANSWER, Cause.CRASHED)),
        (told(signal.SIGABRT, 900 * 1024), End(ReadingPhase.ANSWER, Cause.MEMORY)),
        (told(1 << 8), End(ReadingPhase.ANSWER, Cause.CRASHED)),
        (told(signal.SIGKILL, 900 * 1024), End(ReadingPhase.ANSWER, Cause.KILLED)),
        (told(signal.SIGTERM), End(ReadingPhase.ANSWER, Cause.KILLED)),
        (b"half of a mess" + told(signal.SIGSEGV), End(ReadingPhase.ANSWER, Cause.CRASHED)),
        (b"", End(ReadingPhase.NOTHING, Cause.KILLED)),
        (b"half of a message of some length", End(ReadingPhase.NOTHING, Cause.KILLED)),
        (told(signal.SIGSEGV, phase=9), End(ReadingPhase.NOTHING, Cause.KILLED)),
    ],
)
async def test_how_a_process_ended_says_whose_doing_it_was(rest: bytes, end: End) -> None:
    assert read_end(rest, 1024 * MIB) == end


# --- what is said -------------------------------------------------------------------------------

COMMAND = Command(
    (Step("a", ("b",), "all-passed"),),
    files={"x": b"y"},
    binds=(Bind(Path("/usr"), "/usr"),),
    limits=Limits(wall_seconds=1.5),
)
EXAMINED = Examined(
    (Stage("parse", Component.SYNTAX, StageStatus.PASSED, 1.0, 0.1, (Diagnostic("info", "a"),)),),
    fault=Fault(FailureKind.TOOL_CRASHED, "why"),
)


SAID = [("call", 1, "run", (COMMAND,)), ("done", EXAMINED), ("call", Depth.DEPLOY)]


@pytest.mark.parametrize("said", SAID)
async def test_what_readers_say_arrives(said: tuple[object, ...]) -> None:
    assert read_from_reader(pickled(said)) == said


@pytest.mark.parametrize("said", SAID)
async def test_what_readers_say_arrives_from_the_first_releases_of_python_3_11(
    said: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_name(member: Enum, _: int) -> object:
        return getattr, (type(member), member.name)

    monkeypatch.setattr(Enum, "__reduce_ex__", by_name)
    for each in (Depth, StageStatus, Component, FailureKind):
        if "__reduce_ex__" in vars(each):
            monkeypatch.setattr(each, "__reduce_ex__", by_name)
    assert b"getattr" in pickle.dumps(StageStatus.PASSED)
    assert read_from_reader(pickled(said)) == said


async def test_a_value_as_deep_as_json_may_be_is_sent() -> None:
    deep = json.loads("[" * 900 + "]" * 900)
    here, there = socket.socketpair()
    received: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    loop = asyncio.get_running_loop()
    sender = Channel(pickle.loads, print, lambda *_: None)
    receiver = Channel(pickle.loads, received.set_result, lambda *_: None)
    await loop.create_connection(lambda: sender, sock=here)
    await loop.create_connection(lambda: receiver, sock=there)
    sender.send("answer", [deep, EXAMINED])
    async with asyncio.timeout(30):
        await received
    sender.close()
    receiver.close()


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return (print, ("the server was had",))


@pytest.mark.parametrize("said", [Evil(), print, Path.unlink, [("call", Evil())]])
async def test_a_reader_cannot_have_the_server_call_anything(
    said: object, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(pickle.UnpicklingError, match="names"):
        read_from_reader(pickle.dumps(said))
    assert capsys.readouterr().out == ""


@given(st.lists(st.binary(max_size=40)), st.binary(max_size=3), st.data())
async def test_messages_arrive_whole_however_they_are_cut(
    messages: list[bytes], rest: bytes, data: st.DataObject
) -> None:
    received: list[bytes] = []
    ended: list[bytes] = []
    channel = Channel(bytes, received.append, lambda rest, _: ended.append(rest))
    sent = b"".join(HEAD.pack(len(each)) + each for each in messages) + rest
    while sent:
        size = data.draw(st.integers(1, len(sent)))
        channel.get_buffer(size)[:size] = sent[:size]
        channel.buffer_updated(size)
        sent = sent[size:]
    channel.connection_lost(None)
    assert (received, ended) == (messages, [rest])
