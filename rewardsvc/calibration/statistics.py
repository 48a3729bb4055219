"""Shares, agreement and correlation, each with a 95% interval. Pure; no dependency.

Wilson's interval for shares (E. B. Wilson 1927); Cohen's kappa (1960) for agreement beyond chance;
Pearson's and Spearman's correlation. Intervals of the latter three are percentile bootstraps with
a fixed seed: equal data, equal figures.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

_Z = 1.959963984540054
"""The normal distribution's 97.5% quantile."""

_RESAMPLES = 500
_SEED = 0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure of ``n`` observations; ``value`` and bounds are None where it is not defined."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def share(successes: int, n: int) -> Estimate:
    """A share with Wilson's interval."""
    if n == 0:
        return Estimate(None, None, None, 0)
    p = successes / n
    scale = 1 + _Z**2 / n
    middle = (p + _Z**2 / (2 * n)) / scale
    margin = _Z * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2)) / scale
    return Estimate(p, max(0.0, middle - margin), min(1.0, middle + margin), n)


def kappa(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Cohen's kappa of two raters; None where chance alone explains everything."""
    n = len(pairs)
    if n == 0:
        return None
    agreed = sum(left == right for left, right in pairs) / n
    left, right = (sum(pair[side] for pair in pairs) / n for side in (0, 1))
    chance = left * right + (1 - left) * (1 - right)
    return None if math.isclose(chance, 1.0) else (agreed - chance) / (1 - chance)


def pearson(points: Sequence[tuple[float, float]]) -> float | None:
    """Pearson's correlation; None where one side does not vary."""
    n = len(points)
    if n < 2:
        return None
    means = [math.fsum(point[side] for point in points) / n for side in (0, 1)]
    moved = [(x - means[0], y - means[1]) for x, y in points]
    spread = math.sqrt(math.fsum(x * x for x, _ in moved) * math.fsum(y * y for _, y in moved))
    if spread == 0.0 or any(len({point[side] for point in points}) == 1 for side in (0, 1)):
        return None
    return max(-1.0, min(1.0, math.fsum(x * y for x, y in moved) / spread))


def spearman(points: Sequence[tuple[float, float]]) -> float | None:
    """Spearman's correlation: Pearson's of the ranks, ties at their mean rank."""
    left, right = (ranks([point[side] for point in points]) for side in (0, 1))
    return pearson(list(zip(left, right, strict=True)))


def ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value from 1, ties at the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    found = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for place in range(start, end):
            found[order[place]] = (start + 1 + end) / 2
        start = end
    return found


def bootstrap(sample: Sequence[T], statistic: Callable[[Sequence[T]], float | None]) -> Estimate:
    """A statistic with its percentile bootstrap; resamples without a value do not count."""
    value = statistic(sample)
    if value is None:
        return Estimate(None, None, None, len(sample))
    random = Random(_SEED)
    drawn = (statistic(random.choices(sample, k=len(sample))) for _ in range(_RESAMPLES))
    found = sorted(each for each in drawn if each is not None)
    if not found:
        return Estimate(value, None, None, len(sample))
    low, high = (found[round(q * (len(found) - 1))] for q in (0.025, 0.975))
    return Estimate(value, low, high, len(sample))
