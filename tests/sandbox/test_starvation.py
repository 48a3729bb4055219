"""What counts of a program's wall time: what the machine let it have."""

import math

from hypothesis import example, given
from hypothesis import strategies as st

from sandbox.starvation import (
    ASLEEP_SHARE,
    KEPT_PACE,
    LONGEST,
    Sample,
    counted,
    second_limit,
)

walls = st.floats(0.001, 1000)
paces = st.floats(0.001, 1)
starved = st.floats(0.001, KEPT_PACE, exclude_max=True)
cpus = st.none() | st.floats(0, 100_000)


@given(walls, paces, cpus)
def test_no_more_counts_than_has_passed_and_no_less_than_was_given(
    wall: float, pace: float, cpu: float | None
) -> None:
    assert pace * wall <= counted(Sample(wall, pace, cpu)) <= wall


@given(walls, st.floats(KEPT_PACE, 1), cpus)
def test_all_counts_where_the_machine_keeps_its_pace(
    wall: float, pace: float, cpu: float | None
) -> None:
    assert counted(Sample(wall, pace, cpu)) == wall


@given(walls, paces, st.floats(0, ASLEEP_SHARE, exclude_max=True))
def test_all_counts_of_who_sleeps(wall: float, pace: float, share: float) -> None:
    assert counted(Sample(wall, pace, share * pace * wall)) == wall


@given(walls, starved)
def test_of_who_wants_a_core_and_gets_what_the_probe_gets_that_counts(
    wall: float, pace: float
) -> None:
    assert math.isclose(counted(Sample(wall, pace, pace * wall)), pace * wall)


@given(walls, starved, st.floats(1, 100))
def test_who_starves_the_probe_by_itself_gains_nothing(
    wall: float, pace: float, cores: float
) -> None:
    assert counted(Sample(wall, pace, cores * wall)) == wall


@given(walls, paces, paces, st.none() | st.just(10.0))
def test_a_slower_machine_never_counts_more_of_who_is_awake(
    wall: float, one: float, other: float, cpu: float | None
) -> None:
    slow, fast = sorted((one, other))
    if cpu is None or cpu >= ASLEEP_SHARE * fast * wall:
        assert counted(Sample(wall, slow, cpu)) <= counted(Sample(wall, fast, cpu))


@given(walls, paces, cpus)
@example(10.0, 0.1, None)
@example(10.0, 0.1, 0.0)
def test_a_second_run_is_longer_exactly_where_the_first_was_not_given_all(
    wall: float, pace: float, cpu: float | None
) -> None:
    first = Sample(wall, pace, cpu)
    second = second_limit(wall, first)
    assert wall <= second <= LONGEST * wall
    assert (second == wall) == (counted(first) == wall)


@given(walls, st.floats(0.06, 1), st.none() | st.floats(0, 4))
def test_who_runs_out_of_a_second_run_like_the_first_had_all_its_time(
    wall: float, pace: float, share: float | None
) -> None:
    """So the verdict is about the program, and nobody flees it by being slow."""
    cpu = None if share is None else share * pace * wall
    second = second_limit(wall, Sample(wall, pace, cpu))
    again = None if share is None else share * pace * second
    assert counted(Sample(second, pace, again)) >= wall * (1 - 1e-9)
