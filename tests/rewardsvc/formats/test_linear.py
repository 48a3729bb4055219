"""Reading an answer takes time in proportion to its length, whatever stands in it.

Each text is doubled three times. The least processor time of up to five runs counts, and may not
grow faster than by :data:`RATIO` from one size to the next; where time grows with the square of
the length it does so by 4. What takes less than :data:`LEAST` counts as that.
"""

import gc
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

import pytest

from rewardsvc.formats import FORMATS
from tests.rewardsvc.formats.format_cases import FormatCases, cases_of
from tests.rewardsvc.formats.growth import Growth
from tests.rewardsvc.formats.measured import Bench, uncommenting

SIZES = (4_000, 8_000, 16_000, 32_000)
RUNS = 5
RATIO = 2.6
LEAST = 4e-3
"""Seconds; below, the clock and the interpreter's own work are most of it."""
FEWEST_OF_ITS_OWN = 3
"""Texts that a format has beside those of every format."""

CASES: Mapping[str, FormatCases] = {
    name: cases for name in FORMATS if (cases := cases_of(name)) is not None
}
TEXTS: Mapping[str, Mapping[str, Growth]] = {
    name: cases.texts(FORMATS[name].fence) for name, cases in CASES.items()
}
"""By format and name."""


@pytest.fixture(scope="module")
def bench() -> Bench:
    made = Bench()
    gc.freeze()  # what is loaded is not looked through again and again
    return made


def grows(seconds: Callable[[str], float], growth: Growth) -> str:
    """How a text's time grows, where that is faster than its length; "" where it is not.

    Seen twice in a row: on a busy machine once may be chance.
    """
    return _grows(seconds, growth) and _grows(seconds, growth)


def _grows(seconds: Callable[[str], float], growth: Growth) -> str:
    texts = [growth(size) for size in SIZES]
    least = [float("inf")] * len(texts)
    for _ in range(RUNS):
        for at, text in enumerate(texts):
            least[at] = min(least[at], seconds(text))
        counted = [max(LEAST, each) for each in least]
        if all(after <= RATIO * before for before, after in itertools.pairwise(counted)):
            return ""
    return ", ".join(f"{1000 * each:.1f} ms" for each in least)


@pytest.mark.parametrize("format_name", FORMATS)
def test_there_are_texts_for_every_format(format_name: str) -> None:
    cases = cases_of(format_name)
    assert cases is not None, f"tests/rewardsvc/formats/cases has nothing for {format_name}"
    assert len({**cases.growing, **cases.completions}) >= FEWEST_OF_ITS_OWN
    assert cases.telling and set(cases.telling) <= TEXTS[format_name].keys()


BOUNDED = frozenset({("python", "dotted imports")})
"""What a library takes longer for when comments are taken out, and ``judge/prompt.py`` bounds."""


def slow(bench: Bench, format_name: str, names: Iterable[str]) -> Iterator[str]:
    """The texts whose time grows faster than their length, and how."""
    for name in names:
        growth = TEXTS[format_name][name]
        if how := grows(partial(bench.reading, format_name), growth):
            yield f"{name}: {how}"
        if (format_name, name) in BOUNDED:
            continue
        if how := grows(partial(uncommenting, format_name), growth):
            yield f"comments of {name}: {how}"


@pytest.mark.parametrize("format_name", CASES)
def test_what_was_slow_takes_time_in_proportion(format_name: str, bench: Bench) -> None:
    assert list(slow(bench, format_name, CASES[format_name].telling)) == []


@pytest.mark.slow
@pytest.mark.parametrize("format_name", CASES)
def test_time_grows_with_the_length_of_an_answer(format_name: str, bench: Bench) -> None:
    assert list(slow(bench, format_name, TEXTS[format_name])) == []


@pytest.mark.slow
@pytest.mark.parametrize("format_name", CASES)
def test_no_growth_is_a_fault_of_ours(format_name: str, bench: Bench) -> None:
    found = {
        name: examined.fault
        for name, growth in TEXTS[format_name].items()
        if (examined := bench.examine(format_name, growth(SIZES[0]))).fault and not examined.chosen
    }
    assert found == {}
