"""Means with intervals over evaluated tasks. Pure.

Intervals are percentile bootstraps over tasks, not over samples: samples of one task resemble
each other, and to resample them would make the interval look narrower than it is.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 4000
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and the interval that holds it with 95% confidence."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def task_means(samples: Iterable[tuple[str, float | None]]) -> dict[str, float]:
    """The mean of each task's scored samples; a task without any is left out."""
    values: defaultdict[str, list[float]] = defaultdict(list)
    for task, value in samples:
        if value is not None:
            values[task].append(value)
    return {task: sum(scored) / len(scored) for task, scored in values.items()}


def mean_interval(values: Sequence[float], seed: int = 0) -> Interval:
    """The mean of the tasks' means with its interval.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no task was scored")
    array = np.asarray(values, dtype=np.float64)
    picks = np.random.default_rng(seed).integers(0, len(array), size=(RESAMPLES, len(array)))
    means = array[picks].mean(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(array.mean()), float(low), float(high))


def paired_difference(
    before: Mapping[str, float], after: Mapping[str, float], seed: int = 0
) -> Interval:
    """By how much tasks got better, over those scored both times.

    Raises:
        ValueError: no task was scored both times.
    """
    both = sorted(before.keys() & after.keys())
    return mean_interval([after[task] - before[task] for task in both], seed)
