"""How many pairs each topic gives, in which order, and into which split. Pure."""

from collections.abc import Iterator, Sequence

TEST_EVERY = 5
"""Of a topic's pairs, one in so many is held out for tests."""

_TEST_PLACE = 2  # the third of five: a topic with few pairs has one held out, too


def quotas(count: int, limits: Sequence[int | None]) -> list[int]:
    """Share ``count`` over topics one at a time, in rounds.

    ``limits``: what a topic can give at most, None where it knows no end. The sum is ``count``
    unless all limits together are less.
    """
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


def rounds(shares: Sequence[int]) -> Iterator[tuple[int, int]]:
    """(topic, position among its pairs) of every row, topics taking turns."""
    for position in range(max(shares, default=0)):
        for topic, share in enumerate(shares):
            if position < share:
                yield topic, position


def split_of(position: int) -> str:
    """ "train" or "test", by the position of a pair among those of its topic."""
    return "test" if position % TEST_EVERY == _TEST_PLACE else "train"
