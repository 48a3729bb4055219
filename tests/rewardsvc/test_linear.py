"""Reading an answer takes time in proportion to its length, whatever stands in it.

Each text is doubled three times. The least processor time of up to five runs counts, and may not
grow faster than by :data:`RATIO` from one size to the next; where time grows with the square of
the length it does so by 4. What takes less than :data:`LEAST` counts as that.
"""

import gc
import itertools
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from rewardsvc.verifiers import VERIFIERS
from tests.rewardsvc.hostile_texts import CASES, Growth
from tests.rewardsvc.measured import Bench, uncommenting

SIZES = (4_000, 8_000, 16_000, 32_000)
RUNS = 5
RATIO = 2.6
LEAST = 2e-3
"""Seconds; below, the clock and the interpreter's own work are most of it."""


@pytest.fixture(scope="module")
def bench() -> Bench:
    made = Bench()
    gc.freeze()  # what is loaded is not looked through again and again
    return made


def grows(seconds: Callable[[str], float], growth: Growth) -> str:
    """How a text's time grows, where that is faster than its length; "" where it is not."""
    texts = [growth(size) for size in SIZES]
    least = [float("inf")] * len(texts)
    for _ in range(RUNS):
        for at, text in enumerate(texts):
            least[at] = min(least[at], seconds(text))
        counted = [max(LEAST, each) for each in least]
        if all(after <= RATIO * before for before, after in itertools.pairwise(counted)):
            return ""
    return ", ".join(f"{1000 * each:.1f} ms" for each in least)


def test_there_are_texts_for_every_format() -> None:
    assert CASES.keys() == VERIFIERS.keys()


WERE_SLOW = (
    ("bash", "comparisons"),
    ("bash", "lists"),
    ("bash", "nested substitutions"),
    ("bash", "prefixes"),
    ("circleci", "commands that call each other"),
    ("circleci", "invoked jobs and parameters"),
    ("dockerfile", "assignments"),
    ("dockerfile", "digits"),
    ("dockerfile", "open quotes"),
    ("gitlab-ci", "inherited rules and jobs"),
    ("gitlab-ci", "workflow rules and jobs"),
    ("kubernetes", "a metric each"),
    ("terraform", "a wide version"),
    ("terraform", "one item"),
)
"""Texts that took seconds, hours or for ever."""


@pytest.mark.parametrize(("format_name", "name"), WERE_SLOW)
def test_what_was_slow_takes_time_in_proportion(format_name: str, name: str, bench: Bench) -> None:
    assert grows(partial(bench.reading, format_name), CASES[format_name][name]) == ""


@pytest.mark.slow
@pytest.mark.parametrize("format_name", CASES)
def test_time_grows_with_the_length_of_an_answer(format_name: str, bench: Bench) -> None:
    def slow() -> Iterator[str]:
        for name, growth in CASES[format_name].items():
            if how := grows(partial(bench.reading, format_name), growth):
                yield f"{name}: {how}"
            if how := grows(partial(uncommenting, format_name), growth):
                yield f"comments of {name}: {how}"

    assert list(slow()) == []


@pytest.mark.slow
@pytest.mark.parametrize("format_name", CASES)
def test_no_growth_is_a_fault_of_ours(format_name: str, bench: Bench) -> None:
    found = {
        name: examined.fault
        for name, growth in CASES[format_name].items()
        if (examined := bench.examine(format_name, growth(SIZES[0]))).fault and not examined.chosen
    }
    assert found == {}
