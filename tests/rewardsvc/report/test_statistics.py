"""Figures with intervals: right where the answer is known, and clear where there is none."""

import warnings
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardsvc.report.statistics import (
    Estimate,
    kappa,
    mean,
    paired_difference,
    pearson,
    share,
    spearman,
    task_means,
)

unit = st.floats(0, 1)
numbers = st.floats(-1e6, 1e6)
rated = st.tuples(st.booleans(), st.booleans())

OfPairs = Callable[[Sequence[tuple[float, float]]], Estimate]


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    """What a figure has to say, it says by its value: nothing is written on stderr."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def bounds(estimate: Estimate) -> tuple[float, float, float]:
    """Low, value and high of an estimate that has them."""
    assert estimate.low is not None and estimate.value is not None and estimate.high is not None
    return estimate.low, estimate.value, estimate.high


# --- shares -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (90, 100, 0.8256, 0.9448),
        (1, 1, 0.2065, 1.0),
    ],
)
def test_wilsons_interval(successes: int, n: int, low: float, high: float) -> None:
    # Newcombe 1998 and https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval
    found = share(successes, n)
    assert (found.value, found.n) == (successes / n, n)
    assert found.low == pytest.approx(low, abs=2e-4)
    assert found.high == pytest.approx(high, abs=2e-4)


@pytest.mark.parametrize(("successes", "n"), [(2, 1), (-1, 3), (1, 0)])
def test_a_share_of_more_than_all_or_less_than_nothing_is_an_error(successes: int, n: int) -> None:
    with pytest.raises(ValueError):
        share(successes, n)


# --- few or equal observations ------------------------------------------------------------------


def test_of_nothing_nothing_is_known() -> None:
    nothing = Estimate(None, None, None, 0)
    assert share(0, 0) == mean([]) == kappa([]) == pearson([]) == spearman([]) == nothing
    assert paired_difference({"a": 1.0}, {"b": 1.0}) == nothing


def test_one_observation_gives_no_interval() -> None:
    assert mean([0.5]) == Estimate(0.5, None, None, 1)
    assert kappa([(True, False)]) == Estimate(0.0, None, None, 1)
    assert pearson([(1, 1)]) == spearman([(1, 1)]) == Estimate(None, None, None, 1)


def test_two_observations_span_what_little_they_say() -> None:
    assert mean([0.0, 1.0]) == Estimate(0.5, 0.0, 1.0, 2)
    # Half of the resamples do not vary and count as nothing; the others say the same.
    assert pearson([(1, 5), (2, 3)]) == spearman([(1, 5), (2, 3)]) == Estimate(-1.0, -1.0, -1.0, 2)
    assert kappa([(True, True), (False, False)]) == Estimate(1.0, 1.0, 1.0, 2)


@pytest.mark.parametrize("correlation", [pearson, spearman])
def test_what_does_not_vary_has_no_correlation(correlation: OfPairs) -> None:
    assert correlation([(1, 1), (2, 1), (3, 1)]) == Estimate(None, None, None, 3)
    assert correlation([(0.1, 1), (0.1, 2)] * 5) == Estimate(None, None, None, 10)


def test_equal_values_have_an_interval_without_width() -> None:
    assert mean([0.25] * 7) == Estimate(0.25, 0.25, 0.25, 7)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_an_error(value: float) -> None:
    for figure in (mean, lambda values: pearson([(each, 1.0) for each in values])):
        with pytest.raises(ValueError, match="not a finite number"):
            figure([1.0, value])


# --- agreement and correlation ------------------------------------------------------------------


def test_kappa_of_the_usual_example() -> None:
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: observed 0.7, by chance 0.5.
    pairs = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    assert kappa(pairs).value == pytest.approx(0.4)
    assert kappa([(True, True), (False, False)]).value == 1.0
    assert kappa([(True, False), (False, True)]).value == -1.0
    assert kappa([(True, True)] * 5).value is None


def test_correlations_of_known_data() -> None:
    # Spearman's of https://en.wikipedia.org/wiki/Spearman's_rank_correlation_coefficient
    points = [
        (106.0, 7.0), (100.0, 27.0), (86.0, 2.0), (101.0, 50.0), (99.0, 28.0),
        (103.0, 29.0), (97.0, 20.0), (113.0, 12.0), (112.0, 6.0), (110.0, 17.0),
    ]  # fmt: skip
    assert spearman(points).value == pytest.approx(-29 / 165)
    assert pearson([(1, 2), (2, 4), (3, 6)]).value == pytest.approx(1.0)


def test_ties_share_their_rank() -> None:
    # The ranks are 2, 3.5, 3.5, 1 and 2, 3, 4, 1: Pearson's of them is 4.5 / sqrt(4.5 * 5).
    assert spearman([(10, 1), (20, 2), (20, 3), (5, 0)]).value == pytest.approx(0.9**0.5)


@settings(deadline=None)
@given(st.lists(st.tuples(numbers, numbers), min_size=2, max_size=30))
def test_correlations_stay_in_their_range(points: list[tuple[float, float]]) -> None:
    for correlation in (pearson, spearman):
        found = correlation(points)
        if found.low is not None:
            low, value, high = bounds(found)
            assert -1.0 <= low <= high <= 1.0 and -1.0 <= value <= 1.0
    mirrored = [(x, -y) for x, y in points]
    rho = spearman(points).value
    assert spearman(mirrored).value == (None if rho is None else pytest.approx(-rho))


# --- intervals ----------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(rated, min_size=1, max_size=40))
def test_a_bootstrap_is_the_same_every_time_and_in_order(pairs: list[tuple[bool, bool]]) -> None:
    found = kappa(pairs)
    assert found == kappa(pairs)
    if found.low is not None:
        low, _, high = bounds(found)
        assert -1.0 <= low <= high <= 1.0


@settings(deadline=None)
@given(st.lists(unit, min_size=2, max_size=40))
def test_an_interval_holds_its_mean_and_stays_between_the_extremes(values: list[float]) -> None:
    low, value, high = bounds(mean(values))
    slack = 1e-9
    assert min(values) - slack <= low <= value + slack
    assert value - slack <= high <= max(values) + slack


def test_an_interval_covers_the_truth_as_often_as_it_says() -> None:
    draws = np.random.default_rng(3).uniform(size=(200, 60))
    found = [bounds(mean(list(draw))) for draw in draws]
    assert 180 <= sum(low <= 0.5 <= high for low, _, high in found) <= 199


def test_memory_stays_bounded_where_there_are_many_observations() -> None:
    # Drawn in many batches: the figure of each resample is still one of all observations.
    values = [float(n % 2) for n in range(20_000)]
    low, value, high = bounds(mean(values))
    assert value == 0.5
    assert high - low == pytest.approx(2 * 1.96 * 0.5 / 20_000**0.5, rel=0.1)


# --- tasks --------------------------------------------------------------------------------------


def test_more_samples_of_one_task_do_not_narrow_the_interval() -> None:
    once = [("a", 0.0), ("b", 1.0), ("c", 0.5)]
    assert task_means(once) == task_means(once * 50)


def test_unscored_samples_count_nowhere() -> None:
    assert task_means([("a", None), ("a", 1.0), ("b", None)]) == {"a": 1.0}


@settings(deadline=None)
@given(st.lists(unit, min_size=2, max_size=30), st.floats(0.1, 0.5))
def test_a_constant_gain_is_seen_however_much_tasks_differ(
    values: list[float], gain: float
) -> None:
    before = {str(n): value for n, value in enumerate(values)}
    after = {task: value + gain for task, value in before.items()}
    assert bounds(paired_difference(before, after))[0] == pytest.approx(gain)


def test_only_tasks_scored_both_times_are_compared() -> None:
    change = paired_difference({"a": 0.0, "b": 1.0}, {"a": 0.5, "c": 0.0})
    assert (change.value, change.n) == (0.5, 1)


# --- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("estimate", "spec", "words"),
    [
        (Estimate(0.5, 0.25, 0.75, 9), ".2f", "0.50 [0.25, 0.75]"),
        (Estimate(0.5, -0.25, 0.75, 9), "+.1f", "+0.5 [-0.2, +0.8]"),
        (Estimate(0.5, None, None, 1), ".2f", "0.50"),
        (Estimate(None, None, None, 0), ".2f", "-"),
    ],
)
def test_an_estimate_is_written_as_its_numbers_are(
    estimate: Estimate, spec: str, words: str
) -> None:
    assert format(estimate, spec) == words
