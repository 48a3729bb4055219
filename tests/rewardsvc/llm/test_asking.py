"""How models are asked: at what rate, how often again, and what it costs."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from rewardsvc.judge.answers import NoAnswers
from rewardsvc.judge.panelist import Panelist
from rewardsvc.llm import (
    Asker,
    ModelAnswer,
    ModelBusy,
    ModelName,
    ModelUnavailable,
    Price,
    Question,
    RateLimit,
    Tokens,
    TokenUsage,
    Took,
    dollars_of,
    retries_of,
)
from rewardsvc.llm.asking import most_tokens
from rewardsvc.llm.base import Heard, not_heard
from rewardsvc.llm.service import retry_after

# --- pauses ---------------------------------------------------------------------------------------


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

    async def ask(self, question: Question, heard: Heard = not_heard) -> str:
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


class Slow(Service):
    """One whose answer takes long."""

    async def ask(self, question: Question, heard: Heard = not_heard) -> str:
        await asyncio.sleep(5)
        return "answer"


async def test_who_is_one_too_many_is_asked_again_while_others_are_answered() -> None:
    """That is no attempt: nobody worked on it."""
    service, limit = Service(takes=2), RateLimit(None, 6)
    asker = Asker(service, limit, retries_of(0))
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(asker.ask(QUESTION) for _ in range(12)))
    assert answers == ["answer"] * 12
    assert service.turned_away > 0
    assert math.isfinite(limit.learnt(time.monotonic()))


async def test_another_fault_is_no_sign_of_too_many() -> None:
    limit = RateLimit(None, 8)
    asker = Asker(Service(1, [ModelUnavailable("500", 0.001)]), limit, retries_of(1))
    assert await asker.ask(QUESTION) == "answer"
    assert math.isinf(limit.learnt(time.monotonic()))


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


class Waiting:
    """An account that lets nothing out for a while."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    @asynccontextmanager
    async def call(self, most: Tokens, purpose: str) -> AsyncIterator[Took]:
        await asyncio.sleep(self.seconds)
        yield lambda _: None


async def test_a_wait_for_an_account_is_none_for_the_model() -> None:
    asker = Asker(Service(1), RateLimit(None, 8), retries_of(0), Waiting(0.6))
    async with asyncio.timeout(0.3) as deadline:
        assert await asker.ask(QUESTION, deadline=deadline) == "answer"
    slow = Asker(Slow(1), RateLimit(None, 8), retries_of(0), Waiting(0.6))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3) as deadline:
            await slow.ask(QUESTION, deadline=deadline)


async def test_a_judge_that_waits_for_a_budget_is_not_silent() -> None:
    asker = Asker(Service(1), RateLimit(None, 8), retries_of(0), Waiting(0.6))
    judge = Panelist(asker, NoAnswers(), timeout_seconds=0.3)
    assert (await judge.ask(QUESTION, str)).value == "answer"
    asker = Asker(Slow(1), RateLimit(None, 8), retries_of(0), Waiting(0.6))
    judge = Panelist(asker, NoAnswers(), timeout_seconds=0.3)
    assert (await judge.ask(QUESTION, str)).missing == "openai:m: no answer within 0.3 s"


def test_a_question_may_take_its_words_and_its_longest_answer() -> None:
    assert most_tokens(QUESTION) == 20 + 500


# --- cost ---------------------------------------------------------------------------------------


def test_only_known_prices_are_a_sum() -> None:
    priced = TokenUsage.of((1_000_000, 200_000), Price(2.0, 10.0), paid=True)
    assert priced.dollars == 4.0
    assert dollars_of([priced, priced]) == 8.0
    assert dollars_of([priced, TokenUsage.of((7, 3), None, paid=True)]) is None
    assert dollars_of([]) is None
