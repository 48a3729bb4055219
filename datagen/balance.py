"""How many pairs each topic gives, in which order, and into which split. Pure."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count as count_from

TEST_EVERY = 5
"""Of a topic's pairs, one in so many is held out for tests."""

_TEST_PLACE = 2  # the third of five: a topic with few pairs has one held out, too


@dataclass(frozen=True, slots=True)
class Precedence:
    """Which share a topic has beside the others. ``weight``: how many times as much. ``had``: what
    it had before; the others come first until they have as much."""

    weight: float = 1.0
    had: int = 0


EQUAL = Precedence()
"""That of every topic where nobody says anything else."""


def quotas(
    count: int, limits: Sequence[int | None], precedences: Sequence[Precedence] = ()
) -> list[int]:
    """Share ``count`` over topics one at a time, in rounds.

    ``limits``: what a topic can give at most, None where it knows no end. The sum is ``count``
    unless all limits together are less. ``precedences``: of each topic; all are equal without.
    """
    if any(each != EQUAL for each in precedences):
        return _by_precedence(count, limits, precedences)
    shares = [0] * len(limits)
    left = count
    while left:
        giving = [
            place for place, limit in enumerate(limits) if limit is None or shares[place] < limit
        ]
        if not giving:
            break
        for place in giving[:left]:
            shares[place] += 1
        left -= min(left, len(giving))
    return shares


def _by_precedence(
    count: int, limits: Sequence[int | None], precedences: Sequence[Precedence]
) -> list[int]:
    """By Sainte-Laguë's divisors, which never take back a share where the count grows."""
    shares = [0] * len(limits)

    def due(place: int) -> tuple[float, int]:
        given = precedences[place]
        return (2 * (given.had + shares[place]) + 1) / given.weight, place

    heap = [
        due(place)
        for place, limit in enumerate(limits)
        if limit != 0 and precedences[place].weight > 0
    ]
    heapq.heapify(heap)
    for _ in range(count):
        if not heap:
            break
        place = heap[0][1]
        shares[place] += 1
        if shares[place] == limits[place]:
            heapq.heappop(heap)
        else:
            heapq.heapreplace(heap, due(place))
    return shares


def rounds(shares: Sequence[int]) -> Iterator[tuple[int, int]]:
    """(topic, position among its pairs) of every row, topics taking turns."""
    for position in range(max(shares, default=0)):
        for topic, share in enumerate(shares):
            if position < share:
                yield topic, position


def split_of(position: int) -> str:
    """ "train" or "test", by the position of a pair among those of its topic."""
    return "test" if position % TEST_EVERY == _TEST_PLACE else "train"


def shared_out(count: int, weights: Sequence[float]) -> list[int]:
    """``count`` in whole parts by weight: the largest remainders get one more (Hamilton's method),
    the first of equal ones. The sum is ``count`` where there are weights."""
    total = sum(weights)
    exact = [count * weight / total for weight in weights]
    parts = [int(each) for each in exact]
    by_remainder = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in by_remainder[: count - sum(parts)]:
        parts[place] += 1
    return parts


def round_robin(weights: Sequence[float]) -> Iterator[int]:
    """Whose turn it is, without end: after any number of turns each had its share, within one."""
    total = sum(weights)
    had = [0] * len(weights)
    for number in count_from(1):
        due = [number * weight / total - had[place] for place, weight in enumerate(weights)]
        place = due.index(max(due))
        had[place] += 1
        yield place
