"""Records of a topic: an endless sequence of tasks, a pure function of seed and position."""

from collections.abc import Iterator
from dataclasses import astuple, replace
from random import Random
from typing import Any

from datagen.record import Record
from datagen.topic import Posed, Topic
from rewardsvc.leaning import leaned_on

_MISSES = 200
"""Samples in a row that resemble an earlier one, after which a topic's space is used up."""


class TopicSource:
    """Records of one topic, sampled as they are asked for; a :class:`RecordSource`.

    No specification comes twice, nor one that differs from an earlier one in a single field: so
    train and test hold no near-duplicates of each other.
    """

    def __init__(self, category: str, topic: Topic[Any], seed: int) -> None:
        self.name = topic.name
        self.format = topic.format
        self._topic = topic
        self._category = category
        self._seed = seed
        self._records: list[Record] = []
        self._sampled = self._sample()

    def record(self, index: int) -> Record | None:
        """See :class:`RecordSource`: None where the topic's space is used up before."""
        while len(self._records) <= index:
            following = next(self._sampled, None)
            if following is None:
                return None
            self._records.append(record_of(following))
        return self._records[index]

    def _sample(self) -> Iterator[Posed]:
        seen: set[tuple[Any, ...]] = set()
        draws = misses = 0
        while misses < _MISSES:
            place = f"{self._seed}/{self.name}/{draws}"
            draws += 1
            spec = self._topic.sample(Random(f"{place}/spec"))
            near = _with_one_field_open(astuple(spec))
            if not seen.isdisjoint(near):
                misses += 1
                continue
            misses = 0
            seen.update(near)
            yield self._topic.pose(self._category, spec, Random(f"{place}/words"))


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


def _with_one_field_open(values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    return [(index, values[:index], values[index + 1 :]) for index in range(len(values))]
