"""Asks a model as its service bears it: at its rate, and again after a passing fault.

::

    Asker.ask ─► RateLimiter (may it go out?) ─► Model.ask ─► raw body
        ▲                                           │ ModelUnavailable
        └────────── Attempts (again? when?) ◄───────┘

The SDKs' own retries are off: they would pass the rate limit by.
"""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from functools import partial

from rewardsvc.llm.account import Account, NoAccount, Tokens, most_of
from rewardsvc.llm.base import Model, Question
from rewardsvc.llm.errors import ModelBusy, ModelRefused, ModelUnavailable
from rewardsvc.llm.rates import RateLimit, RateLimiter
from rewardsvc.retry import Attempts, RetryPolicy

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 60.0
"""A service that asks for more is not waited for: the answer is missing."""

MOST_REFUSED_SECONDS = 300.0
"""A service that turned every request away for so long is no busy moment: minutes' limits and
Retry-After are a minute at most, a day's or a suspended account no pause helps."""

_TURNED_AWAY = RetryPolicy(
    tries=9,
    first_pause_seconds=_FIRST_PAUSE_SECONDS,
    longest_pause_seconds=_LONGEST_PAUSE_SECONDS,
    longest_asked_seconds=_LONGEST_PAUSE_SECONDS,
)
"""Of a request that is one too many this minute: the pauses outlast one, and nobody pays for it."""

_CHARACTERS_PER_TOKEN = 4
"""Of English (https://platform.openai.com/tokenizer); the rate limit learns by how much it errs."""


def retries_of(retries: int) -> RetryPolicy:
    """The policy for a model that is asked again so many times."""
    return RetryPolicy(
        tries=retries + 1,
        first_pause_seconds=_FIRST_PAUSE_SECONDS,
        longest_pause_seconds=_LONGEST_PAUSE_SECONDS,
        longest_asked_seconds=_LONGEST_PAUSE_SECONDS,
    )


def most_tokens(question: Question) -> int:
    """What a question and its answer may take: an estimate of the one, the limit of the other."""
    characters = len(question.system) + sum(len(turn["content"]) for turn in question.turns)
    return characters // _CHARACTERS_PER_TOKEN + question.max_output_tokens


class Asker:
    """Asks one model. For one event loop."""

    def __init__(
        self,
        model: Model,
        limit: RateLimit,
        retries: RetryPolicy,
        account: Account | None = None,
    ) -> None:
        """``account``: where every call is entered before it goes out."""
        self.model = model
        self._limiter = RateLimiter(limit)
        self._retries = retries
        self._account = account or NoAccount()

    async def ask(
        self, question: Question, purpose: str = "", deadline: asyncio.Timeout | None = None
    ) -> str:
        """The raw body of one answer. A caller that is cancelled closes the connection.

        ``purpose``: what it is for, as the account has it. ``deadline``: the caller's; it moves on
        while the account lets nothing out, which is not the model's time.

        Raises:
            BudgetSpent: the account does not let it go out.
            ModelUnavailable: no answer in time, or a fault that did not pass.
            ModelRefused: no such request is accepted, or none has been for a long while.
        """
        attempts = Attempts(self._retries)
        while True:
            try:
                with attempts.trying():
                    return await self._taken(question, purpose, deadline)
            except ModelUnavailable as error:
                if not await attempts.pause(error.retry_after or 0.0):
                    raise

    async def aclose(self) -> None:
        """Close connections."""
        await self.model.aclose()

    async def _taken(
        self, question: Question, purpose: str, deadline: asyncio.Timeout | None
    ) -> str:
        """Asks until it is not turned away, where others were not within the last minute."""
        attempts = Attempts(_TURNED_AWAY)
        while True:
            try:
                with attempts.trying():
                    return await self._asked(question, purpose, deadline)
            except ModelBusy as error:
                taking = self._limiter.granted > 0
                if not taking or not await attempts.pause(error.retry_after or 0.0):
                    raise

    def _give_up(self, said: ModelBusy) -> None:
        """Raise where the service has taken nothing for :data:`MOST_REFUSED_SECONDS`."""
        seconds = self._limiter.refused_seconds
        if seconds >= MOST_REFUSED_SECONDS:
            raise ModelRefused(
                f"{said}; it has turned every request away for {seconds / 60:.0f} minutes: look at "
                "the account's limits, or ask later"
            ) from said

    async def _asked(
        self, question: Question, purpose: str, deadline: asyncio.Timeout | None
    ) -> str:
        async with (
            self._limiter.passed(most_tokens(question)) as begun,
            AsyncExitStack() as entered,
        ):
            call = self._account.call(most_of(question), purpose)
            with _stopped(deadline):
                took = await entered.enter_async_context(call)
            try:
                raw = await self.model.ask(question, partial(self._limiter.told, begun))
            except ModelUnavailable as error:
                asked = error.retry_after or 0.0
                if asked <= self._retries.longest_asked_seconds:  # what takes longer is no rate
                    if isinstance(error, ModelBusy):
                        self._limiter.refused(begun, asked)
                        self._give_up(error)
                    self._limiter.hold(asked)  # the others would only be told the same
                raise
            tokens = Tokens(*self.model.usage(raw))
            took(tokens)
            self._limiter.answered(begun, tokens.input + tokens.output)
            return raw


@contextmanager
def _stopped(deadline: asyncio.Timeout | None) -> Iterator[None]:
    """The deadline moves on by as long as the body takes."""
    when = None if deadline is None else deadline.when()
    if deadline is None or when is None:
        yield
        return
    left = when - asyncio.get_running_loop().time()
    deadline.reschedule(None)
    try:
        yield
    finally:
        if not deadline.expired():
            deadline.reschedule(asyncio.get_running_loop().time() + left)
