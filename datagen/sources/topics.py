"""Records of a topic: an endless sequence of tasks, a pure function of seed and position.

The benchmark has a stream of its own. Of a topic that is trained on, too, its first specifications
are reserved: whatever the seed, training draws none of them, nor one that differs from one of them
in a single field.
"""

from collections.abc import Iterator
from dataclasses import astuple, replace
from hashlib import blake2b
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


class TopicSource:
    """Records of one topic, sampled as they are asked for; a :class:`RecordSource`.

    No specification comes twice, nor one that differs from an earlier one in a single field: so
    train and test hold no near-duplicates of each other.
    """

    def __init__(
        self, category: str, topic: Topic[Any], seed: int, *, reserving: bool = True
    ) -> None:
        """``reserving``: whether the benchmark draws from the topic, too."""
        self.name = topic.name
        self.format = topic.format
        others = reserved(category, topic) if reserving else []
        drawn = _sampled(topic, str(seed), others)
        self._drawn = _Drawn(category, topic, drawn)

    def record(self, index: int) -> Record | None:
        """See :class:`RecordSource`: None where the topic's space is used up before."""
        return self._drawn.record(index)


class BenchSource:
    """Records of one topic for the benchmark; a :class:`RecordSource`. Of a topic that is trained
    on there are as many as are reserved."""

    def __init__(self, category: str, topic: Topic[Any]) -> None:
        self.name = topic.name
        self.format = topic.format
        drawn = _sampled(topic, _BENCH)
        if not topic.bench_only:
            drawn = islice(drawn, len(reserved(category, topic)))
        self._drawn = _Drawn(category, topic, drawn)

    def record(self, index: int) -> Record | None:
        """See :class:`RecordSource`: None behind the last one that is reserved."""
        return self._drawn.record(index)


class _Drawn:
    """Records by their position in a stream of specifications; only these stay in memory."""

    def __init__(self, category: str, topic: Topic[Any], drawn: Iterator[tuple[str, Any]]) -> None:
        self._category = category
        self._topic = topic
        self._drawn = drawn
        self._specs: list[tuple[str, Any]] = []

    def record(self, index: int) -> Record | None:
        while len(self._specs) <= index:
            following = next(self._drawn, None)
            if following is None:
                return None
            self._specs.append(following)
        place, spec = self._specs[index]
        return record_of(self._topic.pose(self._category, spec, Random(f"{place}/words")))


def reserved(category: str, topic: Topic[Any]) -> list[Any]:
    """The specifications that are kept for the benchmark. Pure."""
    if category not in BENCH_SIZES:
        return []
    drawn = [spec for _, spec in islice(_sampled(topic, _BENCH), RESERVED * _SMALL)]
    return drawn[: min(RESERVED, len(drawn) // _SMALL)]


class Kept:
    """What of a topic is kept for the benchmark: ``spec in kept`` holds of a specification that is
    reserved, and of one that differs from such a one in a single field."""

    def __init__(self, category: str, topic: Topic[Any]) -> None:
        specs = reserved(category, topic)
        self._near = {near for spec in specs for near in _with_one_field_open(spec)}

    def __contains__(self, spec: Any) -> bool:
        """Whether it is."""
        return not self._near.isdisjoint(_with_one_field_open(spec))


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


def _sampled(
    topic: Topic[Any], seed: str, others: list[Any] | None = None
) -> Iterator[tuple[str, Any]]:
    """Specifications with the place of each in the stream; none that is near to one of ``others``,
    or to an earlier one."""
    seen = {near for spec in others or () for near in _with_one_field_open(spec)}
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


def _with_one_field_open(spec: Any) -> list[bytes]:
    """Names the values but one, for each: a set of a hundred thousand takes little that way."""
    values = astuple(spec)
    parts = ((place, values[:place], values[place + 1 :]) for place in range(len(values)))
    return [blake2b(repr(part).encode(), digest_size=12).digest() for part in parts]
