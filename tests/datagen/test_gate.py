"""What the gate measures, what it shares, and what it never keeps."""

from pathlib import Path

from datagen.categories import CATEGORIES
from datagen.decision import request_of
from datagen.gate import MutationGate, first_of_shape, shape_of
from datagen.journal import Journal
from datagen.stream import Candidate, Stream
from rewardsvc.audit.mutation.strength import Strength
from rewardsvc.types import FailureKind, ScoreRequest, Verdict

from .faults import FaultyScorer, scored, unscored

TOPICS = {topic.name: topic for topic in CATEGORIES["terraform"].topics}


def candidate_of(stream: Stream, index: int) -> Candidate:
    candidate = stream.candidate(index)
    assert candidate is not None
    return candidate


def request_for(candidate: Candidate) -> ScoreRequest:
    posed = candidate.posed
    return request_of(posed, posed.id, posed.task.instruction, posed.reference)


def caught(request: ScoreRequest, _: int) -> Verdict:
    return scored(request, 0.5)


def lives(request: ScoreRequest, _: int) -> Verdict:
    return scored(request)


async def strengths(gate: MutationGate, stream: Stream, *places: int) -> list[Strength]:
    found = []
    for index in places:
        candidate = candidate_of(stream, index)
        found.append(await gate.strength(stream, candidate, request_for(candidate)))
    return found


async def test_equal_shapes_are_measured_once_and_remembered(tmp_path: Path) -> None:
    stream = Stream("terraform", TOPICS["s3-bucket"], 7)
    with Journal(tmp_path, {"seed": 7}) as journal:
        scorer = FaultyScorer(lives)
        gate = MutationGate(scorer, journal, shared=True)
        first, again = await strengths(gate, stream, 3, 5)
        asked = sum(scorer.asked.values())
        assert first == again and first.surviving > 0.1
        assert asked > 0
        idle = FaultyScorer(lives)
        (kept,) = await strengths(MutationGate(idle, journal, shared=True), stream, 4)
        assert kept == first and not idle.asked


async def test_the_order_of_candidates_does_not_matter(tmp_path: Path) -> None:
    stream = Stream("terraform", TOPICS["s3-bucket"], 7)
    results = []
    for name, places in (("a", (0, 4)), ("b", (4, 0))):
        with Journal(tmp_path / name, {"seed": 7}) as journal:
            gate = MutationGate(FaultyScorer(lives), journal, shared=True)
            results.append((await strengths(gate, stream, *places))[0])
    assert results[0] == results[1]


async def test_answers_of_a_model_are_always_measured(tmp_path: Path) -> None:
    stream = Stream("terraform", TOPICS["s3-bucket"], 7)
    with Journal(tmp_path, {"seed": 7}) as journal:
        scorer = FaultyScorer(caught)
        gate = MutationGate(scorer, journal, shared=False)
        await strengths(gate, stream, 3)
        asked = sum(scorer.asked.values())
        await strengths(gate, stream, 5)
        assert sum(scorer.asked.values()) == 2 * asked


async def test_a_fault_is_told_and_not_remembered(tmp_path: Path) -> None:
    def broken(request: ScoreRequest, _: int) -> Verdict:
        return unscored(request, FailureKind.TOOL_CRASHED, "it fell")

    stream = Stream("terraform", TOPICS["s3-bucket"], 7)
    with Journal(tmp_path, {"seed": 7}) as journal:
        (fault,) = await strengths(
            MutationGate(FaultyScorer(broken), journal, shared=True), stream, 0
        )
        assert fault.fault is FailureKind.TOOL_CRASHED and "it fell" in fault.reason
        (healed,) = await strengths(
            MutationGate(FaultyScorer(lives), journal, shared=True), stream, 0
        )
        assert healed.fault is None and healed.measured


def test_equal_shapes_have_the_first_candidate_of_the_stream_in_common() -> None:
    stream = Stream("terraform", TOPICS["s3-bucket"], 7)
    shapes = {shape_of(candidate_of(stream, index).posed) for index in range(12)}
    assert len(shapes) == 1
    assert first_of_shape(stream, shapes.pop(), 5).index == 0


def test_another_boolean_is_another_shape() -> None:
    stream = Stream("terraform", TOPICS["dynamodb-table"], 7)
    shapes: dict[bool, set[str]] = {True: set(), False: set()}
    for index in range(12):
        posed = candidate_of(stream, index).posed
        shapes[posed.spec["protected"]].add(shape_of(posed))
    assert len(shapes[True]) == len(shapes[False]) == 1
    assert shapes[True] != shapes[False]
