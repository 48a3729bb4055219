"""What models cost: each call stands in the journal before it goes out, and a budget holds.

Teachers and judges are in it alike. Dollars are counted anew each time, by the user's prices and by
those that were published for the day of a call: a price that was named too late counts for what was
asked before, too.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from datagen.errors import WrongUsage
from datagen.journal import EnteredCall, Journal
from rewardsvc.llm import BudgetSpent, ModelError, ModelName, ModelSilent, PriceList, Tokens, Took


class CallRole(StrEnum):
    """Whom a call asks."""

    TEACHER = "teacher"
    JUDGE = "judge"
    STUDENT = "student"


@dataclass(frozen=True, slots=True, order=True)
class CallKind:
    """Calls that are counted together. ``batch``: they go out in batches, and cost less."""

    model: str
    role: CallRole = CallRole.TEACHER
    batch: bool = False

    @property
    def in_words(self) -> str:
        """``openai:m as a judge``, ``openai:m in batches``."""
        role = "" if self.role is CallRole.TEACHER else f" as a {self.role}"
        return f"{self.model}{role}{' in batches' * self.batch}"


@dataclass(frozen=True, slots=True)
class CallCosts:
    """What calls took, together. ``dollars`` is None where a price is not known. ``saved``: what
    they would have cost more, had none gone out in a batch."""

    tokens: Tokens
    dollars: float | None
    saved: float = 0.0

    @property
    def in_words(self) -> str:
        """``123 tokens, $0.0450``; "" for nothing."""
        count = self.tokens.input + self.tokens.output
        if not count:
            return ""
        return f"{count} tokens" + ("" if self.dollars is None else f", ${self.dollars:.4f}")


class CallSpending:
    """Adds calls up by their kind. A price may depend on the length of a prompt, so each call is
    looked at."""

    def __init__(self, prices: PriceList) -> None:
        self._prices = prices
        self._tokens: dict[CallKind, Tokens] = {}
        self._dollars: defaultdict[CallKind, float] = defaultdict(float)
        self._saved: defaultdict[CallKind, float] = defaultdict(float)
        self._unpriced: Counter[CallKind] = Counter()

    @classmethod
    def in_journal(
        cls, journal: Journal, prices: PriceList, record: str | None = None
    ) -> "CallSpending":
        """Of the calls that a journal has, about one record or all."""
        spending = cls(prices)
        for call in journal.calls(record):
            kind = CallKind(call.model, CallRole(call.role), call.batch)
            day = date.fromisoformat(call.day) if call.day else None
            spending.add(kind, Tokens(call.input_tokens, call.output_tokens), day)
        return spending

    def add(
        self, kind: CallKind, tokens: Tokens, day: date | None = None, *, sign: int = 1
    ) -> None:
        """A call; with ``sign`` -1 one that was added is taken out."""
        before = self._tokens.get(kind, Tokens())
        self._tokens[kind] = before + tokens if sign > 0 else before - tokens
        dollars = cost_of_call(kind, tokens, self._prices, day)
        if dollars is None:
            self._unpriced[kind] += sign
            return
        self._dollars[kind] += sign * dollars
        if kind.batch:
            single = CallKind(kind.model, kind.role)
            alone = cost_of_call(single, tokens, self._prices, day) or 0.0
            self._saved[kind] += sign * (alone - dollars)

    @property
    def by_kind(self) -> Mapping[CallKind, CallCosts]:
        """What each kind took."""
        return {kind: self._of(kind) for kind in sorted(self._tokens)}

    @property
    def whole(self) -> CallCosts:
        """What all took."""
        parts = self.by_kind.values()
        known = [each.dollars for each in parts if each.dollars is not None]
        return CallCosts(
            sum((each.tokens for each in parts), Tokens()),
            sum(known) if len(known) == len(parts) else None,
            sum(each.saved for each in parts),
        )

    def _of(self, kind: CallKind) -> CallCosts:
        dollars = None if self._unpriced[kind] else self._dollars[kind]
        return CallCosts(self._tokens[kind], dollars, self._saved[kind])


class Ledger:
    """The calls of a journal, and a budget over all of them. For one event loop."""

    def __init__(self, journal: Journal, prices: PriceList, budget: float | None = None) -> None:
        """``budget``: US dollars, of all calls that the journal has ever seen."""
        self._journal = journal
        self._prices = prices
        self._budget = budget
        self._spending = CallSpending.in_journal(journal, prices)
        self.refusal = ""
        """Why a call did not go out for the budget; "" where each did."""
        self._open = self._batches = 0
        self._followed: Counter[CallKind] = Counter()
        self._ended = asyncio.Condition()

    @property
    def spent(self) -> CallCosts:
        """All of it so far; what is under way counts in full."""
        return self._spending.whole

    @property
    def sources(self) -> str:
        """Where the prices of what was asked come from, in words; "" where nobody was asked."""
        return self._prices.sources(kind.model for kind in self._spending.by_kind)

    def of(self, model: str, role: CallRole = CallRole.TEACHER) -> "ModelAccount":
        """The account of a model, by its name with its address.

        Raises:
            WrongUsage: there is a budget, and no price is known.
        """
        if self._budget is not None and self._prices.of(model) is None:
            raise WrongUsage(
                f"budget: no price is known for {model}: name it under prices in the settings "
                "(docs/settings.md), or leave the budget out"
            )
        return ModelAccount(self, CallKind(model, role))

    @asynccontextmanager
    async def call(self, kind: CallKind, most: Tokens, purpose: str) -> AsyncIterator[Took]:
        """See :class:`rewardsvc.llm.Account`. Where what is under way may leave enough of a budget,
        that is waited for."""
        today = datetime.now(UTC).date()
        entry = await self._begun(kind, most, purpose, today)
        took: list[Tokens] = []

        def settled(tokens: Tokens) -> None:
            self._journal.called(entry, tokens.input, tokens.output)
            self._spending.add(kind, most, today, sign=-1)
            self._spending.add(kind, tokens, today)

        try:
            yield took.append
        except ModelError as error:
            if not isinstance(error, ModelSilent):
                took.append(Tokens())
                settled(Tokens())
            raise
        finally:
            if took and took[0] != Tokens():
                settled(took[0])
            async with self._ended:
                self._open -= 1
                self._ended.notify_all()

    async def _begun(self, kind: CallKind, most: Tokens, purpose: str, today: date) -> int:
        async with self._ended:
            while (short := self._short(kind, most)) > 0:
                if not self._open and not self._batches:
                    self.refusal = self._refusal(kind, short)
                    raise BudgetSpent(self.refusal)
                await self._ended.wait()
            entry = self._journal.call(purpose, entered(kind, most, today))
            self._spending.add(kind, most, today)
            self._open += 1
            return entry

    def reserve(self, kind: CallKind, most: Tokens, purpose: str) -> int | None:
        """Enter a call of a batch that takes so much at most; None where it must not go out."""
        if self._short(kind, most) > 0:
            return None
        today = datetime.now(UTC).date()
        entry = self._journal.call(purpose, entered(kind, most, today))
        self._spending.add(kind, most, today)
        return entry

    def settle(self, entry: int, kind: CallKind, most: Tokens, took: Tokens) -> None:
        """Say what a call of a batch took that was entered at its most."""
        day = self._journal.day_of(entry)
        entered_on = date.fromisoformat(day) if day else None  # prices are those of that day
        self._journal.called(entry, took.input, took.output)
        self._spending.add(kind, most, entered_on, sign=-1)
        self._spending.add(kind, took, entered_on)

    def refuse(self, kind: CallKind, most: Tokens) -> str:
        """Note that a call did not go out for the budget; gives why."""
        self.refusal = self._refusal(kind, self._short(kind, most))
        return self.refusal

    @property
    def busy(self) -> bool:
        """Whether a call that is asked alone, or a batch that is followed, is under way: it may
        leave more of a budget."""
        return self._open > 0 or self._followed.total() > 0

    def follow(self, kind: CallKind, batches: int) -> None:
        """So many batches of a kind are out by now, and followed."""
        self._followed[kind] = batches

    @asynccontextmanager
    async def batch_under_way(self) -> AsyncIterator[None]:
        """In the body, what is settled may leave enough for others: they wait for it."""
        self._batches += 1
        try:
            yield
        finally:
            async with self._ended:
                self._batches -= 1
                self._ended.notify_all()

    async def settled(self) -> None:
        """Have those who wait for a batch look again."""
        async with self._ended:
            self._ended.notify_all()

    def _refusal(self, kind: CallKind, short: float) -> str:
        return (
            f"of the budget of ${self._budget:.2f}, ${self.spent.dollars or 0.0:.4f} is spent, and "
            f"one more answer of {kind.in_words} may cost ${short:.4f} more than is left"
        )

    def _short(self, kind: CallKind, most: Tokens) -> float:
        """The dollars that a call would be over the budget."""
        if self._budget is None:
            return 0.0
        more = cost_of_call(kind, most, self._prices) or 0.0
        return (self.spent.dollars or 0.0) + more - self._budget


@dataclass(frozen=True, slots=True)
class ModelAccount:
    """A model's part of a ledger; satisfies :class:`rewardsvc.llm.Account`."""

    ledger: Ledger
    kind: CallKind

    def call(self, most: Tokens, purpose: str) -> AbstractAsyncContextManager[Took]:
        """See :meth:`Ledger.call`."""
        return self.ledger.call(self.kind, most, purpose)


def judges_account(ledger: Ledger, judge: ModelName) -> ModelAccount:
    """The account of a judge.

    Raises:
        WrongUsage: there is a budget, and no price is known.
    """
    return ledger.of(judge.whole, CallRole.JUDGE)


def entered(kind: CallKind, tokens: Tokens, day: date) -> EnteredCall:
    """A call as the journal has it. Pure."""
    return EnteredCall(
        kind.model, kind.role, kind.batch, day.isoformat(), tokens.input, tokens.output
    )


def cost_of_call(
    kind: CallKind, tokens: Tokens, prices: PriceList, day: date | None = None
) -> float | None:
    """What a call costs; None where no price is known."""
    price = prices.of(kind.model, batch=kind.batch, day=day)
    if price is None:
        return None if tokens != Tokens() else 0.0
    return price.of(tokens.input, tokens.output)
