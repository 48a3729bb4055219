"""Admission: who waits, who is turned away and who goes next, without a server or a clock."""

import math
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rewardsvc.admission import (
    OUTLIER,
    PRIOR_SECONDS,
    RESERVE_SECONDS,
    Admission,
    Cost,
    Overload,
    Place,
)


def taught(workers: int, queue: int, costs: Mapping[str, float]) -> Admission:
    """A machine that has seen a hundred completions of each kind."""
    admission = Admission(workers, queue)
    for kind, seconds in costs.items():
        for _ in range(100):
            work(admission, kind, 0.0, seconds)
    return admission


def work(admission: Admission, kind: str, now: float, seconds: float) -> None:
    place = admission.offer(kind, now)
    assert isinstance(place, Place)
    assert admission.start(now) == ([place], [])
    admission.end(place, now + seconds)


def let_in(admission: Admission, kind: str = "a", now: float = 0.0, **more: float) -> Place:
    place = admission.offer(kind, now, **more)  # type: ignore[arg-type]
    assert isinstance(place, Place)
    return place


def test_workers_are_lent_in_the_order_of_arrival() -> None:
    admission = Admission(workers=2, queue=10)
    first, second, third, fourth = (let_in(admission) for _ in range(4))
    assert admission.start(0.0) == ([first, second], [])
    admission.end(second, 1.0)
    assert admission.start(1.0) == ([third], [])
    admission.leave(fourth)
    admission.end(first, 2.0)
    assert admission.start(2.0) == ([], [])


def test_two_who_are_light_share_a_worker() -> None:
    admission = Admission(workers=2, queue=10)
    first, second, third = (let_in(admission, light=True) for _ in range(3))
    heavy, last = let_in(admission), let_in(admission, light=True)
    assert admission.start(0.0) == ([first, second, third], [])
    admission.end(third, 1.0)
    assert admission.start(1.0) == ([heavy], [])
    admission.end(first, 2.0)
    assert admission.start(2.0) == ([last], [])


def test_to_wait_at_a_worker_for_another_costs_nothing() -> None:
    admission = Admission(workers=1, queue=10)
    for number in range(200):
        first, second = (let_in(admission, "a", number * 2.0, light=True) for _ in range(2))
        assert admission.start(number * 2.0) == ([first, second], [])
        admission.end(first, number * 2.0 + 1.0)
        admission.end(second, number * 2.0 + 2.0)
    assert admission.usual("a") == pytest.approx(1.0)


def test_who_comes_beyond_the_queue_is_turned_away() -> None:
    admission = Admission(workers=1, queue=2)
    for _ in range(3):
        let_in(admission)
        admission.start(0.0)
    refusal = admission.offer("a", 0.0)
    assert isinstance(refusal, Overload) and "2 completions are waiting already" in refusal.reason


def test_the_bytes_that_wait_are_bounded_but_one_may_always_wait() -> None:
    admission = Admission(workers=1, queue=9, room=100)
    working = let_in(admission, size=1000)
    admission.start(0.0)
    waiting = let_in(admission, size=1000)
    refusal = admission.offer("a", 0.0, size=1)
    assert isinstance(refusal, Overload) and "bytes" in refusal.reason
    admission.leave(waiting)
    let_in(admission, size=99)
    let_in(admission, size=1)
    admission.end(working, 1.0)


def test_a_free_worker_refuses_nobody_whatever_it_believes() -> None:
    admission = taught(1, 10, {"a": 60.0})
    place = let_in(admission, deadline=0.1)
    assert admission.start(0.0) == ([place], [])


def test_one_who_would_be_late_is_turned_away_at_once() -> None:
    admission = taught(2, 100, {"a": 1.0})
    # Two work, two seconds' worth for each worker wait: the next would start at 3 and end at 4.
    for _ in range(6):
        let_in(admission)
        admission.start(0.0)
    refusal = admission.offer("a", 0.0, deadline=3.0)
    assert isinstance(refusal, Overload) and "a wait of about 3.0 s" in refusal.reason
    let_in(admission, deadline=4.0 + 2 * RESERVE_SECONDS)


def test_kinds_that_cost_a_hundred_times_more_are_told_apart() -> None:
    admission = taught(1, 2000, {"cheap": 0.02, "dear": 2.0})
    let_in(admission, "cheap")
    admission.start(0.0)
    for _ in range(100):
        let_in(admission, "cheap")
    # 100 cheap ones are two seconds; one dear one after them is two more.
    assert isinstance(admission.offer("dear", 0.0, deadline=3.0), Overload)
    let_in(admission, "cheap", deadline=3.0)
    let_in(admission, "dear", deadline=5.0)


def test_who_waits_is_told_as_soon_as_it_is_hopeless_and_those_before_it_stay() -> None:
    admission = Admission(workers=1, queue=1000)
    places = [let_in(admission, deadline=45.0) for _ in range(60)]
    now = 0.0
    refused: Sequence[object] = ()
    while not refused:
        (working,), refused = admission.start(now)
        now += 4.0  # eighty times what was believed, as it turns out
        admission.end(working, now)
    assert now <= 16.0
    assert refused == places[-len(refused) :]
    assert admission.waiting >= (45.0 - now) / 4.0 - 1


def test_who_waits_too_long_is_not_begun() -> None:
    admission = taught(1, 10, {"a": 1.0})
    working = let_in(admission)
    admission.start(0.0)
    late = let_in(admission, deadline=3.0)
    patient = let_in(admission)
    admission.end(working, 2.5)
    assert admission.start(2.5) == ([patient], [late])
    assert "waited 2.5 s" in admission.refusal(late, 2.5).reason


