"""What the gate measures, what it shares, and what it never keeps."""

from dataclasses import replace
from pathlib import Path

import pytest

from datagen.categories import CATEGORIES
from datagen.execution import LocalExecutor
from datagen.journal import Journal
from datagen.record import Outcome, Record
from datagen.sources import TopicSource
from datagen.stages.base import ONCE
from datagen.stages.strength import FirstOfShapes, MutationGate, shape_of
from rewardsvc.audit.mutation.strength import Strength
from rewardsvc.types import FailureKind, ScoreRequest, Verdict
from tests.datagen.faults import FaultyScorer, scored, unscored

TOPICS = {topic.name: topic for topic in CATEGORIES["terraform"].topics}


def source_of(topic: str) -> TopicSource:
    return TopicSource("terraform", TOPICS[topic], 7)


def answered(source: TopicSource, index: int) -> Record:
    """A record with the answer that the built-in teacher gives."""
    record = source.record(index)
    assert record is not None
    return replace(record, completion=record.reference)


def caught(request: ScoreRequest, _: int) -> Verdict:
    return scored(request, 0.5)


def lives(request: ScoreRequest, _: int) -> Verdict:
    return scored(request)


async def measured(
    gate: MutationGate, journal: Journal, source: TopicSource, *places: int
) -> list[Record]:
    """Records after the gate, one after the other."""
    executor = LocalExecutor([[gate]], journal, concurrency=1, decided=lambda _: None)
    records = [answered(source, index) for index in places]
    settled = await executor.carry(records)
    return [
        replace(executor.recalled(record), ruling=each.ruling)
        for record, each in zip(records, settled, strict=True)
    ]


def strength_of(record: Record) -> Strength:
    found = record.result(Strength)
    assert found is not None
    return found


async def test_equal_shapes_are_measured_once_and_remembered(tmp_path: Path) -> None:
    source = source_of("s3-bucket")
    with Journal(tmp_path, {"seed": 7}) as journal:
        scorer = FaultyScorer(lives)
        gate = MutationGate(scorer, [source])
        first, again = map(strength_of, await measured(gate, journal, source, 3, 5))
        asked = sum(scorer.asked.values())
        assert first == again and first.surviving > 0.1
        assert asked > 0
        idle = FaultyScorer(lives)
        (kept,) = await measured(MutationGate(idle, [source]), journal, source, 4)
        assert strength_of(kept) == first and not idle.asked


async def test_the_order_of_records_does_not_matter(tmp_path: Path) -> None:
    source = source_of("s3-bucket")
    results = []
    for name, places in (("a", (0, 4)), ("b", (4, 0))):
        with Journal(tmp_path / name, {"seed": 7}) as journal:
            gate = MutationGate(FaultyScorer(lives), [source])
            results.append(strength_of((await measured(gate, journal, source, *places))[0]))
    assert results[0] == results[1]


async def test_answers_of_a_model_are_always_measured(tmp_path: Path) -> None:
    source = source_of("s3-bucket")
    with Journal(tmp_path, {"seed": 7}) as journal:
        scorer = FaultyScorer(caught)
        gate = MutationGate(scorer)
        await measured(gate, journal, source, 3)
        asked = sum(scorer.asked.values())
        await measured(gate, journal, source, 5)
        assert sum(scorer.asked.values()) == 2 * asked


async def test_a_fault_is_told_and_not_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MutationGate, "retries", ONCE)

    def broken(request: ScoreRequest, _: int) -> Verdict:
        return unscored(request, FailureKind.TOOL_CRASHED, "it fell")

    source = source_of("s3-bucket")
    with Journal(tmp_path, {"seed": 7}) as journal:
        gate = MutationGate(FaultyScorer(broken), [source])
        (fault,) = await measured(gate, journal, source, 0)
        assert fault.outcome is Outcome.FAULTED and "it fell" in fault.ruling.reason
        assert fault.result(Strength) is None
        gate = MutationGate(FaultyScorer(lives), [source])
        (healed,) = await measured(gate, journal, source, 0)
        assert healed.outcome.final and strength_of(healed).measured


def test_equal_shapes_have_the_first_record_of_the_source_in_common() -> None:
    source = source_of("s3-bucket")
    shapes = {shape_of(answered(source, index)) for index in range(12)}
    assert len(shapes) == 1
    assert FirstOfShapes(source).alike(answered(source, 5)) == source.record(0)


def test_charts_and_overlays_share_a_shape_whatever_their_names_are() -> None:
    for category, topic, shapes in (
        ("kustomize", "kustomize-release-overlay", 1),
        ("kustomize", "kustomize-base-and-overlays", 1),
        ("helm", "helm-web-service", 6),  # environments, and names of images, that pins look at
    ):
        (found,) = (each for each in CATEGORIES[category].topics if each.name == topic)
        source = TopicSource(category, found, 7)
        records = [answered(source, index) for index in range(20)]
        assert len({record.reference for record in records}) == 20
        assert len({shape_of(record) for record in records}) == shapes


@pytest.mark.parametrize(
    ("place", "old", "new"),
    [
        ("reference", "labels:\n", "commonLabels:\n"),
        ("reference", "pairs:\n", "includeSelectors: true\n    pairs:\n"),
        ("input", "targetPort: http", "targetPort: http\n      protocol: TCP"),
    ],
)
def test_another_key_is_another_shape(place: str, old: str, new: str) -> None:
    (topic,) = (
        each for each in CATEGORIES["kustomize"].topics if each.name == "kustomize-release-overlay"
    )
    record = answered(TopicSource("kustomize", topic, 7), 0)
    if place == "input":
        other = replace(
            record, task=replace(record.task, input=record.task.input.replace(old, new))
        )
    else:
        other = replace(record, reference=record.reference.replace(old, new))
    assert other != record
    assert shape_of(other) != shape_of(record)


def test_another_attribute_of_a_configuration_is_another_shape() -> None:
    record = answered(source_of("s3-bucket"), 0)
    shorter = replace(record, reference=record.reference.replace("block_public_acls", "x"))
    assert shorter != record and shape_of(shorter) != shape_of(record)


def test_another_boolean_is_another_shape() -> None:
    source = source_of("dynamodb-table")
    shapes: dict[bool, set[str]] = {True: set(), False: set()}
    for index in range(12):
        record = answered(source, index)
        shapes[record.provenance["spec"]["protected"]].add(shape_of(record))
    assert len(shapes[True]) == len(shapes[False]) == 1
    assert shapes[True] != shapes[False]
