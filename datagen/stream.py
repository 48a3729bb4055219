"""The endless sequence of candidates of one topic, a pure function of seed and position."""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from random import Random
from typing import Any

from datagen.topic import Posed, Topic

_MISSES = 200
"""Samples in a row that resemble an earlier one, after which a topic's space is used up."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A posed task at its position in the stream of its topic."""

    topic: str
    index: int
    posed: Posed

    @property
    def key(self) -> str:
        """Names it in the journal."""
        return f"{self.topic}/{self.index}"


class Stream:
    """Candidates of one topic, sampled as they are asked for.

    No specification comes twice, nor one that differs from an earlier one in a single field: so
    train and test hold no near-duplicates of each other.
    """

    def __init__(self, category: str, topic: Topic[Any], seed: int) -> None:
        self.topic = topic
        self._category = category
        self._seed = seed
        self._candidates: list[Candidate] = []
        self._source = self._sample()

    def candidate(self, index: int) -> Candidate | None:
        """The candidate at a position; None where the topic's space is used up before."""
        while len(self._candidates) <= index:
            following = next(self._source, None)
            if following is None:
                return None
            self._candidates.append(following)
        return self._candidates[index]

    def _sample(self) -> Iterator[Candidate]:
        seen: set[tuple[Any, ...]] = set()
        draws = misses = 0
        while misses < _MISSES:
            place = f"{self._seed}/{self.topic.name}/{draws}"
            draws += 1
            spec = self.topic.sample(Random(f"{place}/spec"))
            near = _with_one_field_open(astuple(spec))
            if not seen.isdisjoint(near):
                misses += 1
                continue
            misses = 0
            seen.update(near)
            posed = self.topic.pose(self._category, spec, Random(f"{place}/words"))
            yield Candidate(self.topic.name, len(self._candidates), posed)


def _with_one_field_open(values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    return [(index, values[:index], values[index + 1 :]) for index in range(len(values))]
