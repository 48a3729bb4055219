"""Has a judge rate what the tools accepted: is it meant so, clear, and realistic?

Off unless a judge is named. Its rule is stricter than the reward's, where clarity and realism cost
nothing: training data should be worth imitating.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from datagen.errors import StageFault
from datagen.record import Outcome, Record, Ruling
from datagen.stages.base import SCORING, digest_of
from datagen.stages.verify import request_of
from rewardsvc.judge.cases import case_of
from rewardsvc.judge.panel import Panel
from rewardsvc.judge.rubric import RUBRIC, Criterion
from rewardsvc.judge.votes import Vote, combined, reason_of
from rewardsvc.llm import BudgetSpent
from rewardsvc.wire.json import request_to_json


@dataclass(frozen=True, slots=True)
class PanelRating:
    """A panel's level of each criterion, by its word, and what its members said of why."""

    levels: Mapping[str, str]
    reasons: tuple[str, ...] = ()


class PanelRater:
    """The stage ``rating``: a :class:`RecordStage` that a panel of judges answers."""

    name = "rating"
    written = TypeAdapter(PanelRating)
    paid = True
    retries = SCORING

    def __init__(self, panel: Panel) -> None:
        self._panel = panel

    def takes(self, record: Record) -> bool:
        """What is accepted so far."""
        return record.outcome is Outcome.ACCEPTED

    def digest(self, record: Record) -> str:
        """Of the panel, and of all that it is shown."""
        shown = request_to_json(request_of(record))
        return digest_of(self._panel.identity, shown, record.reference)

    def subject(self, record: Record) -> Record:
        """The record itself."""
        return record

    async def run(self, record: Record) -> PanelRating:
        """What the panel makes of the answer.

        The source's own answer is the reference where another wrote this one.

        Raises:
            StageFault: the panel has not spoken, or would cost more than it may.
        """
        case = case_of(record.task, record.completion, record.reference)
        try:
            votes = await self._panel.votes(case, record.id)
        except BudgetSpent as error:
            raise StageFault(str(error), lasting=True) from error
        return rating_of(votes)

    def applied(self, record: Record, result: PanelRating) -> Record:
        """The record with its rating; rejected where it is not worth imitating."""
        return replace(record.with_result(self.name, result), ruling=judged(result))


def rating_of(votes: Sequence[Vote]) -> PanelRating:
    """What the votes come to. Pure.

    Raises:
        StageFault: the panel has not spoken, and is to be asked again.
    """
    levels = combined(votes)
    if levels is None:
        raise StageFault(f"the judge: {reason_of(votes)}")
    return PanelRating(
        {criterion.value: level.word for criterion, level in levels.items()},
        tuple(
            f"{vote.judge}: {criterion.value}: {rated.reasoning}"
            for vote in votes
            for criterion, rated in (vote.rating or {}).items()
        ),
    )


def judged(rating: PanelRating) -> Ruling:
    """What follows from a rating. Pure.

    Accepted is where the intent is met in full and neither clarity nor realism is at its lowest
    level.
    """
    levels = rating.levels
    met = levels[Criterion.INTENT_FIT] == RUBRIC[Criterion.INTENT_FIT].levels[0].word
    worth = all(
        levels[criterion] != RUBRIC[criterion].levels[-1].word
        for criterion in (Criterion.CLARITY, Criterion.REALISM)
    )
    if met and worth:
        return Ruling()
    words = ", ".join(f"{name} {word}" for name, word in levels.items())
    return Ruling(Outcome.REJECTED, f"the judge: {words}", rating.reasons)
