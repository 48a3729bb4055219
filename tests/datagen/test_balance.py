"""Shares are fair, complete and stable; one pair in five is held out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datagen.balance import quotas, rounds, split_of

LIMITS = st.lists(st.one_of(st.none(), st.integers(0, 40)), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("count", "limits", "shares"),
    [
        (7, [None, None, None], [3, 2, 2]),
        (2, [None, None, None], [1, 1, 0]),
        (9, [None, 1, None], [4, 1, 4]),
        (9, [2, 1, 0], [2, 1, 0]),
        (0, [None], [0]),
    ],
)
def test_what_one_topic_cannot_give_the_others_do(
    count: int, limits: list[int | None], shares: list[int]
) -> None:
    assert quotas(count, limits) == shares


@given(count=st.integers(0, 200), limits=LIMITS)
def test_shares_add_up_and_open_topics_differ_by_one_at_most(
    count: int, limits: list[int | None]
) -> None:
    shares = quotas(count, limits)
    most = sum(limit for limit in limits if limit is not None)
    assert sum(shares) == (count if None in limits else min(count, most))
    open_shares = [share for share, limit in zip(shares, limits, strict=True) if limit is None]
    assert not open_shares or max(open_shares) - min(open_shares) <= 1


@given(count=st.integers(0, 100), more=st.integers(0, 50), limits=LIMITS)
def test_a_higher_count_keeps_the_rows_that_were_there(
    count: int, more: int, limits: list[int | None]
) -> None:
    few, many = (list(rounds(quotas(n, limits))) for n in (count, count + more))
    assert many[: len(few)] == few


def test_one_pair_in_five_is_held_out() -> None:
    splits = [split_of(position) for position in range(100)]
    assert splits.count("test") == 20
    assert splits[:6].count("test") == 1
