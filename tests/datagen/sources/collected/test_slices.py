"""Cut searches cover what the whole one does, once."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from datagen.sources.collected.slices import SearchSlice

_DAYS = st.dates(date(2014, 1, 1), date(2026, 12, 31))


@given(_DAYS, st.integers(0, 5000), st.integers(0, 100), st.integers(0, 100))
def test_halves_are_the_slice_and_do_not_overlap(
    since: date, days: int, least: int, more: int
) -> None:
    whole = SearchSlice(since, since + timedelta(days=days), least, least + more)
    halves = whole.halves()
    if halves is None:
        assert (days, more) == (0, 0)
        return
    one, other = halves
    if days:
        assert (other.since, one.until) == (whole.since, whole.until)
        assert one.since - other.until == timedelta(days=1)
        assert (one.least, one.most) == (other.least, other.most) == (whole.least, whole.most)
    else:
        assert (one.least, other.most) == (whole.least, whole.most)
        assert other.least - one.most == 1


def test_cutting_ends() -> None:
    part: SearchSlice | None = SearchSlice(date(2014, 1, 1), date(2026, 11, 30))
    cuts = 0
    while part is not None and (halves := part.halves()) is not None:
        part, cuts = halves[0], cuts + 1
    assert cuts < 40


def test_a_slice_in_githubs_words() -> None:
    assert SearchSlice(date(2020, 2, 1), date(2020, 3, 1)).qualifiers == (
        "created:2020-02-01..2020-03-01"
    )
    one = SearchSlice(date(2020, 2, 1), date(2020, 2, 1), 4, 9)
    assert one.qualifiers == "created:2020-02-01..2020-02-01 size:4..9"
