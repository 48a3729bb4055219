"""What counts of a program's wall time: what the machine let it have."""

import math

from hypothesis import example, given
from hypothesis import strategies as st

from sandbox.starvation import (
    ASLEEP_SHARE,
    GROWTH,
    KEPT_PACE,
    LONGEST,
    SPARE,
    Sample,
    counted,
    next_limit,
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


@given(walls, paces, cpus, st.floats(1, LONGEST))
@example(10.0, 0.1, None, 1.0)
@example(10.0, 0.1, 0.0, 1.0)
def test_one_more_run_is_longer_and_comes_only_where_not_all_was_given(
    seconds: float, pace: float, cpu: float | None, times: float
) -> None:
    last = Sample(times * seconds, pace, cpu)
    limit = next_limit(seconds, last)
    if limit is None:
        assert counted(last) >= seconds or last.wall_seconds >= LONGEST * seconds
    else:
        assert counted(last) < seconds
        assert last.wall_seconds < limit <= LONGEST * seconds
        assert limit <= GROWTH * last.wall_seconds


@given(walls, paces, st.none() | st.floats(0, 4))
def test_runs_come_to_an_end(seconds: float, pace: float, share: float | None) -> None:
    """With the program's own doing, unless there is less than any share that scores."""
    limit: float | None = seconds
    runs = 0
    while limit is not None:
        last = Sample(limit, pace, None if share is None else share * pace * limit)
        limit = next_limit(seconds, last)
        runs += 1
    assert runs <= 2 + math.log(LONGEST, SPARE)
    assert counted(last) >= seconds or pace < 1 / LONGEST


@given(walls, paces, st.floats(0, 1))
def test_a_sleeper_that_starts_on_a_starved_machine_does_not_keep_it_for_long(
    seconds: float, pace: float, start: float
) -> None:
    """``start`` is the CPU time that its start takes, as a share of what its limit would give."""
    cpu = start * pace * seconds
    limit: float | None = seconds
    while limit is not None:
        last = Sample(limit, pace, cpu)
        limit = next_limit(seconds, last)
    assert last.wall_seconds <= GROWTH * max(1.0, start / ASLEEP_SHARE) * seconds
