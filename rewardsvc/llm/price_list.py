"""The price of a model: the user's table first, then what the vendors publish.

The published prices are those that genai-prices brings (https://github.com/pydantic/genai-prices:
a release every week or two, with the rates of batches and of long prompts). It could fetch newer
ones; that is never asked for, so that a run's figures follow from what is installed. Only the
vendors' own addresses have them, which the environment may change, too: another server's prices
nobody knows, and what is not known is None, never a guess.
"""

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from importlib import metadata, util
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from rewardsvc.llm.base import ModelName
from rewardsvc.llm.prices import Price, PriceTier

BATCH_SHARE = 0.5
"""What a batch costs of a user's own price: both services halve theirs
(https://platform.openai.com/docs/guides/batch,
https://docs.anthropic.com/en/docs/build-with-claude/batch-processing#pricing)."""

_PUBLISHED = "genai-prices"
_RELEASED = {"0.2.3": date(2026, 11, 10)}
"""When a release came out; its wheel does not say."""

_NONE: Mapping[str, tuple[float, float]] = MappingProxyType({})


class PriceList:
    """Prices by the names of models."""

    def __init__(self, own: Mapping[str, tuple[float, float]] = _NONE) -> None:
        """``own``: US dollars per million input and output tokens, by a model's name with or
        without its address."""
        self._own_prices = own
        self._found: dict[tuple[str, bool, date | None], Price | None] = {}

    def of(self, model: str, *, batch: bool = False, day: date | None = None) -> Price | None:
        """What a model's calls cost; None where nobody knows.

        ``batch``: of calls that go out in one. ``day``: when, UTC; today where None.
        """
        key = (model, batch, day)
        if key not in self._found:
            self._found[key] = self._own(model, batch) or _published(model, batch, day)
        return self._found[key]

    def sources(self, models: Iterable[str]) -> str:
        """Where the prices of these models come from, with their date; "" where none is known."""
        known = [model for model in dict.fromkeys(models) if self.of(model) is not None]
        own = [model for model in known if self._own(model, batch=False) is not None]
        parts = [f"your own of {', '.join(own)}"] if own else []
        if len(own) < len(known):
            parts.append(published_release())
        return f"prices: {', '.join(parts)}" if parts else ""

    def _own(self, model: str, batch: bool) -> Price | None:
        found = self._own_prices.get(model) or self._own_prices.get(model.partition("@http")[0])
        if found is None:
            return None
        share = BATCH_SHARE if batch else 1.0
        return Price(found[0] * share, found[1] * share)


def published_release() -> str:
    """``genai-prices 0.2.3 of 2026-11-10``, as it is installed."""
    version = metadata.version(_PUBLISHED)
    released = _RELEASED.get(version)
    return f"{_PUBLISHED} {version}" + (f" of {released}" if released else "")


def _published(model: str, batch: bool, day: date | None) -> Price | None:
    if util.find_spec("genai_prices") is None:  # who counts without an extra has tokens only
        return None
    from genai_prices import Usage, calc_price

    try:
        name = ModelName.parse(model)
    except ValueError:
        return None
    if name.base_url is not None or _elsewhere(name.provider):
        return None
    when = datetime.now(UTC) if day is None else datetime.combine(day, time(12), UTC)
    try:
        found = calc_price(
            Usage(input_tokens=1, output_tokens=1),
            name.model,
            provider_id=name.provider,
            genai_request_timestamp=when,
            price_context={"processing": "batch"} if batch else None,
        )
    except LookupError:
        return None
    if found.provider.id != name.provider:  # it looks at other vendors' models, too
        return None
    rates = vars(found.model_price)
    read, written = rates.get("input_mtok"), rates.get("output_mtok")
    return None if read is None or written is None else _price(read, written)


def _elsewhere(provider: str) -> bool:
    """Whether the SDKs ask another server than the vendor's, for what the environment says."""
    address = os.environ.get(f"{provider.upper()}_BASE_URL", "").strip()
    return bool(address) and urlsplit(address).hostname != f"api.{provider}.com"


def _price(read: Any, written: Any) -> Price:
    """Of rates as the library has them: a number, or a base with tiers."""
    starts = sorted({tier.start for rate in (read, written) for tier in getattr(rate, "tiers", ())})
    tiers = (PriceTier(start, _rate(read, start), _rate(written, start)) for start in starts)
    return Price(_rate(read, 0), _rate(written, 0), tuple(tiers))


def _rate(rate: Any, above: int) -> float:
    """What holds above so many tokens."""
    found = getattr(rate, "base", rate)
    for tier in getattr(rate, "tiers", ()):
        if above >= tier.start:
            found = tier.price
    return float(found)
