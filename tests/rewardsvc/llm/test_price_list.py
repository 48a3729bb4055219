"""What a model costs: the user's word first, then what the vendors publish, else nobody knows."""

from datetime import date

import pytest

from rewardsvc.llm import Price, PriceList
from rewardsvc.llm.price_list import published_release
from rewardsvc.llm.prices import PriceTier


def test_a_price_of_ones_own_goes_first_and_may_be_of_one_address() -> None:
    prices = PriceList({"openai:gpt-5-mini": (9.0, 9.0), "openai:m@http://a/v1": (1.0, 2.0)})
    assert prices.of("openai:gpt-5-mini") == Price(9.0, 9.0)
    assert prices.of("openai:gpt-5-mini@http://a/v1") == Price(9.0, 9.0)
    assert prices.of("openai:m@http://a/v1") == Price(1.0, 2.0)
    assert prices.of("openai:m@http://a/v1", batch=True) == Price(0.5, 1.0)
    assert prices.of("openai:m@http://b/v1") is None


@pytest.mark.parametrize("model", ["openai:gpt-5-mini", "anthropic:claude-opus-5"])
def test_vendors_have_published_prices_and_batches_are_half_of_them(model: str) -> None:
    prices, day = PriceList(), date(2026, 11, 15)
    alone, batched = prices.of(model, day=day), prices.of(model, day=day, batch=True)
    assert alone is not None and batched is not None
    assert alone.input < alone.output
    assert (batched.input, batched.output) == (alone.input / 2, alone.output / 2)


def test_a_price_is_that_of_the_day() -> None:
    days = [date(2025, 1, 1), date(2026, 11, 15)]
    old, new = (PriceList().of("openai:o3", day=day) for day in days)
    assert old is not None and new is not None and old.input > new.input


@pytest.mark.parametrize(
    "model",
    [
        "openai:nobody-knows-it",
        "openai:claude-opus-5",
        "openai:gpt-5-mini@http://127.0.0.1/v1",
        "m",
    ],
)
def test_what_nobody_publishes_is_not_known(model: str) -> None:
    assert PriceList().of(model) is None


def test_a_server_that_the_environment_names_has_no_published_price(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:8000/v1")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://api.anthropic.com")
    prices = PriceList({"openai:m": (1.0, 2.0)})
    assert prices.of("openai:gpt-5-mini") is None
    assert prices.of("openai:m") == Price(1.0, 2.0)
    assert prices.of("anthropic:claude-opus-5") is not None


def test_a_long_prompt_has_the_price_of_its_tier() -> None:
    price = Price(1.0, 2.0, (PriceTier(100, 3.0, 4.0), PriceTier(200, 5.0, 6.0)))
    assert price.of(100, 10) == pytest.approx(120 / 1e6)
    assert price.of(101, 10) == pytest.approx((303 + 40) / 1e6)
    assert price.of(201, 0) == pytest.approx(1005 / 1e6)
    found = PriceList().of("openai:gpt-5.5", day=date(2026, 11, 15))
    assert found is not None and found.tiers[0].input > found.input


def test_sources_are_told_with_their_date() -> None:
    prices = PriceList({"openai:m": (1.0, 2.0)})
    assert prices.sources(["openai:m", "openai:gpt-5-mini"]) == (
        f"prices: your own of openai:m, {published_release()}"
    )
    assert " of 2026-" in published_release()
    assert prices.sources(["openai:nobody-knows-it"]) == ""
