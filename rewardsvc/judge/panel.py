"""A panel of judges: everybody is asked at once, votes are recorded, the rule combines them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from rewardsvc.artifact import Artifact
from rewardsvc.errors import CannotServe
from rewardsvc.judge.answers import open_answers
from rewardsvc.judge.base import Case, JudgeFailed
from rewardsvc.judge.panelist import Panelist, read_winner
from rewardsvc.judge.prompt import comparison_question, rating_question
from rewardsvc.judge.rubric import read_rating
from rewardsvc.judge.votes import (
    Preference,
    Vote,
    has_quorum,
    preference_of,
    reason_of,
    stage_of,
)
from rewardsvc.llm import (
    Account,
    Asker,
    ModelName,
    ModelNotSetUp,
    OpenModel,
    PriceList,
    Question,
    RateLimit,
    TokenUsage,
    open_model,
    retries_of,
)
from rewardsvc.settings import Settings
from rewardsvc.types import Stage


@dataclass(frozen=True, slots=True)
class Compared:
    """What one judge said of a pair in both orders, and what the two answers took.

    ``forward`` and ``backward`` are its words ("first", "second", "tie"; None where missing).
    """

    judge: str
    preference: Preference
    forward: str | None
    backward: str | None
    usages: tuple[TokenUsage, TokenUsage]
    missing: str = ""


class Panel:
    """Judges together; satisfies :class:`rewardsvc.judge.Judging`."""

    def __init__(
        self,
        members: Sequence[Panelist],
        *,
        required: bool = False,
        voted: Callable[[Vote], None] = lambda _: None,
    ) -> None:
        """``voted`` hears of every vote that a stage is made of."""
        self._members = tuple(members)
        self._required = required
        self._voted = voted

    @property
    def names(self) -> tuple[str, ...]:
        """Its members."""
        return tuple(member.name for member in self._members)

    @property
    def identity(self) -> str:
        """What tells its judgements from another panel's."""
        return json.dumps([self._required, *(member.identity for member in self._members)])

    async def stage(self, case: Case) -> Stage:
        """The stage of a case; see :meth:`rate`."""
        return await self.rate(rating_question(case))

    async def rate(self, question: Question) -> Stage:
        """See :class:`rewardsvc.judge.Judging`."""
        start = time.perf_counter()
        votes = await self._asked(question)
        for vote in votes:
            self._voted(vote)
        stage = stage_of(votes, time.perf_counter() - start)
        spoken = has_quorum(sum(vote.rating is not None for vote in votes), len(votes))
        if self._required and not spoken:
            raise JudgeFailed(reason_of(votes), stage)
        return stage

    async def votes(self, case: Case, purpose: str = "") -> tuple[Vote, ...]:
        """What each member says of an artifact, in their order. ``purpose``: what they are asked
        for, as an account of the calls has it.

        Raises:
            BudgetSpent: an account did not let one be asked.
        """
        return await self._asked(rating_question(case), purpose)

    async def _asked(self, question: Question, purpose: str = "") -> tuple[Vote, ...]:
        ended = await asyncio.gather(
            *(member.ask(question, read_rating, purpose) for member in self._members),
            return_exceptions=True,  # what one is paid for already is waited for
        )
        asked = [each for each in ended if not isinstance(each, BaseException)]
        for each in ended:
            if isinstance(each, BaseException):
                raise each
        return tuple(
            Vote(member.name, each.value, each.missing, each.usage)
            for member, each in zip(self._members, asked, strict=True)
        )

    async def compare(self, case: Case, other: Artifact) -> tuple[Compared, ...]:
        """What each member says of the case's artifact (first) and another (second).

        Each is asked in both orders; :func:`rewardsvc.judge.votes.preference_of_panel` says what
        follows from all of them.
        """
        swapped = Case(case.task, other, case.stages, case.reference)
        forward = comparison_question(case, other)
        backward = comparison_question(swapped, case.artifact)
        asked = await asyncio.gather(
            *(
                member.ask(question, read_winner)
                for member in self._members
                for question in (forward, backward)
            )
        )
        return tuple(
            Compared(
                member.name,
                preference_of(there.value, back.value),
                there.value,
                back.value,
                (there.usage, back.usage),
                there.missing or back.missing,
            )
            for member, there, back in zip(self._members, asked[::2], asked[1::2], strict=True)
        )


@asynccontextmanager
async def open_panel(
    settings: Settings,
    voted: Callable[[Vote], None] = lambda _: None,
    account: Callable[[ModelName], Account | None] = lambda _: None,
    *,
    opening: OpenModel = open_model,
) -> AsyncIterator[Panel | None]:
    """The panel that the settings name; None where they name no judge. ``account``: where a judge's
    calls are entered; ``opening``: how each is.

    Raises:
        CannotServe: a judge's key is not set.
        ExtraMissing: its SDK is not installed.
    """
    if not settings.judge:
        yield None
        return
    async with AsyncExitStack() as stack:
        answers = open_answers(settings)
        stack.push_async_callback(answers.close)
        prices = PriceList(settings.prices)
        members = []
        for name in map(ModelName.parse, settings.judge):
            try:
                model = opening(
                    name,
                    timeout_seconds=settings.judge_timeout_seconds,
                    temperature=settings.judge_temperature,
                )
            except ModelNotSetUp as error:
                raise CannotServe(f"the judge {error}") from error
            limit = RateLimit(
                settings.judge_requests_per_minute,
                settings.judge_in_flight,
                settings.judge_tokens_per_minute,
            )
            member = Panelist(
                Asker(model, limit, retries_of(settings.judge_retries), account(name)),
                answers,
                timeout_seconds=settings.judge_timeout_seconds,
                temperature=settings.judge_temperature,
                price=prices.of(name.whole),
            )
            stack.push_async_callback(member.aclose)
            members.append(member)
        yield Panel(members, required=settings.judge_required, voted=voted)