@given(st.lists(st.floats(0, 1000), max_size=50))
def test_a_cost_stays_among_what_was_seen_and_one_cannot_raise_it_far(
    seen: Sequence[float],
) -> None:
    cost = Cost()
    for seconds in seen:
        before = cost.usual
        cost.learn(seconds)
        # The first one counts about as much as the belief before it.
        assert before * 0.48 <= cost.usual <= before * (1 + OUTLIER) * 0.52
    known = [PRIOR_SECONDS, *seen]
    assert min(known) - 1e-9 <= cost.usual <= max(known) + 1e-9


@pytest.mark.parametrize("seconds", [0.005, 0.5, 50.0])
def test_a_cost_is_known_after_some_dozens(seconds: float) -> None:
    cost = Cost()
    for _ in range(100):
        cost.learn(seconds)
    assert cost.usual == pytest.approx(seconds, rel=0.6)


def test_the_less_is_known_the_more_are_let_in() -> None:
    sure, unsure = taught(1, 1000, {"a": 1.0}), Admission(1, 1000)
    work(unsure, "a", 0.0, 0.2)
    work(unsure, "a", 0.0, 2.0)
    for admission in (sure, unsure):
        let_in(admission)
        admission.start(0.0)
        while isinstance(admission.offer("a", 0.0, deadline=20.0), Place):
            pass
    assert sure.usual("a") * sure.waiting == pytest.approx(20.0 * 1.2, rel=0.2)
    assert unsure.usual("a") * unsure.waiting > 2 * sure.usual("a") * sure.waiting


def test_one_start_of_an_engine_does_not_turn_a_burst_away() -> None:
    admission = Admission(workers=2, queue=1000)
    for _ in range(20):
        let_in(admission, "terraform", deadline=45.0)
    (first, second), _ = admission.start(0.0)
    admission.end(first, 20.0)
    _, refused = admission.start(20.0)
    assert not refused
    admission.end(second, 20.5)


@settings(max_examples=50, deadline=None)
@given(
    st.integers(1, 4),
    st.floats(0.05, 5.0),
    st.lists(st.floats(0.5, 1.5), min_size=30, max_size=30),
    st.integers(50, 400),
)
def test_of_a_burst_nearly_all_that_is_begun_is_ready_in_time(
    workers: int, usual: float, spread: Sequence[float], burst: int
) -> None:
    """All come at once with one deadline; costs wander by half around what nobody knew."""
    deadline = 45.0
    admission = Admission(workers, queue=1024)
    turned_away: list[tuple[float, Place | Overload]] = []
    for _ in range(burst):
        offered = admission.offer("a", 0.0, deadline)
        if isinstance(offered, Overload):
            turned_away.append((0.0, offered))
    working: list[tuple[float, Place]] = []
    ready: list[float] = []
    begun = 0
    now = 0.0
    while True:
        starting, refused = admission.start(now)
        turned_away += [(now, place) for place in refused]
        for place in starting:
            working.append((now + usual * spread[begun % 30], place))
            begun += 1
        if not working:
            break
        working.sort(key=lambda pair: pair[0])
        now, done = working.pop(0)
        admission.end(done, now)
        ready.append(now)
    assert len(ready) + len(turned_away) == burst
    late = sum(at > deadline for at in ready)
    assert late <= workers
    # And no fewer are served than could be, but for what a reserve and a guess cost.
    possible = min(burst, workers * deadline / usual)
    assert len(ready) - late >= 0.5 * possible - 2 * workers


class Admissions(RuleBasedStateMachine):
    """Anything that may happen, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.admission = Admission(workers=2, queue=5, room=100)
        self.now = 0.0
        self.waits: dict[int, Place] = {}
        self.works: list[Place] = []
        self.order: list[int] = []

    @rule(
        kind=st.sampled_from("ab"),
        left=st.one_of(st.just(math.inf), st.floats(0, 20)),
        size=st.integers(0, 60),
        light=st.booleans(),
    )
    def come(self, kind: str, left: float, size: int, light: bool) -> None:
        free = self.admission.working + self.admission.waiting < 2
        place = self.admission.offer(kind, self.now, self.now + left, size, light)
        if isinstance(place, Place):
            self.waits[place.number] = place
        else:
            assert not free, "a worker was free"

    @rule(seconds=st.floats(0, 30))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def start(self) -> None:
        starting, refused = self.admission.start(self.now)
        for place in starting:
            del self.waits[place.number]
            assert place.at_once or self.now <= place.deadline
        for place in refused:
            del self.waits[place.number]
            assert place.deadline < math.inf, "it had all the time in the world"
        self.order += [place.number for place in starting]
        self.works += starting

    @precondition(lambda self: self.works)
    @rule(data=st.data(), whole=st.booleans())
    def end(self, data: st.DataObject, whole: bool) -> None:
        place = data.draw(st.sampled_from(self.works))
        self.works.remove(place)
        self.admission.end(place, self.now, whole=whole)

    @precondition(lambda self: self.waits)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        place = self.waits.pop(data.draw(st.sampled_from(sorted(self.waits))))
        self.admission.leave(place)

    @invariant()
    def bounds_hold(self) -> None:
        light = sum(place.light for place in self.works)
        assert len(self.works) == self.admission.working
        assert len(self.works) - light + math.ceil(light / 2) <= 2, "more than the workers can do"
        assert len(self.waits) == self.admission.waiting <= 5 + 2
        assert self.admission.wait(self.now) >= 0
        assert self.order == sorted(self.order), "somebody was overtaken"
        assert all(self.admission.usual(kind) >= 0 for kind in "ab")


TestAdmissions = Admissions.TestCase
TestAdmissions.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
