"""Lending: who gets a provider, which are started, replaced and stopped, without any process."""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sandbox.terraform.plugins.lending import Lending
from sandbox.terraform.plugins.loans import (
    Action,
    Deny,
    Grant,
    LeaseRequest,
    Request,
    ShareRequest,
    SpecificLeaseRequest,
    Start,
    Stop,
    StopReason,
)
from sandbox.terraform.plugins.policy import LendingPolicy

LEASES, AGE, MEMORY, IDLE = 3, 100.0, 1000, 10.0


def policy(size: int, limit: int) -> LendingPolicy:
    return LendingPolicy(size, limit, LEASES, AGE, MEMORY, IDLE)


def running(size: int, limit: int = 0) -> Lending[str]:
    """A pool whose providers a, b, … have been started at time 0."""
    lending: Lending[str] = Lending(policy(size, max(size, limit)))
    for name, start in zip("abcdef", starts(lending.open()), strict=False):
        lending.arrived(start, name, 0.0)
    return lending


def starts(actions: Iterable[Action[str]]) -> list[int]:
    return [action.number for action in actions if isinstance(action, Start)]


def stops(actions: Iterable[Action[str]]) -> dict[str, StopReason]:
    return {action.provider: action.reason for action in actions if isinstance(action, Stop)}


def grants(actions: Iterable[Action[str]]) -> list[tuple[Request[str], str]]:
    return [(act.request, act.provider) for act in actions if isinstance(act, Grant)]


def denials(actions: Iterable[Action[str]]) -> list[Request[str]]:
    return [action.request for action in actions if isinstance(action, Deny)]


def lease(lending: Lending[str], wanted: bytes = b"") -> str:
    """Lease one that is idle."""
    ((_, provider),) = grants(lending.ask(LeaseRequest(wanted)))
    return provider


def share(lending: Lending[str]) -> str:
    ((_, provider),) = grants(lending.ask(ShareRequest()))
    return provider


def test_a_pool_starts_as_many_as_it_keeps_running() -> None:
    assert running(size=2).providers == ("a", "b")


def test_an_idle_provider_that_is_configured_as_wanted_is_preferred() -> None:
    lending = running(size=3)
    assert [lease(lending), lease(lending)] == ["a", "b"]
    lending.give_back("a", b"here", 0.0)
    lending.give_back("b", b"there", 0.0)
    assert lease(lending, b"there") == "b"
    assert lease(lending, b"elsewhere") == "c", "nothing is configured over"
    assert lease(lending, b"elsewhere") == "a"


def test_who_has_questions_only_is_sent_to_who_plans_least() -> None:
    lending = running(size=2)
    assert lease(lending) == "a"
    assert share(lending) == "b"
    assert lease(lending) == "b"
    assert share(lending) == "a", "b has a question already"


def test_leases_come_in_the_order_of_asking_and_one_of_a_certain_provider_before() -> None:
    lending = running(size=1)
    lease(lending)
    first, second, this, late = (
        LeaseRequest(b""),
        LeaseRequest(b""),
        SpecificLeaseRequest("a"),
        SpecificLeaseRequest("a"),
    )
    for request in (first, second, this):
        assert lending.ask(request) == []
    assert denials(lending.ask(late)) == [late]
    for request in (this, first):
        assert lending.give_back("a", None, 0.0) == [Grant(request, "a")]


def test_for_who_holds_one_the_pool_grows_and_shrinks_again() -> None:
    lending = running(size=1, limit=2)
    lease(lending)
    more = LeaseRequest(b"", several=True)
    (start,) = starts(lending.ask(more))
    assert lending.ask(LeaseRequest(b"", several=True)) == [], "there is room for two"
    assert grants(lending.arrived(start, "b", 0.0)) == [(more, "b")]
    lending.give_back("b", None, 1.0)
    assert lending.tend(1.0) == []
    lending.give_back("b", None, 2.0)
    assert stops(lending.tend(2.0 + IDLE)) == {}
    assert stops(lending.tend(3.0 + IDLE)) == {"b": StopReason.UNUSED}


def test_who_holds_one_does_not_wait_for_it_where_the_other_does_not_start() -> None:
    lending = running(size=1, limit=2)
    lease(lending)
    before, more = LeaseRequest(b""), LeaseRequest(b"", several=True)
    lending.ask(before)
    (start,) = starts(lending.ask(more))
    assert denials(lending.failed(start, "broken")) == [more]
    assert grants(lending.give_back("a", None, 0.0)) == [(before, "a")]


def served(lending: Lending[str]) -> list[Action[str]]:
    for _ in range(LEASES - 1):
        assert lending.give_back(lease(lending), None, 0.0) == []
    return lending.give_back(lease(lending), None, 0.0)


