"""One judge: it asks a model unless it has the answer already, and keeps what was paid for."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from rewardsvc.judge.answers import Answers, key_of
from rewardsvc.judge.prompt import WINNERS
from rewardsvc.llm import (
    FREE,
    Asker,
    ModelRefused,
    ModelUnavailable,
    Price,
    Question,
    TokenUsage,
    Unusable,
)
from rewardsvc.single_flight import SingleFlight

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """What came of a question. ``value`` is None where it is missing; ``missing`` says why."""

    value: T | None
    missing: str = ""
    usage: TokenUsage = FREE


class Panelist:
    """Asks one model. ``temperature`` only tells its answers apart; the model has it already."""

    def __init__(
        self,
        asker: Asker,
        answers: Answers,
        *,
        timeout_seconds: float,
        temperature: float | None = None,
        price: Price | None = None,
    ) -> None:
        self.name = str(asker.model.name)
        self._asker = asker
        self._model = asker.model
        self._answers = answers
        self._timeout = timeout_seconds
        self._temperature = temperature
        self._price = price
        self._flights: SingleFlight[str] = SingleFlight()

    @property
    def identity(self) -> str:
        """What tells its judgements from another's."""
        return json.dumps([self.name, self._model.address, self._temperature])

    async def ask(
        self, question: Question, read: Callable[[str], T], purpose: str = ""
    ) -> Asked[T]:
        """Ask, unless an answer that can be read is kept; ``read`` is given the model's text.
        ``purpose``: what it is for, as an account of the calls has it.

        All of it, waiting and further attempts included, takes no longer than the timeout, but for
        a wait until an account lets it go out. A caller that is cancelled closes the connection,
        unless another waits for the same answer.

        Raises:
            BudgetSpent: an account does not let it go out.
        """
        key = key_of(self._model, self._temperature, question)
        kept = await self._answers.get(key)
        if kept is not None:
            before = self._read(kept, read, paid=False)
            if before.value is not None:
                return before
        try:
            raw, shared = await self._flights.run(key, lambda: self._answer(question, key, purpose))
        except TimeoutError:
            return Asked(None, f"{self.name}: no answer within {self._timeout:g} s")
        except (ModelUnavailable, ModelRefused) as error:
            return Asked(None, str(error))
        return self._read(raw, read, paid=not shared)

    async def aclose(self) -> None:
        """End what is under way and close connections."""
        await self._flights.close()
        await self._asker.aclose()

    async def _answer(self, question: Question, key: str, purpose: str) -> str:
        async with asyncio.timeout(self._timeout) as deadline:
            raw = await self._asker.ask(question, purpose, deadline)
        await self._answers.put(key, raw)
        return raw

    def _read(self, raw: str, read: Callable[[str], T], *, paid: bool) -> Asked[T]:
        usage = TokenUsage.of(self._model.usage(raw), self._price, paid=paid)
        try:
            return Asked(read(self._model.read(raw).text), usage=usage)
        except Unusable as error:
            return Asked(None, f"{self.name}: {error}", usage)


class _Comparison(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    reasoning: str
    winner: str


def read_winner(text: str) -> str:
    """Who won, in a judge's text: "first", "second" or "tie".

    Raises:
        Unusable: not the JSON that was asked for, or another word.
    """
    try:
        winner = _Comparison.model_validate_json(text).winner
    except ValidationError as error:
        raise Unusable(f"not the JSON that was asked for: {error.errors()[0]['msg']}") from error
    if winner not in WINNERS:
        raise Unusable(f"there is no winner {winner[:40]!r}")
    return winner
