"""Has a judge rate the pairs that the tools accepted: is it meant so, clear, and realistic?

Off unless a judge is named. Its rule is stricter than the reward's, where clarity and realism cost
nothing: training data should be worth imitating.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from datagen.decision import Decision, Outcome
from datagen.topic import Posed, fenced
from rewardsvc.judge import Case
from rewardsvc.judge.panel import Panel
from rewardsvc.judge.rubric import RUBRIC, Criterion
from rewardsvc.judge.votes import Vote, combined, reason_of
from rewardsvc.llm.paid import seen_through
from rewardsvc.pipeline import prepare
from rewardsvc.types import ScoreRequest


class Rater(Protocol):
    """Decides about a pair that the tools accepted."""

    async def rated(self, posed: Posed, request: ScoreRequest, decision: Decision) -> Decision:
        """The decision on a pair that was accepted so far."""
        ...


class PanelRater:
    """Satisfies :class:`Rater` with a panel of judges."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel

    async def rated(self, posed: Posed, request: ScoreRequest, decision: Decision) -> Decision:
        """See :class:`Rater`. The topic's own answer is the reference where another wrote this."""
        artifact = prepare(request).artifact
        assert artifact is not None  # the tools accepted it
        own = prepare(replace(request, completion=fenced(request.task.format, posed.reference)))
        reference = own.artifact if own.artifact != artifact else None
        case = Case(request.task, artifact, (), reference)
        return judged(decision, await seen_through(self._panel.votes(case)))


def judged(decision: Decision, votes: Sequence[Vote]) -> Decision:
    """What the votes make of a decision that is ACCEPTED so far. Pure.

    It stays so where the intent is met in full and neither clarity nor realism is at its lowest
    level. Where the panel has not spoken, nothing is decided: it is asked again next time.
    """
    levels = combined(votes)
    if levels is None:
        return Decision(outcome=Outcome.FAULTED, reason=f"the judge: {reason_of(votes)}")
    rating = {criterion.value: level.word for criterion, level in levels.items()}
    met = levels[Criterion.INTENT_FIT] == RUBRIC[Criterion.INTENT_FIT].levels[0]
    worth = all(
        levels[criterion] != RUBRIC[criterion].levels[-1]
        for criterion in (Criterion.CLARITY, Criterion.REALISM)
    )
    if met and worth:
        return replace(decision, rating=rating)
    return replace(
        decision,
        outcome=Outcome.REJECTED,
        rating=rating,
        reason="the judge: " + ", ".join(f"{name} {word}" for name, word in rating.items()),
        diagnostics=tuple(
            f"{vote.judge}: {criterion.value}: {rated.reasoning}"
            for vote in votes
            for criterion, rated in (vote.rating or {}).items()
        ),
    )
