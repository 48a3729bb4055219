"""Figures with their 95% intervals: shares, means, agreement, correlation. Pure.

Shares have Wilson's interval (E. B. Wilson 1927). Means, Cohen's kappa (1960) and Pearson's and
Spearman's correlations have percentile bootstraps with a fixed seed: equal data, equal figures.
"""

import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

CONFIDENCE = 0.95

_RESAMPLES = 4000
_SEED = 0

_AT_ONCE = 2**20
"""Drawn observations that lie in memory together: 8 MB for each side of a pair."""

_SAID_BY_NAN = (
    stats.ConstantInputWarning,
    stats.NearConstantInputWarning,
    stats.DegenerateDataWarning,
)

Array = NDArray[np.float64]

Statistic = Callable[..., Array]
"""(one array for each side of the data, ``axis``) → the figure along the axis, NaN where it has
none."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure of ``n`` observations and the interval that holds it with 95% confidence.

    ``value`` is None where the figure is not defined, the bounds also where one observation gives
    no interval. A format is that of its numbers: ``f"{estimate:.2f}"`` is ``0.40 [0.12, 0.66]``.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int

    def __format__(self, spec: str) -> str:
        if self.value is None:
            return "-"
        if self.low is None or self.high is None:
            return format(self.value, spec)
        return f"{self.value:{spec}} [{self.low:{spec}}, {self.high:{spec}}]"


def share(successes: int, n: int) -> Estimate:
    """A share with Wilson's interval.

    Raises:
        ValueError: there are more successes than observations, or less than none.
    """
    if n == 0 == successes:
        return Estimate(None, None, None, 0)
    interval = stats.binomtest(successes, n).proportion_ci(CONFIDENCE, method="wilson")
    return Estimate(successes / n, float(interval.low), float(interval.high), n)


def mean(values: Sequence[float]) -> Estimate:
    """The arithmetic mean; of nothing there is none.

    Raises:
        ValueError: a value is not a finite number.
    """
    return _estimate(_mean, values)


def kappa(pairs: Sequence[tuple[bool, bool]]) -> Estimate:
    """Cohen's kappa of two raters; it has no value where chance alone explains everything."""
    return _estimate(_kappa, *_sides(pairs))


def pearson(points: Sequence[tuple[float, float]]) -> Estimate:
    """Pearson's correlation; it has no value where a side does not vary.

    Raises:
        ValueError: a coordinate is not a finite number.
    """
    return _estimate(_pearson, *_sides(points))


def spearman(points: Sequence[tuple[float, float]]) -> Estimate:
    """Spearman's correlation: Pearson's of the ranks, ties at their mean rank.

    Raises:
        ValueError: a coordinate is not a finite number.
    """
    return _estimate(_spearman, *_sides(points))


def task_means(samples: Iterable[tuple[str, float | None]]) -> dict[str, float]:
    """The mean of each task's scored samples; a task without any is left out.

    Intervals are drawn over tasks, not over samples: samples of one task resemble each other, and
    to draw among them would make the interval look narrower than it is.
    """
    values: defaultdict[str, list[float]] = defaultdict(list)
    for task, value in samples:
        if value is not None:
            values[task].append(value)
    return {task: sum(scored) / len(scored) for task, scored in values.items()}


def paired_difference(before: Mapping[str, float], after: Mapping[str, float]) -> Estimate:
    """By how much tasks got better on average, over those scored both times.

    Raises:
        ValueError: a value is not a finite number.
    """
    both = sorted(before.keys() & after.keys())
    return mean([after[task] - before[task] for task in both])


def _sides(pairs: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [left for left, _ in pairs], [right for _, right in pairs]


def _estimate(statistic: Statistic, *sides: Sequence[float]) -> Estimate:
    """A statistic of the sides with its bootstrap; resamples without a value do not count."""
    data = [np.asarray(side, dtype=np.float64) for side in sides]
    if not all(np.isfinite(side).all() for side in data):
        raise ValueError("a value is not a finite number")
    n = len(data[0])
    if n == 0:
        return Estimate(None, None, None, 0)
    with warnings.catch_warnings():
        for warning in _SAID_BY_NAN:
            warnings.simplefilter("ignore", warning)
        value = float(statistic(*data, axis=-1))
        if np.isnan(value) or n == 1:
            return Estimate(None if np.isnan(value) else value, None, None, n)
        drawn = _drawn(statistic, data)
    found = drawn[~np.isnan(drawn)]  # SciPy's own interval is NaN as soon as one resample is
    if not found.size:
        return Estimate(value, None, None, n)
    low, high = np.quantile(found, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(value, float(low), float(high), n)


def _drawn(statistic: Statistic, data: Sequence[Array]) -> Array:
    """The statistic of each resample."""
    result = stats.bootstrap(
        data,
        statistic,
        n_resamples=_RESAMPLES,
        batch=max(1, _AT_ONCE // len(data[0])),
        vectorized=True,
        paired=True,
        method="percentile",
        rng=np.random.default_rng(_SEED),
    )
    return np.asarray(result.bootstrap_distribution)


def _mean(values: Array, axis: int) -> Array:
    return np.asarray(np.mean(values, axis=axis))


def _kappa(left: Array, right: Array, axis: int) -> Array:
    agreed = np.mean(left == right, axis=axis)
    yes = np.mean(left, axis=axis), np.mean(right, axis=axis)
    chance = yes[0] * yes[1] + (1 - yes[0]) * (1 - yes[1])
    settled = np.isclose(chance, 1.0, rtol=1e-9, atol=0.0)
    beyond = np.where(settled, 1.0, 1 - chance)  # no division by zero where there is no value
    return np.where(settled, np.nan, (agreed - chance) / beyond)


def _pearson(left: Array, right: Array, axis: int) -> Array:
    if left.shape[axis] < 2:
        return np.full(np.delete(left.shape, axis), np.nan)
    return np.asarray(stats.pearsonr(left, right, axis=axis).statistic)


def _spearman(left: Array, right: Array, axis: int) -> Array:
    return _pearson(stats.rankdata(left, axis=axis), stats.rankdata(right, axis=axis), axis)