@pytest.mark.parametrize(
    "wear",
    [
        served,
        lambda lending: lending.tend(AGE),
        lambda lending: lending.measured("a", MEMORY),
    ],
    ids=["served", "old", "large"],
)
def test_a_worn_provider_serves_until_its_successor_runs(
    wear: Callable[[Lending[str]], list[Action[str]]],
) -> None:
    lending = running(size=1)
    (start,) = starts(wear(lending))
    assert lease(lending) == "a"
    assert stops(lending.arrived(start, "b", 0.0)) == {}
    assert lease(lending) == "b"
    assert stops(lending.give_back("a", None, 0.0)) == {"a": StopReason.WORN}


def test_a_worn_provider_whose_successor_did_not_start_stays_and_is_due_again() -> None:
    lending = running(size=1)
    (start,) = starts(lending.measured("a", MEMORY))
    assert lending.failed(start, "broken") == []
    assert lease(lending) == "a"
    assert len(starts(lending.measured("a", MEMORY))) == 1
    assert lending.measured("a", MEMORY) == [], "its successor is on the way"


def test_of_a_pool_that_grew_a_worn_provider_goes_without_a_successor() -> None:
    lending = running(size=1, limit=2)
    lease(lending)
    (start,) = starts(lending.ask(LeaseRequest(b"", several=True)))
    lending.arrived(start, "b", 0.0)
    assert lending.measured("a", MEMORY) == []
    assert lending.give_back("a", None, 0.0) == [Stop("a", StopReason.WORN, leases=1)]


def test_what_is_not_to_be_trusted_is_replaced_and_answers_who_shares_it_to_the_end() -> None:
    lending = running(size=1)
    assert [share(lending), share(lending)] == ["a", "a"]
    lease(lending)
    actions = lending.discard("a")
    assert len(starts(actions)) == 1 and not stops(actions)
    assert lending.give_back("a", None, 0.0) == []
    assert stops(lending.leave("a")) == {}
    assert stops(lending.leave("a")) == {"a": StopReason.DISTRUSTED}


@pytest.mark.parametrize("how", ["died", "not to be asked"])
def test_what_can_or_may_not_be_asked_stops_at_once(how: str) -> None:
    lending = running(size=1)
    share(lending)
    waiting = SpecificLeaseRequest("a")
    lease(lending)
    lending.ask(waiting)
    actions = lending.died("a") if how == "died" else lending.discard("a", at_once=True)
    assert stops(actions).keys() == {"a"} and len(starts(actions)) == 1
    assert denials(actions) == [waiting]
    assert lending.leave("a") == []


def test_who_waits_is_told_as_soon_as_nothing_can_come_any_more() -> None:
    lending = running(size=2)
    actions = [*lending.died("a"), *lending.died("b")]
    one, other = starts(actions)
    waiting: list[Request[str]] = [ShareRequest(), LeaseRequest(b""), LeaseRequest(b"", True)]
    actions = [action for request in waiting for action in lending.ask(request)]
    assert actions == [], "two are on their way, and there is room for two"
    (instead,) = starts(actions := lending.failed(one, "broken"))
    assert denials(actions) == []
    assert lending.failed(other, "broken") == []
    actions = lending.failed(instead, "broken")
    assert denials(actions) == waiting
    assert starts(actions) == [], "it is not tried for ever"
    assert len(starts(lending.ask(LeaseRequest(b"")))) == 1


def test_what_is_missing_is_started_when_the_pool_is_tended() -> None:
    lending = running(size=2)
    (start,) = starts(lending.died("a"))
    assert lending.failed(start, "broken") == []
    assert len(starts(lending.tend(0.0))) == 1


def test_who_goes_away_is_not_waited_for() -> None:
    lending = running(size=1)
    lease(lending)
    gone, next_one = LeaseRequest(b""), LeaseRequest(b"")
    lending.ask(gone)
    lending.ask(next_one)
    assert lending.cancel(gone) == []
    assert grants(lending.give_back("a", None, 0.0)) == [(next_one, "a")]


def test_what_is_granted_to_who_just_went_away_is_the_next_ones() -> None:
    lending = running(size=1)
    lending.measured("a", MEMORY)
    ((shared, _),) = grants(lending.ask(ShareRequest()))
    ((leased, _),) = grants(lending.ask(LeaseRequest(b"")))
    next_one = LeaseRequest(b"")
    lending.ask(next_one)
    assert grants(lending.cancel(leased, "a")) == [(next_one, "a")]
    assert lending.cancel(shared, "a") == []
    lending.arrived(2, "b", 0.0)
    assert lending.give_back("a", None, 0.0) == [Stop("a", StopReason.WORN, leases=1)]


