"""What services say of their limits is waited for, instead of being refused."""

import math
from datetime import UTC, datetime

import pytest

from rewardsvc.llm import (
    Asker,
    ModelAnswer,
    ModelBusy,
    ModelName,
    ModelRefused,
    Question,
    RateLimit,
    retries_of,
)
from rewardsvc.llm import asking as asking_module
from rewardsvc.llm.allowance import Allowance, StatedBucket, allowance_of
from rewardsvc.llm.base import Heard, not_heard

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
EARLIER, LATER = "2026-01-01T11:59:59Z", "2026-01-01T12:00:02Z"


def openai(of: str, limit: str, left: str, reset: str) -> dict[str, str]:
    return {
        f"x-ratelimit-limit-{of}": limit,
        f"x-ratelimit-remaining-{of}": left,
        f"x-ratelimit-reset-{of}": reset,
    }


def anthropic(of: str, limit: str, left: str, reset: str) -> dict[str, str]:
    return {
        f"anthropic-ratelimit-{of}-limit": limit,
        f"anthropic-ratelimit-{of}-remaining": left,
        f"anthropic-ratelimit-{of}-reset": reset,
    }


@pytest.mark.parametrize(
    ("headers", "allowance"),
    [
        (openai("requests", "60", "59", "1s"), Allowance(StatedBucket(60, 59, 1.0))),
        (openai("requests", "60", "0", "1m0s"), Allowance(StatedBucket(60, 0, 60.0))),
        (openai("tokens", "99", "97", "500ms"), Allowance(None, StatedBucket(99, 97, 0.5))),
        (openai("requests", "9", "1", "1h2m3.5s"), Allowance(StatedBucket(9, 1, 3723.5))),
        (anthropic("requests", "50", "49", LATER), Allowance(StatedBucket(50, 49, 2.0))),
        (anthropic("tokens", "8", "8", EARLIER), Allowance(None, StatedBucket(8, 8, 0.0))),
        ({}, Allowance()),
        (openai("requests", "60", "61", "1s"), Allowance()),
        (openai("requests", "many", "1", "1s"), Allowance()),
        (openai("requests", "60", "1", "soon"), Allowance()),
        (openai("requests", "60", "1", ""), Allowance()),
        (openai("requests", "9" * 5000, "1", "1s"), Allowance()),
    ],
)  # fmt: skip
def test_headers_are_read(headers: dict[str, str], allowance: Allowance) -> None:
    assert allowance_of(headers, NOW) == allowance


def test_what_is_left_goes_out_and_the_rest_as_it_fills() -> None:
    limit = RateLimit(None, 100)
    first = limit.began(0.0)
    second = limit.began(0.0)
    limit.told(first, Allowance(requests=StatedBucket(60, 1, 59.0)))  # one a second
    limit.told(second, Allowance(requests=StatedBucket(60, 0, 60.0)))
    assert limit.wait(0.0) == pytest.approx(1.0)
    assert limit.wait(1.0) == 0.0
    limit.began(1.0)
    assert limit.wait(1.0) == pytest.approx(1.0)
    assert limit.wait(2.0) == 0.0


def test_tokens_are_waited_for_too_and_a_full_bucket_never() -> None:
    limit = RateLimit(None, 100)
    begun = limit.began(0.0, 100)
    limit.told(begun, Allowance(tokens=StatedBucket(6000, 0, 60.0)))  # a hundred a second
    assert limit.wait(0.0, 100) == pytest.approx(1.0)
    assert limit.wait(1.0, 100) == 0.0
    later = limit.began(1.0, 100)
    limit.told(later, Allowance(tokens=StatedBucket(6000, 6000, 0.0)))
    assert limit.wait(1.0, 10**9) == 0.0


def test_whoever_is_told_is_hardly_refused() -> None:
    """A bucket of sixty a minute that holds ten, with answers of three seconds."""
    limit, now, level, at = RateLimit(None, 20), 0.0, 10.0, 0.0
    under_way: list[tuple[float, object]] = []
    granted = refused = 0
    while now < 600:
        while under_way and under_way[0][0] <= now:
            under_way.pop(0)
            limit.ended()
        pause = limit.wait(now)
        if pause:
            ends = under_way[0][0] - now if under_way else math.inf
            now += min(pause, ends) + 1e-6
            continue
        begun = limit.began(now)
        level, at = min(10.0, level + (now - at)), now
        if level < 1:
            refused += 1
            limit.refused(begun, now)
        else:
            level, granted = level - 1, granted + 1
        left = int(level)
        limit.told(begun, Allowance(requests=StatedBucket(10, left, float(10 - left) or 0.0)))
        under_way.append((now + 3.0, begun))
    assert granted >= 0.95 * 600 and refused <= 6


class Closed:
    """A model whose service takes nothing at all."""

    name = ModelName("openai", "m")
    address = "memory"
    asked = 0

    async def ask(self, question: Question, heard: Heard = not_heard) -> str:
        self.asked += 1
        raise ModelBusy("429: the month is over", 0.001)

    def read(self, raw: str) -> ModelAnswer:
        return ModelAnswer(raw)

    def usage(self, raw: str) -> tuple[int, int]:
        return 0, 0

    async def aclose(self) -> None:
        pass


async def test_a_service_that_takes_nothing_for_long_is_asked_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asking_module, "MOST_REFUSED_SECONDS", 0.3)
    service = Closed()
    asker = Asker(service, RateLimit(None, 8), retries_of(100))
    with pytest.raises(ModelRefused, match=r"the month is over; it has turned every request away"):
        await asker.ask(Question("s", "p", "pair", {}, 10))
    assert 2 <= service.asked < 20


def test_a_grant_ends_a_time_of_refusals() -> None:
    limit = RateLimit(None, 8)
    limit.refused(limit.began(0.0), 0.0)
    limit.refused(limit.began(150.0), 150.0)
    assert limit.refused_seconds(299.0) == 299.0
    limit.answered(limit.began(300.0), 0)
    assert limit.refused_seconds(301.0) == 0.0


def test_a_time_in_which_nobody_asked_is_no_time_of_refusals() -> None:
    limit, morning, afternoon = RateLimit(None, 8), 9 * 3600.0, 15 * 3600.0
    limit.refused(limit.began(morning), morning)
    limit.refused(limit.began(afternoon), afternoon)
    assert limit.refused_seconds(afternoon) == 0.0
    limit.refused(limit.began(afternoon + 60), afternoon + 60)
    assert limit.refused_seconds(afternoon + 60) == 60.0
    limit.answered(limit.began(299.0), 0)
    assert limit.refused_seconds(400.0) == 0.0


@pytest.mark.parametrize("requests", [51, 3000])
def test_a_bucket_opens_again_though_no_answer_tells_of_it(requests: int) -> None:
    """In an outage nothing comes back; what is asked meanwhile keeps the rate that was told."""
    limit, now = RateLimit(None, 100), 0.0
    limit.told(limit.began(now, 10), Allowance(StatedBucket(50, 49, 1.2), StatedBucket(90, 80, 1)))
    limit.ended()
    for _ in range(requests):
        pause = limit.wait(now, 10)
        assert pause <= 1.2 + 1e-6
        now += pause + 1e-6
        limit.began(now, 10)
        limit.ended()
    assert now >= (requests - 50) * 1.2
