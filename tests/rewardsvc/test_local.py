"""The scorer in this process: how many at once, who waits, who is turned away, how it ends.

The tools and the sandbox are the real ones; ``held`` is a format whose answers take until a test
lets them go.
"""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rewardsvc.analysis import InProcess
from rewardsvc.artifact import Artifact
from rewardsvc.errors import CannotServe, InvalidRequest
from rewardsvc.format import Format
from rewardsvc.formats import FORMATS
from rewardsvc.local import LocalScorer
from rewardsvc.scorer import open_scorer
from rewardsvc.settings import Settings
from rewardsvc.types import (
    Component,
    FailureKind,
    ScoreRequest,
    Stage,
    StageStatus,
    Status,
    Target,
    Task,
    Verdict,
)
from rewardsvc.verification.verifier import Findings, Workbench
from sandbox.errors import ToolCrashed


class Held:
    """A format whose answers are verified when a test says so."""

    format = "held"
    languages = frozenset({"held"})
    default_path = "held"
    many = False
    companions = False
    tools: tuple[str, ...] = ("bubblewrap",)  # it takes long, as what runs programs does
    targets: frozenset[Target] = frozenset()

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.begun: list[str] = []
        self.ended = 0
        self.broken = False

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        self.begun.append(artifact.files[0].text.strip())
        try:
            await self.go.wait()
        finally:
            self.ended += 1
        if self.broken:
            raise ToolCrashed("a panic")
        return Findings((Stage("parse", Component.SYNTAX, StageStatus.PASSED, 1.0),))


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    assert isinstance(FORMATS, dict)
    verifier = Held()
    light = "bubblewrap" not in verifier.tools
    held = Format(verifier=verifier, fence="held", prompt="words", comments=str, light=light)
    monkeypatch.setitem(FORMATS, "held", held)
    yield verifier


def request(text: str, id: str = "", format: str = "held") -> ScoreRequest:
    return ScoreRequest(
        id=id or text, task=Task(format=format), completion=f"```{format}\n{text}\n```\n"
    )


def waiting_in(scorer: LocalScorer) -> float:
    (metric,) = scorer.metrics.waiting.collect()
    return metric.samples[0].value


async def _until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, and a moment longer for what must not follow."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)


async def test_no_more_than_the_workers_are_worked_on_at_once(held: Held) -> None:
    async with LocalScorer(Settings(workers=2), InProcess) as scorer:
        scoring = asyncio.create_task(scorer.score([request(text) for text in "abcde"]))
        await _until(lambda: len(held.begun) == 2)
        assert held.begun == ["a", "b"]
        held.go.set()
        verdicts = await scoring
    assert [verdict.id for verdict in verdicts] == list("abcde")
    assert {verdict.status for verdict in verdicts} == {Status.SCORED}


async def test_what_comes_beyond_the_queue_is_overloaded_and_may_come_back(held: Held) -> None:
    async with LocalScorer(Settings(workers=1, queue=1), InProcess) as scorer:
        kept = [asyncio.create_task(scorer.score([request(text)])) for text in "ab"]
        await _until(lambda: waiting_in(scorer) == 1)
        (shed,) = await scorer.score([request("c")])
        assert (shed.status, shed.failure_kind) == (Status.UNSCORED, FailureKind.OVERLOADED)
        assert (shed.id, shed.reward) == ("c", None)
        held.go.set()
        for verdicts in await asyncio.gather(*kept):
            assert verdicts[0].status is Status.SCORED
        (again,) = await scorer.score([request("c")])
    assert again.status is Status.SCORED


async def test_the_expected_wait_grows_with_who_waits_and_ends_with_them(held: Held) -> None:
    async with LocalScorer(Settings(workers=1), InProcess) as scorer:
        assert scorer.expected_wait == 0
        first = asyncio.create_task(scorer.score([request("first")]))
        await _until(lambda: bool(held.begun))
        for_one = scorer.expected_wait
        scoring = asyncio.create_task(scorer.score([request(text) for text in "abc"]))
        await _until(lambda: scorer.expected_wait > for_one)
        held.go.set()
        await asyncio.gather(first, scoring)
        assert scorer.expected_wait == 0


