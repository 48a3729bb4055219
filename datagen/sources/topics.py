"""Records of a topic: an endless sequence of tasks, a pure function of seed and position.

The benchmark has a stream of its own. Of a topic that is trained on, too, its first specifications
are reserved: whatever the seed, training draws none of them, nor one that differs from one of them
in a single field.
"""

from collections.abc import Iterator
from dataclasses import astuple, replace
from itertools import count, islice
from random import Random
from typing import Any

from datagen.record import Record
from datagen.topic import Posed, Topic
from rewardsvc.leaning import leaned_on

BENCH_SIZES = {
    "terraform": 225,
    "kubernetes": 138,
    "docker": 70,
    "cicd": 96,
    "mlops": 150,
    "bash": 30,
}
"""Tasks of the benchmark by category; of other categories nothing is reserved."""

RESERVED = 32
"""Specifications of each topic that are kept for the benchmark."""

_SMALL = 4
"""Of a space that gives fewer than so many times :data:`RESERVED`, one in so many is reserved."""

_MISSES = 200
"""Samples in a row that resemble an earlier one, after which a topic's space is used up."""

_BENCH = "bench"
"""The seed of the benchmark's stream; those of data sets are numbers."""

_Near = tuple[int, tuple[Any, ...], tuple[Any, ...]]


class TopicSource:
    """Records of one topic, sampled as they are asked for; a :class:`RecordSource`.

    No specification comes twice, nor one that differs from an earlier one in a single field: so
    train and test hold no near-duplicates of each other.
    """

    def __init__(self, category: str, topic: Topic[Any], seed: int) -> None:
        self.name = topic.name
        self.format = topic.format
        self._records: list[Record] = []
        self._sampled = _posed(
            category, topic, _sampled(topic, str(seed), reserved(category, topic))
        )

    def record(self, index: int) -> Record | None:
        """See :class:`RecordSource`: None where the topic's space is used up before."""
        return _at(index, self._records, self._sampled)


class BenchSource:
    """Records of one topic for the benchmark; a :class:`RecordSource`. Of a topic that is trained
    on there are as many as are reserved."""

    def __init__(self, category: str, topic: Topic[Any]) -> None:
        self.name = topic.name
        self.format = topic.format
        self._records: list[Record] = []
        drawn = _sampled(topic, _BENCH)
        if not topic.bench_only:
            drawn = islice(drawn, len(reserved(category, topic)))
        self._sampled = _posed(category, topic, drawn)

    def record(self, index: int) -> Record | None:
        """See :class:`RecordSource`: None behind the last one that is reserved."""
        return _at(index, self._records, self._sampled)


def reserved(category: str, topic: Topic[Any]) -> list[Any]:
    """The specifications that are kept for the benchmark. Pure."""
    if category not in BENCH_SIZES:
        return []
    drawn = [spec for _, spec in islice(_sampled(topic, _BENCH), RESERVED * _SMALL)]
    return drawn[: min(RESERVED, len(drawn) // _SMALL)]


def record_of(posed: Posed) -> Record:
    """The record of a posed task, without an answer.

    Its means are what the topic's own reference leans on: what that needs and is not here leaves
    the topic out; an answer that leans on more is rejected.
    """
    return Record(
        id=posed.id,
        source=posed.topic,
        task=replace(posed.task, means=leaned_on(posed.task, posed.reference)),
        reference=posed.reference,
        brief=posed.brief,
        provenance={"topic": posed.topic, "spec": posed.spec},
    )


def _at(index: int, records: list[Record], sampled: Iterator[Posed]) -> Record | None:
    while len(records) <= index:
        following = next(sampled, None)
        if following is None:
            return None
        records.append(record_of(following))
    return records[index]


def _sampled(
    topic: Topic[Any], seed: str, others: list[Any] | None = None
) -> Iterator[tuple[str, Any]]:
    """Specifications with the place of each in the stream; none that is near to one of ``others``,
    or to an earlier one."""
    seen: set[_Near] = {near for spec in others or () for near in _with_one_field_open(spec)}
    misses = 0
    for draw in count():
        place = f"{seed}/{topic.name}/{draw}"
        spec = topic.sample(Random(f"{place}/spec"))
        near = _with_one_field_open(spec)
        if seen.isdisjoint(near):
            misses = 0
            seen.update(near)
            yield place, spec
        elif (misses := misses + 1) == _MISSES:
            return


def _posed(category: str, topic: Topic[Any], sampled: Iterator[tuple[str, Any]]) -> Iterator[Posed]:
    for place, spec in sampled:
        yield topic.pose(category, spec, Random(f"{place}/words"))


def _with_one_field_open(spec: Any) -> list[_Near]:
    values = astuple(spec)
    return [(index, values[:index], values[index + 1 :]) for index in range(len(values))]
