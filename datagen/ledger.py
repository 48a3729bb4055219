"""What teachers cost: each call stands in the journal before it goes out, and a budget holds.

Dollars are counted anew each time, by the prices of the settings: a price that was named too late
counts for what was asked before, too.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from datagen.errors import WrongUsage
from datagen.journal import Journal
from rewardsvc.llm import BudgetSpent, ModelError, ModelSilent, Price, Tokens, Took

Prices = Mapping[str, tuple[float, float]]
"""US dollars per million input and output tokens, by the name of a model."""


@dataclass(frozen=True, slots=True)
class CallCosts:
    """What calls took, together. ``dollars`` is None where a price is not known."""

    tokens: Tokens
    dollars: float | None

    @classmethod
    def by(cls, calls: Mapping[str, Tokens], prices: Prices) -> "CallCosts":
        """Of calls by their models. Pure."""
        dollars = [dollars_of(model, tokens, prices) for model, tokens in calls.items()]
        known = [each for each in dollars if each is not None]
        return cls(
            sum(calls.values(), Tokens()), sum(known) if len(known) == len(dollars) else None
        )

    @property
    def in_words(self) -> str:
        """``123 tokens, $0.0450``; "" for nothing."""
        count = self.tokens.input + self.tokens.output
        if not count:
            return ""
        return f"{count} tokens" + ("" if self.dollars is None else f", ${self.dollars:.4f}")


class Ledger:
    """The calls of a journal, and a budget over all of them. For one event loop."""

    def __init__(self, journal: Journal, prices: Prices, budget: float | None = None) -> None:
        """``budget``: US dollars, of all calls that the journal has ever seen."""
        self._journal = journal
        self._prices = prices
        self._budget = budget
        self._calls = {model: Tokens(*took) for model, took in journal.calls().items()}
        self.refusal = ""
        """Why a call did not go out for the budget; "" where each did."""
        self._open = 0
        self._ended = asyncio.Condition()

    @property
    def spent(self) -> CallCosts:
        """All of it so far; what is under way counts in full."""
        return CallCosts.by(self._calls, self._prices)

    def of(self, model: str) -> "ModelAccount":
        """The account of a model, by its name.

        Raises:
            WrongUsage: there is a budget, and no price is known.
        """
        if self._budget is not None and model not in self._prices:
            raise WrongUsage(
                f"budget: no price is known for {model}: name it under prices in the settings "
                "(docs/settings.md), or leave the budget out"
            )
        return ModelAccount(self, model)

    @asynccontextmanager
    async def call(self, model: str, most: Tokens, purpose: str) -> AsyncIterator[Took]:
        """See :class:`rewardsvc.llm.Account`. Where what is under way may leave enough of a budget,
        that is waited for."""
        entry = await self._begun(model, most, purpose)
        took: list[Tokens] = []
        try:
            yield took.append
        except ModelError as error:
            if not isinstance(error, ModelSilent):
                took.append(Tokens())
                self._settle(entry, model, most, Tokens())
            raise
        finally:
            if took and took[0] != Tokens():
                self._settle(entry, model, most, took[0])
            async with self._ended:
                self._open -= 1
                self._ended.notify_all()

    async def _begun(self, model: str, most: Tokens, purpose: str) -> int:
        async with self._ended:
            while (short := self._short(model, most)) > 0:
                if not self._open:
                    self.refusal = (
                        f"of the budget of ${self._budget:.2f}, ${self.spent.dollars or 0.0:.4f} "
                        f"is spent, and one more answer of {model} may cost ${short:.4f} more than "
                        "is left"
                    )
                    raise BudgetSpent(self.refusal)
                await self._ended.wait()
            entry = self._journal.call(purpose, model, most.input, most.output)
            self._calls[model] = self._calls.get(model, Tokens()) + most
            self._open += 1
            return entry

    def _settle(self, entry: int, model: str, most: Tokens, took: Tokens) -> None:
        self._journal.called(entry, took.input, took.output)
        self._calls[model] = self._calls[model] - most + took

    def _short(self, model: str, most: Tokens) -> float:
        """The dollars that a call would be over the budget."""
        if self._budget is None:
            return 0.0
        more = dollars_of(model, most, self._prices) or 0.0
        return (self.spent.dollars or 0.0) + more - self._budget


@dataclass(frozen=True, slots=True)
class ModelAccount:
    """A model's part of a ledger; satisfies :class:`rewardsvc.llm.Account`."""

    ledger: Ledger
    model: str

    def call(self, most: Tokens, purpose: str) -> AbstractAsyncContextManager[Took]:
        """See :meth:`Ledger.call`."""
        return self.ledger.call(self.model, most, purpose)


def dollars_of(model: str, tokens: Tokens, prices: Prices) -> float | None:
    """What tokens of a model cost; None where no price is known."""
    price = prices.get(model)
    if price is None:
        return None if tokens != Tokens() else 0.0
    return Price(*price).of(tokens.input, tokens.output)
