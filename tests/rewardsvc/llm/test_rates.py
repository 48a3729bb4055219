"""When the next request to a model may go out: limits that are named, and one that is found out."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rewardsvc.llm import RateLimit
from rewardsvc.llm.learnt_rate import LearntRate, RateRefusal
from rewardsvc.llm.rates import Begun
from tests.rewardsvc.llm.services import Bucket, ClockMinute, LastMinute, Service, Slots, asked_for

# --- requests that a user allows ------------------------------------------------------------------


@given(st.integers(1, 5), st.integers(1, 3), st.lists(st.floats(0, 40), min_size=1, max_size=60))
def test_no_minute_has_more_requests_than_allowed(
    per_minute: int, in_flight: int, gaps: list[float]
) -> None:
    pace, now, begun = RateLimit(per_minute, in_flight), 0.0, []
    under_way = 0
    for gap in gaps:
        now += gap
        wait = pace.wait(now)
        if math.isinf(wait):
            assert under_way == in_flight
            pace.ended()
            under_way -= 1
            continue
        now += wait
        assert pace.wait(now) == pytest.approx(0.0, abs=1e-9)
        pace.began(now)
        under_way += 1
        begun.append(now)
        assert under_way <= in_flight
    for start in begun:
        assert sum(start - 60 + 1e-6 < other <= start for other in begun) <= per_minute


def test_a_service_that_asks_to_wait_is_left_alone() -> None:
    pace = RateLimit(100, 100)
    pace.hold(10.0, 5.0)
    pace.hold(10.0, 2.0)
    assert pace.wait(11.0) == 4.0
    assert pace.wait(15.0) == 0.0


# --- tokens -------------------------------------------------------------------------------------


@given(
    st.integers(100, 1000),
    st.lists(st.tuples(st.floats(0, 40), st.integers(1, 100)), min_size=1, max_size=60),
)
def test_no_minute_has_more_tokens_than_allowed(
    per_minute: int, requests: list[tuple[float, int]]
) -> None:
    """Where each takes all that it may, so that what is expected of the next is right."""
    limit, now = RateLimit(None, 8, per_minute), 0.0
    spent: list[tuple[float, int]] = []
    for gap, tokens in requests:
        now += gap
        now += limit.wait(now, tokens)
        assert limit.wait(now, tokens) == pytest.approx(0.0, abs=1e-9)
        begun = limit.began(now, tokens)
        limit.answered(begun, tokens)
        limit.ended()
        spent.append((now, tokens))
    for start, _ in spent:
        within = sum(tokens for at, tokens in spent if start - 60 + 1e-6 < at <= start)
        assert within <= per_minute


def test_a_request_is_taken_to_need_what_those_before_it_needed_of_their_most() -> None:
    limit = RateLimit(None, 8, 1000)
    first = limit.began(0.0, 1000)
    assert limit.wait(1.0, 100) == 59.0  # nobody knows yet: all of it
    limit.answered(first, 100)
    limit.ended()
    assert limit.wait(1.0, 9000) == 0.0
    limit.began(1.0, 9000)
    assert limit.wait(2.0, 10) == 58.0


def test_what_needs_more_than_a_minute_has_goes_out_alone() -> None:
    limit = RateLimit(None, 8, 100)
    assert limit.wait(0.0, 5000) == 0.0
    limit.answered(limit.began(0.0, 5000), 5000)
    limit.ended()
    assert limit.wait(10.0, 5000) == 50.0
    assert limit.wait(60.0, 5000) == 0.0


def test_an_answer_that_comes_after_its_minute_costs_the_next_one_nothing() -> None:
    limit = RateLimit(None, 8, 100)
    slow = limit.began(0.0, 100)
    assert limit.wait(61.0, 100) == 0.0
    limit.answered(slow, 100)
    limit.ended()
    assert limit.wait(61.0, 100) == 0.0


# --- a rate that nobody told -------------------------------------------------------------------

COUNTING: dict[str, Callable[[int], Service]] = {
    "a bucket of a second": lambda limit: Bucket(limit, limit / 60),
    "a bucket of five seconds": lambda limit: Bucket(limit, limit / 12),
    "a bucket of a minute": lambda limit: Bucket(limit, limit),
    "a minute of the clock": ClockMinute,
    "the last minute": LastMinute,
}


@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize("per_minute", [60, 300])
@pytest.mark.parametrize("counting", COUNTING)
@pytest.mark.parametrize(("seconds", "crowd"), [(0.2, 8.0), (2.0, 1.5), (20.0, 8.0)])
def test_what_a_service_allows_is_used_and_hardly_exceeded(
    seconds: float, crowd: float, counting: str, per_minute: int, tells: bool
) -> None:
    """From the second minute on, whatever it counts by; with ``crowd`` times as many places as the
    limit can fill."""
    places = max(2, int(crowd * per_minute / 60 * seconds))
    service, limit = COUNTING[counting](per_minute), RateLimit(None, places)
    _, *counts = asked_for(service, limit, minutes=6, answer_seconds=seconds, tells=tells)
    granted, refused = sum(each.granted for each in counts), sum(each.refused for each in counts)
    assert granted >= 0.95 * 5 * per_minute
    assert refused <= 0.05 * (granted + refused)


@pytest.mark.parametrize(("slots", "seconds"), [(4, 2.0), (8, 10.0), (32, 5.0)])
def test_a_service_that_takes_so_many_at_once_is_kept_busy(slots: int, seconds: float) -> None:
    limit = RateLimit(None, 8 * slots)
    _, *counts = asked_for(Slots(slots), limit, minutes=6, answer_seconds=seconds, tells=False)
    granted = sum(each.granted for each in counts)
    assert granted >= 0.75 * 5 * 60 / seconds * slots
    assert sum(each.refused for each in counts) <= 0.15 * granted


@pytest.mark.parametrize(("before", "after"), [(600, 200), (200, 600)])
def test_a_limit_that_changes_is_found_again(before: int, after: int) -> None:
    service = Bucket(before, before / 60)

    def change(now: float) -> None:
        if now >= 180:
            service.per_second = after / 60

    counts = asked_for(
        service, RateLimit(None, 64), minutes=9, answer_seconds=1.0, tells=False, changes=change
    )
    for limit, some in ((before, counts[1:3]), (after, counts[-2:])):
        granted = sum(each.granted for each in some)
        assert 0.9 * limit * len(some) <= granted <= 1.05 * limit * len(some)
        assert all(each.refused_share <= 0.1 for each in some)


def test_one_refusal_takes_little_and_one_after_the_other_much() -> None:
    rate = LearntRate()
    rate.narrow(0.0, RateRefusal(granted=0, tried=600.0))
    assert rate.at(0.0) == 300.0
    assert rate.at(30.0) == pytest.approx(600.0)
    taken: list[float] = []
    for _ in range(6):
        before = rate.at(30.0)
        rate.narrow(30.0, RateRefusal(granted=300, tried=600.0, soon=bool(taken)))
        taken.append(round(rate.at(30.0) / before, 2))
    assert taken == [0.95, 0.9, 0.85, 0.75, 0.5, 0.5]


def test_a_service_that_has_not_recovered_says_nothing_against_what_it_granted() -> None:
    rate = LearntRate()
    rate.narrow(0.0, RateRefusal(granted=100, tried=140.0, asked_seconds=40.0))
    assert rate.at(0.0) == 97.0
    for at in range(1, 9):
        rate.narrow(float(at), RateRefusal(granted=100, tried=140.0, soon=True, probe=True))
    assert rate.at(8.0) == pytest.approx(97.0)


class Limited(RuleBasedStateMachine):
    """Whatever a service does: a request goes out again, and never too many are under way."""

    MOST = 5

    def __init__(self) -> None:
        super().__init__()
        self.limit, self.now = RateLimit(None, self.MOST), 0.0
        self.under_way: list[Begun] = []
        self.refused = False

    @rule(seconds=st.floats(0.01, 90))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def one_goes_out(self) -> None:
        wait = self.limit.wait(self.now)
        if math.isfinite(wait):
            self.now += wait
            assert self.limit.wait(self.now) <= 1e-6
            self.under_way.append(self.limit.began(self.now))

    @precondition(lambda self: self.under_way)
    @rule(which=st.integers(0, MOST))
    def one_is_answered(self, which: int) -> None:
        self.limit.answered(self.under_way.pop(which % len(self.under_way)), 10)
        self.limit.ended()

    @precondition(lambda self: self.under_way)
    @rule(which=st.integers(0, MOST), asked=st.sampled_from([0.0, 1.0, 40.0]))
    def one_is_refused(self, which: int, asked: float) -> None:
        before = self.limit.learnt(self.now)
        self.limit.refused(self.under_way.pop(which % len(self.under_way)), self.now, asked)
        self.limit.ended()
        self.refused = True
        assert 1.0 <= self.limit.learnt(self.now) <= before

    @invariant()
    def it_is_open_while_there_are_places(self) -> None:
        wait = self.limit.wait(self.now)
        assert math.isinf(wait) == (len(self.under_way) == self.MOST)
        assert self.limit.granted >= 0
        assert math.isinf(self.limit.learnt(self.now)) != self.refused

    @invariant()
    def nothing_is_held_for_longer_than_a_minute_takes(self) -> None:
        wait = self.limit.wait(self.now)
        assert math.isinf(wait) or wait <= 60 + 1e-6


Limited.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLimited = Limited.TestCase
