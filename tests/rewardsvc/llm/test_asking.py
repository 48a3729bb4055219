"""How models are asked: at what rate, how often again, and what it costs."""

import asyncio
import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.llm import (
    Asker,
    ModelAnswer,
    ModelBusy,
    ModelName,
    ModelUnavailable,
    Price,
    Question,
    RateLimit,
    TokenUsage,
    dollars_of,
    retries_of,
)
from rewardsvc.llm.asking import most_tokens
from rewardsvc.llm.service import retry_after

# --- rates --------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("attempt", "asked_for", "pause"),
    [(0, None, 0.5), (3, None, 4.0), (0, 7.0, 7.0), (9, None, None), (0, 3600.0, None)],
)
def test_pauses_grow_and_end(attempt: int, asked_for: float | None, pause: float | None) -> None:
    policy = retries_of(8)
    assert policy.pause(attempt + 1, chance=1.0, asked=asked_for or 0.0) == pause


NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Thu, 01 Jan 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Thu, 01 Jan 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "1e9"}, None),
    ],
)
def test_what_a_service_says_about_coming_back(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(headers, NOW) == seconds


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


# --- how many at once ---------------------------------------------------------------------------


def test_a_refusal_halves_what_is_in_flight_once_for_all_that_went_out_before_it() -> None:
    limit = RateLimit(None, 8)
    begun = [limit.began(0.0) for _ in range(8)]
    for each in begun:
        limit.refused(each, 1.0)
        limit.ended()
    assert limit.size == 4
    limit.refused(limit.began(2.0), 2.5)
    limit.ended()
    assert limit.size == 2


def test_answers_widen_it_again_up_to_where_it_was() -> None:
    limit = RateLimit(None, 8)
    for at in range(5):
        limit.refused(limit.began(float(at)), at + 0.5)
        limit.ended()
    assert limit.size == 1
    sizes = []
    for at in range(10, 100):
        limit.answered(limit.began(float(at)), 0)
        limit.ended()
        sizes.append(limit.size)
    assert sizes == sorted(sizes)
    assert sizes[0] == 2 and sizes[-1] == 8


@given(st.lists(st.booleans(), max_size=200))
def test_it_never_closes_and_never_opens_too_far(outcomes: list[bool]) -> None:
    limit = RateLimit(None, 8)
    for at, answered in enumerate(outcomes):
        begun = limit.began(float(at))
        limit.answered(begun, 3) if answered else limit.refused(begun, at + 0.5)
        limit.ended()
        assert 1 <= limit.size <= 8


# --- asking -------------------------------------------------------------------------------------

QUESTION = Question("s" * 40, "p" * 40, "rating", {}, 500)


class Service:
    """A model whose service takes so many requests at once and turns the others away."""

    name = ModelName("openai", "m")
    address = "memory"

    def __init__(self, takes: int, faults: list[ModelUnavailable] | None = None) -> None:
        self.takes = takes
        self.faults = faults or []
        self.under_way = self.turned_away = self.asked = 0

    async def ask(self, question: Question) -> str:
        self.asked += 1
        if self.faults:
            raise self.faults.pop()
        if self.under_way >= self.takes:
            self.turned_away += 1
            raise ModelBusy("429", 0.001)
        self.under_way += 1
        await asyncio.sleep(0.002)
        self.under_way -= 1
        return "answer"

    def read(self, raw: str) -> ModelAnswer:
        return ModelAnswer(raw)

    def usage(self, raw: str) -> tuple[int, int]:
        return 20, 10

    async def aclose(self) -> None:
        pass


async def test_requests_settle_at_what_a_service_takes() -> None:
    service = Service(takes=3)
    asker = Asker(service, RateLimit(None, 32), retries_of(50))
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(asker.ask(QUESTION) for _ in range(100)))
        assert answers == ["answer"] * 100
        before = service.turned_away
        assert before > 0
        await asyncio.gather(*(asker.ask(QUESTION) for _ in range(100)))
    assert service.turned_away - before < 40  # one in nine or so, where the next is tried


async def test_another_fault_narrows_nothing() -> None:
    limit = RateLimit(None, 8)
    asker = Asker(Service(1, [ModelUnavailable("500", 0.001)]), limit, retries_of(1))
    assert await asker.ask(QUESTION) == "answer"
    assert limit.size == 8


async def test_a_lasting_fault_is_raised_after_as_many_tries() -> None:
    service = Service(0)
    with pytest.raises(ModelBusy, match="429"):
        await Asker(service, RateLimit(None, 8), retries_of(3)).ask(QUESTION)
    assert service.asked == 4


async def test_a_service_that_asks_for_an_hour_is_not_waited_for_and_holds_up_nobody() -> None:
    service = Service(1, [ModelBusy("429", 3600.0)])
    asker = Asker(service, RateLimit(None, 8), retries_of(3))
    async with asyncio.timeout(10):
        with pytest.raises(ModelBusy):
            await asker.ask(QUESTION)
        assert await asker.ask(QUESTION) == "answer"


def test_a_question_may_take_its_words_and_its_longest_answer() -> None:
    assert most_tokens(QUESTION) == 20 + 500


# --- cost ---------------------------------------------------------------------------------------


def test_only_known_prices_are_a_sum() -> None:
    priced = TokenUsage.of((1_000_000, 200_000), Price(2.0, 10.0), paid=True)
    assert priced.dollars == 4.0
    assert dollars_of([priced, priced]) == 8.0
    assert dollars_of([priced, TokenUsage.of((7, 3), None, paid=True)]) is None
    assert dollars_of([]) is None
