"""A server is asked no more at once than it answers in time."""

import asyncio
import heapq
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.cli.paced import Pace, PacedScorer
from rewardsvc.errors import InvalidRequest, ServerUnavailable
from rewardsvc.reward import DEFAULT_WEIGHTS, rule_of
from rewardsvc.types import FailureKind, Fault, ScoreRequest, Status, Task, Verdict
from tests.opened import HoldsNothing

RULE = rule_of(DEFAULT_WEIGHTS)


def simulated(
    pace: Pace, *, requests: int, seconds: float, workers: int
) -> tuple[list[float], int]:
    """How long each answer took, and how many were under way at most.

    A server with so many workers, where each request takes ``seconds``, first come first served.
    """
    now, left, most = 0.0, requests, 0
    queue: deque[float] = deque()  # when each of those that wait was sent
    busy: list[tuple[float, float]] = []  # until when, and when it was sent
    took: list[float] = []
    while len(took) < requests:
        while left and len(queue) + len(busy) < pace.size:
            queue.append(now)
            left -= 1
        most = max(most, len(queue) + len(busy))
        while queue and len(busy) < workers:
            heapq.heappush(busy, (now + seconds, queue.popleft()))
        now, sent = heapq.heappop(busy)
        took.append(now - sent)
        pace.answered(sent, now)
    return took, most


@pytest.mark.parametrize(
    ("deadline", "seconds", "workers"),
    [
        (5, 1, 2),
        (120, 5, 2),
        (120, 25, 2),
        (120, 20, 1),
        (10, 0.1, 8),
        (120, 5, 64),
        (120, 40, 64),
        (4, 0.01, 2),
    ],
)
def test_no_answer_is_late_and_no_worker_idle(
    deadline: float, seconds: float, workers: int
) -> None:
    requests = 100 * workers
    took, most = simulated(Pace(deadline, 256), requests=requests, seconds=seconds, workers=workers)
    assert max(took) <= deadline
    assert most >= min(workers, 256)


@given(
    st.lists(st.tuples(st.booleans(), st.floats(0, 500), st.floats(0, 500))), st.integers(1, 300)
)
def test_a_pace_is_never_nothing_and_never_too_much(
    outcomes: list[tuple[bool, float, float]], most: int
) -> None:
    pace = Pace(10, most)
    for in_time, sent, took in outcomes:
        pace.answered(sent, sent + took) if in_time else pace.late(sent, sent + took)
        assert 1 <= pace.size <= most


def test_what_was_sent_together_narrows_it_once() -> None:
    pace = Pace(10, 256)
    for _ in range(60):
        pace.answered(0, 1)
    assert pace.size == 64
    for _ in range(64):
        pace.late(sent=2, now=12)
    assert pace.size == 32
    pace.late(sent=13, now=23)
    assert pace.size == 16


class Late(HoldsNothing):
    """A scorer whose answers are late where more than ``workers`` are asked at once."""

    def __init__(self, workers: int, verdict: Verdict) -> None:
        self.workers = workers
        self.verdict = verdict
        self.under_way = 0
        self.asked = 0

    async def score(self, requests: Sequence[ScoreRequest]) -> list[Verdict]:
        (request,) = requests
        if request.completion:
            await asyncio.sleep(0.001)
            raise InvalidRequest("completion", request.completion)
        self.asked += 1
        self.under_way += 1
        late = self.under_way > self.workers
        await asyncio.sleep(0.001)
        self.under_way -= 1
        fault = Fault(FailureKind.TIMED_OUT_BY_US, "late")
        return [Verdict.unscored(request.id, fault, RULE) if late else self.verdict]


def requests(count: int) -> list[ScoreRequest]:
    return [ScoreRequest(task=Task(format="x"), completion="") for _ in range(count)]


SCORED = replace(
    Verdict.unscored("", Fault(FailureKind.INTERNAL, ""), RULE),
    status=Status.SCORED,
    reward=1.0,
    failure_kind=None,
)


async def test_what_was_late_behind_others_of_ours_is_asked_again() -> None:
    async with PacedScorer(Late(3, SCORED), 60, 256) as paced:
        verdicts = await paced.score(requests(4))
    assert [verdict.status for verdict in verdicts] == [Status.SCORED] * 4


async def test_what_is_late_alone_is_late() -> None:
    late = Late(0, SCORED)
    async with PacedScorer(late, 60, 256) as paced:
        (verdict,) = await paced.score(requests(1))
    assert (verdict.failure_kind, late.asked) == (FailureKind.TIMED_OUT_BY_US, 1)


async def test_what_is_late_time_and_again_comes_to_an_end() -> None:
    late = Late(0, SCORED)
    async with PacedScorer(late, 60, 256) as paced:
        verdicts = await paced.score(requests(20))
    assert {verdict.failure_kind for verdict in verdicts} == {FailureKind.TIMED_OUT_BY_US}
    assert late.asked <= 3 * 20


async def test_other_faults_are_not_asked_about_again() -> None:
    broken = Verdict.unscored("", Fault(FailureKind.TOOL_MISSING, "none"), RULE)
    scorer = Late(256, broken)
    async with PacedScorer(scorer, 60, 256) as paced:
        await paced.score(requests(20))
    assert scorer.asked == 20


async def test_an_error_is_the_callers_and_the_others_go_on() -> None:
    async with PacedScorer(Late(256, SCORED), 60, 256) as paced:
        bad = ScoreRequest(task=Task(format="x"), completion="bad")
        for _ in range(10):  # none of them keeps a place
            with pytest.raises(InvalidRequest):
                await paced.score([bad])
        assert len(await paced.score(requests(20))) == 20


async def test_those_that_wait_go_on_behind_errors_alone() -> None:
    async with PacedScorer(Late(256, SCORED), 60, 256) as paced:
        bad = ScoreRequest(task=Task(format="x"), completion="bad")
        scored = (paced.score([request]) for request in [bad] * 40 + requests(1))
        async with asyncio.timeout(30):
            *refused, answered = await asyncio.gather(*scored, return_exceptions=True)
    assert {type(error) for error in refused} == {InvalidRequest}
    assert answered == [SCORED]


async def test_a_server_that_is_gone_is_said() -> None:
    class Gone(Late):
        async def score(self, requests: Sequence[ScoreRequest]) -> list[Verdict]:
            raise ServerUnavailable("gone")

    async with PacedScorer(Gone(1, SCORED), 60, 256) as paced:
        with pytest.raises(ServerUnavailable, match="gone"):
            await paced.score(requests(3))