async def test_who_cannot_be_served_in_time_is_told_before_its_time_is_up(held: Held) -> None:
    loop = asyncio.get_running_loop()
    async with LocalScorer(Settings(workers=1), InProcess) as scorer:
        working = asyncio.create_task(scorer.score([request("working")]))
        await _until(lambda: bool(held.begun))
        came = loop.time()
        (told,) = await scorer.score([request("late")], within=1.5)
        assert loop.time() - came < 1.5
        assert told.failure_kind is FailureKind.OVERLOADED
        # A caller that goes away while it waits leaves the queue to the others.
        gone = asyncio.create_task(scorer.score([request("gone")]))
        waits = asyncio.create_task(scorer.score([request("waits")], within=60))
        await _until(lambda: waiting_in(scorer) == 2)
        gone.cancel()
        held.go.set()
        for (verdict,) in await asyncio.gather(working, waits):
            assert verdict.status is Status.SCORED
    assert held.begun == ["working", "waits"]


async def test_a_batch_larger_than_the_queue_does_not_shed_itself(held: Held) -> None:
    held.go.set()
    async with LocalScorer(Settings(workers=1, queue=1), InProcess) as scorer:
        verdicts = await scorer.score([request(str(number)) for number in range(20)])
    assert {verdict.status for verdict in verdicts} == {Status.SCORED}


async def test_a_request_that_nobody_can_score_lets_nothing_be_scored(held: Held) -> None:
    held.go.set()
    async with LocalScorer(Settings(), InProcess) as scorer:
        with pytest.raises(InvalidRequest, match=r"task\.format"):
            await scorer.score([request("a"), request("b", format="cobol")])
    assert held.begun == []


@pytest.mark.parametrize("cache", [True, False])
async def test_equal_answers_are_worked_on_once_with_a_cache(held: Held, cache: bool) -> None:
    held.go.set()
    async with LocalScorer(Settings(workers=4, cache=cache), InProcess) as scorer:
        verdicts = await scorer.score([request("same", id) for id in "abc"])
        scorer.metrics.restarted("provider")
        metrics = scorer.metrics.exposition().decode()
        assert 'assay_restarts_total{part="provider"} 1.0' in metrics
    assert [verdict.id for verdict in verdicts] == list("abc")
    assert sum(verdict.cached for verdict in verdicts) == (2 if cache else 0)
    assert len(held.begun) == (1 if cache else 3)
    assert metrics.count("assay_verdicts_total{") == (2 if cache else 1)


async def test_a_fault_that_several_share_is_called_cached_by_none(held: Held) -> None:
    held.broken = True
    held.go.set()
    async with LocalScorer(Settings(), InProcess) as scorer:
        verdicts = await scorer.score([request("same", id) for id in "ab"])
        held.broken = False
        (after,) = await scorer.score([request("same", "c")])
    assert {verdict.failure_kind for verdict in verdicts} == {FailureKind.TOOL_CRASHED}
    assert not any(verdict.cached for verdict in (*verdicts, after))
    assert after.status is Status.SCORED


async def test_a_cancelled_request_frees_its_worker(held: Held) -> None:
    async with LocalScorer(Settings(workers=1), InProcess) as scorer:
        gone = asyncio.create_task(scorer.score([request("gone")]))
        await _until(lambda: bool(held.begun))
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        held.go.set()
        async with asyncio.timeout(5):
            (verdict,) = await scorer.score([request("next")])
    assert verdict.status is Status.SCORED


async def test_closing_ends_what_is_under_way_and_begins_nothing_that_waits(held: Held) -> None:
    scoring: asyncio.Task[list[Verdict]]
    async with LocalScorer(Settings(workers=1), InProcess) as scorer:
        scoring = asyncio.create_task(scorer.score([request(text) for text in "abc"]))
        await _until(lambda: bool(held.begun))
    assert (held.begun, held.ended) == (["a"], 1)
    await asyncio.gather(scoring, return_exceptions=True)
    assert scoring.cancelled()
    assert held.begun == ["a"]


async def test_a_sandbox_that_is_not_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    with pytest.raises(CannotServe, match="refusing to run untrusted files"):
        async with LocalScorer(Settings(sandbox="docker")):
            pass


async def test_the_factory_scores_in_this_process_where_no_server_is_named() -> None:
    async with open_scorer(Settings()) as scorer:
        (verdict,) = await scorer.score(
            [request("FROM debian:12.5-slim\nRUN useradd app\nUSER app", format="dockerfile")]
        )
    assert verdict.status is Status.SCORED
    assert verdict.reward is not None and verdict.reward > 0.9


async def test_a_script_finds_the_programs_of_the_machine() -> None:
    """Also those that Debian reaches over /etc/alternatives, which a reader does not see."""
    asked = ScoreRequest(
        task=Task(format="bash"), completion="```bash\nawk 'BEGIN { print 1 }' >made.txt\n```"
    )
    async with LocalScorer(Settings.load(cache=False)) as scorer:
        (verdict,) = await scorer.score([asked])
    assert verdict.components is not None
    assert verdict.components.correctness == 1.0, verdict.stages