def test_a_closed_pool_stops_everything_and_tells_who_waits() -> None:
    lending = running(size=1)
    share(lending)
    lease(lending)
    (start,) = starts(lending.discard("a"))
    lending.ask(waiting := LeaseRequest(b""))
    actions = lending.close()
    assert denials(actions) == [waiting]
    assert stops(actions) == {"a": StopReason.CLOSED}
    assert lending.arrived(start, "b", 0.0) == [Stop("b", StopReason.CLOSED)]
    assert denials(lending.ask(late := ShareRequest())) == [late]
    assert [lending.leave("a"), lending.give_back("a", None, 0.0), lending.tend(0.0)] == [[]] * 3


class Lendings(RuleBasedStateMachine):
    """Anything that may happen, in any order; what was said to be done is done or goes wrong."""

    @initialize(size=st.integers(1, 3), more=st.integers(0, 2))
    def open(self, size: int, more: int) -> None:
        self.now = 0.0
        self.closed = False
        self.lending: Lending[str] = Lending(policy(size, size + more))
        self.starting: list[int] = []
        self.started: dict[str, float] = {}
        self.stopped: Counter[str] = Counter()
        self.served: Counter[str] = Counter()
        self.large: set[str] = set()
        self.waiting: list[Request[str]] = []
        self.grown: Counter[Request[str]] = Counter()
        self.leases: dict[str, Request[str]] = {}
        self.shares: list[tuple[Request[str], str]] = []
        self.do(self.lending.open())
        assert len(self.starting) == size

    @property
    def lent(self) -> tuple[str, ...]:
        return self.lending.providers

    def do(self, actions: Iterable[Action[str]]) -> None:
        for action in actions:
            match action:
                case Start(number):
                    assert not self.closed
                    self.starting.append(number)
                    self.grown.update(self.waiting)
                case Stop(provider, reason):
                    self.stopped[provider] += 1
                    assert self.stopped[provider] == 1, "it was stopped before"
                    assert provider in self.started
                    assert provider not in self.lent, "what is stopped is not lent any more"
                    if reason in (StopReason.WORN, StopReason.UNUSED):
                        assert all(shared != provider for _, shared in self.shares)
                case Grant(request, provider):
                    assert provider in self.lent, "it is retired, dead or never came"
                    first = next(each for each in self.waiting if type(each) is type(request))
                    if isinstance(request, SpecificLeaseRequest):
                        assert request.provider == provider
                    else:
                        assert first is request, "somebody was overtaken"
                    self.waiting.remove(request)
                    if isinstance(request, ShareRequest):
                        self.shares.append((request, provider))
                    else:
                        assert provider not in self.leases, "two would configure it"
                        self.leases[provider] = request
                case Deny(request):
                    if request in self.waiting:
                        self.waiting.remove(request)

    def happens(self, event: Callable[[], list[Action[str]]]) -> None:
        """Something that makes no provider unusable: who goes leaves enough behind that run."""
        before = set(self.lent)
        actions = event()
        if before - set(self.lent):
            assert len(self.lent) >= self.lending.policy.size, "it went before another was there"
        self.do(actions)

    def ask(self, request: Request[str]) -> None:
        self.waiting.append(request)
        self.happens(lambda: self.lending.ask(request))

    @rule()
    def ask_to_share(self) -> None:
        self.ask(ShareRequest())

    @rule(wanted=st.sampled_from([b"x", b"y"]), several=st.booleans())
    def ask_to_lease(self, wanted: bytes, several: bool) -> None:
        self.ask(LeaseRequest(wanted, several))

    @precondition(lambda self: self.started)
    @rule(data=st.data())
    def ask_for_one(self, data: st.DataObject) -> None:
        self.ask(SpecificLeaseRequest(data.draw(st.sampled_from(sorted(self.started)))))

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def go_away(self, data: st.DataObject) -> None:
        request = data.draw(st.sampled_from(self.waiting))
        self.waiting.remove(request)
        self.happens(lambda: self.lending.cancel(request))

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def go_away_when_granted(self, data: st.DataObject) -> None:
        provider = data.draw(st.sampled_from(sorted(self.leases)))
        request = self.leases.pop(provider)
        self.happens(lambda: self.lending.cancel(request, provider))

    @precondition(lambda self: self.shares)
    @rule(data=st.data(), unused=st.booleans())
    def leave(self, data: st.DataObject, unused: bool) -> None:
        request, provider = data.draw(st.sampled_from(self.shares))
        self.shares.remove((request, provider))
        if unused:
            self.happens(lambda: self.lending.cancel(request, provider))
        else:
            self.happens(lambda: self.lending.leave(provider))

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), configured=st.sampled_from([b"x", b"y", None]))
    def give_back(self, data: st.DataObject, configured: bytes | None) -> None:
        provider = data.draw(st.sampled_from(sorted(self.leases)))
        del self.leases[provider]
        self.served[provider] += 1
        self.happens(lambda: self.lending.give_back(provider, configured, self.now))

    @precondition(lambda self: self.starting)
    @rule(data=st.data())
    def arrive(self, data: st.DataObject) -> None:
        self.come(data.draw(st.sampled_from(self.starting)))

    def come(self, number: int) -> None:
        self.starting.remove(number)
        provider = f"p{number}"
        self.started[provider] = self.now
        self.happens(lambda: self.lending.arrived(number, provider, self.now))

    @precondition(lambda self: self.starting)
    @rule(data=st.data())
    def fail_to_start(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self.starting))
        self.starting.remove(number)
        alone = not self.lent and not self.starting
        self.happens(lambda: self.lending.failed(number, "broken"))
        if alone:
            assert not self.starting, "it would be tried for ever"
            assert not self.waiting, "nothing will come"

    @precondition(lambda self: self.lent)
    @rule(data=st.data(), how=st.sampled_from(["died", "discard", "discard at once"]))
    def lose(self, data: st.DataObject, how: str) -> None:
        provider = data.draw(st.sampled_from(self.lent))
        shared = any(each == provider for _, each in self.shares)
        if how == "died":
            self.do(self.lending.died(provider))
        else:
            self.do(self.lending.discard(provider, at_once=how.endswith("once")))
        assert provider not in self.lent
        assert self.stopped[provider] == (how != "discard" or not shared)
        assert len(self.lent) + len(self.starting) >= self.lending.policy.size

    @precondition(lambda self: self.started)
    @rule(data=st.data(), memory=st.sampled_from([0, MEMORY - 1, MEMORY]))
    def measure(self, data: st.DataObject, memory: int) -> None:
        provider = data.draw(st.sampled_from(sorted(self.started)))
        if memory >= MEMORY:
            self.large.add(provider)
        self.happens(lambda: self.lending.measured(provider, memory))

    @rule(seconds=st.sampled_from([0.0, 1.0, IDLE, AGE]))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def tend(self) -> None:
        self.happens(lambda: self.lending.tend(self.now))

    @precondition(lambda self: not self.closed and len(self.started) > 3)
    @rule()
    def close(self) -> None:
        self.closed = True
        self.do(self.lending.close())
        assert self.waiting == [], "who waits is told"

    @invariant()
    def no_more_run_than_may(self) -> None:
        assert len(self.lent) + len(self.starting) <= self.lending.policy.cap or self.closed

    @invariant()
    def what_nobody_has_is_stopped(self) -> None:
        had = {*self.lent, *(provider for _, provider in self.shares)}
        assert all(self.stopped[each] for each in self.started if each not in had)

    @invariant()
    def nobody_waits_for_what_is_there(self) -> None:
        room = self.lending.policy.limit - len(self.lent) - len(self.starting)
        for request in self.waiting:
            match request:
                case SpecificLeaseRequest(provider):
                    assert provider in self.lent and provider in self.leases
                case LeaseRequest(_, several):
                    assert set(self.lent) <= self.leases.keys()
                    assert self.lent or self.starting
                    assert not several or self.grown[request] or room <= 0
                case ShareRequest():
                    assert not self.lent and self.starting

    def worn(self, provider: str) -> bool:
        old = self.now - self.started[provider] >= AGE
        return old or provider in self.large or self.served[provider] >= LEASES

    def calm_down(self) -> None:
        """Everybody gives back, and what starts succeeds."""
        for _ in range(1000):
            if self.starting:
                self.come(self.starting[0])
            elif self.leases:
                provider = next(iter(self.leases))
                del self.leases[provider]
                self.happens(partial(self.lending.give_back, provider, None, self.now))
            else:
                break
        assert self.waiting == [], "somebody was forgotten"

    def teardown(self) -> None:
        if not hasattr(self, "lending"):
            return
        self.calm_down()
        if not self.closed:
            self.tend()
            self.calm_down()
            assert not any(map(self.worn, self.lent)), "it was not replaced"
            self.pass_time(IDLE + 1)
            self.tend()
            assert len(self.lent) == self.lending.policy.size
            self.close()
        for _, provider in self.shares:
            self.do(self.lending.leave(provider))
        assert self.stopped == Counter(self.started.keys()), "all are stopped, and once"


def test_whatever_happens_in_whatever_order() -> None:
    run_state_machine_as_test(
        Lendings, settings=settings(max_examples=150, stateful_step_count=40, deadline=None)
    )
