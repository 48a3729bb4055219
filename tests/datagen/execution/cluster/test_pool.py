"""Which worker takes what, whatever comes and goes."""

from hypothesis import given
from hypothesis import strategies as st

from datagen.execution.cluster.pool import Pool


def pool_of(ready: int, most: int = 8) -> Pool:
    pool = Pool(most)
    for _ in range(ready):
        pool.ready(pool.start())
    return pool


def test_there_is_a_worker_for_each_processor_and_no_more_than_have_work() -> None:
    assert Pool(8).wanted(3) == 3
    assert Pool(2).wanted(3) == 2
    assert Pool(2).wanted(0) == 0
    pool = Pool(8)
    pool.start()
    pool.ready(pool.start())
    assert pool.wanted(3) == 1
    assert pool.wanted(1) == 0  # a machine left, and its worker will be lost


def test_the_least_busy_is_given_the_next_thing() -> None:
    pool = pool_of(3)
    assert [pool.take() for _ in range(4)] == [1, 2, 3, 1]
    pool.done(2)
    assert pool.take() == 2


def test_nobody_is_given_anything_before_being_ready() -> None:
    pool = Pool(1)
    number = pool.start()
    assert pool.take() is None
    pool.ready(number)
    assert pool.take() == number


def test_one_that_is_lost_is_given_nothing_and_another_may_be_started() -> None:
    pool = pool_of(2)
    assert pool.lost(1)
    assert not pool.lost(1), "who hears of it twice hears no news"
    assert pool.take() == 2
    assert pool.wanted(2) == 1
    pool.done(1)  # what it was at ends with it
    assert pool.busy == {2: 1}


def test_one_of_no_use_is_not_replaced() -> None:
    pool = Pool(2)
    first, second = pool.start(), pool.start()
    pool.ready(first)
    pool.refused(second)
    assert pool.wanted(2) == 0


def test_one_may_be_ready_while_one_starts_or_one_has_worked() -> None:
    pool = Pool(2)
    assert not pool.may_be_ready
    number = pool.start()
    assert pool.may_be_ready
    pool.refused(number)
    assert not pool.may_be_ready
    pool = pool_of(1)
    pool.lost(1)
    assert pool.may_be_ready, "it comes back, or its machine does"


@given(
    st.lists(
        st.tuples(st.sampled_from(["start", "ready", "lost", "take", "done"]), st.integers(1, 6))
    )
)
def test_numbers_are_never_given_twice_and_no_count_is_below_nought(
    events: list[tuple[str, int]],
) -> None:
    pool, given_out, taken = Pool(4), set[int](), list[int]()
    for event, number in events:
        if event == "start" and pool.wanted(4):
            started = pool.start()
            assert started not in given_out
            given_out.add(started)
        elif event == "ready" and number in pool.starting:
            pool.ready(number)
        elif event == "lost":
            pool.lost(number)
        elif event == "take" and (one := pool.take()) is not None:
            taken.append(one)
        elif event == "done" and taken:
            pool.done(taken.pop())
        assert all(count >= 0 for count in pool.busy.values())
        assert len(pool.busy) + len(pool.starting) <= 4
