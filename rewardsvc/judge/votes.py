"""What the members of a panel said, what follows from it, and the stage that tells. Pure.

The rule: a panel has spoken where more than half of its members have voted; its level of a
criterion is the median of theirs, of two middle ones the lower. A member that did not vote, for
whatever reason, counts as absent, never as a level. Of two judges both must vote, and the stricter
one decides; one outlier of three cannot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rewardsvc.judge.base import MISSING, STAGE, skipped
from rewardsvc.judge.rubric import RUBRIC, Criterion, Level, Rating
from rewardsvc.llm import FREE, TokenUsage
from rewardsvc.types import Component, Diagnostic, Stage, StageStatus

_REASONING_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Vote:
    """What one judge said. ``rating`` is None where it is missing, and ``missing`` says why."""

    judge: str
    rating: Rating | None
    missing: str = ""
    usage: TokenUsage = FREE


def has_quorum(voted: int, members: int) -> bool:
    """Whether a panel of so many members has spoken."""
    return 2 * voted > members


def median_level(levels: Sequence[Level]) -> Level:
    """The median; of two middle ones the lower."""
    ranked = sorted(levels, key=lambda level: level.score)
    return ranked[(len(ranked) - 1) // 2]


def combined(votes: Sequence[Vote]) -> Mapping[Criterion, Level] | None:
    """The panel's level of each criterion; None where it has not spoken."""
    ratings = [vote.rating for vote in votes if vote.rating is not None]
    if not has_quorum(len(ratings), len(votes)):
        return None
    return {
        criterion: median_level([rating[criterion].level for rating in ratings])
        for criterion in Criterion
    }


def stage_of(votes: Sequence[Vote], seconds: float) -> Stage:
    """The ``judge`` stage: its score is that of the panel's level of the intent's fit.

    Clarity and realism are opinions: they are told and cost nothing. Skipped where the panel has
    not spoken.
    """
    told = tuple(found for vote in votes for found in _told(vote))
    levels = combined(votes)
    if levels is None:
        return skipped(*told, _missing(votes), seconds=seconds)
    words = ", ".join(f"{criterion.value} {level.word}" for criterion, level in levels.items())
    fit = levels[Criterion.INTENT_FIT]
    best = RUBRIC[Criterion.INTENT_FIT].levels[0]
    passed = fit.word == best.word
    verdict = Diagnostic(
        "info" if passed else "warning",
        f"{words} (fit of the intent: {fit.description})",
        "judgement",
    )
    return Stage(
        STAGE,
        Component.CORRECTNESS,
        StageStatus.PASSED if passed else StageStatus.FAILED,
        fit.score,
        seconds,
        (verdict, *told),
    )


def reason_of(votes: Sequence[Vote]) -> str:
    """Why the panel has not spoken."""
    voted = sum(vote.rating is not None for vote in votes)
    why = "; ".join(vote.missing for vote in votes if vote.missing)
    return f"{voted} of {len(votes)} judges voted, more than half must: {why}"


def _missing(votes: Sequence[Vote]) -> Diagnostic:
    return Diagnostic(
        "info", f"{reason_of(votes)}; correctness is what plan and checks say", MISSING
    )


def _told(vote: Vote) -> list[Diagnostic]:
    if vote.rating is None:
        told = [Diagnostic("info", f"{vote.judge}: no vote: {vote.missing}", "vote")]
    else:
        words = ", ".join(
            f"{criterion.value} {rated.level.word}" for criterion, rated in vote.rating.items()
        )
        why = " ".join(vote.rating[Criterion.INTENT_FIT].reasoning.split())
        if len(why) > _REASONING_CHARACTERS:
            why = why[:_REASONING_CHARACTERS] + "…"
        told = [Diagnostic("info", f"{vote.judge}: {words}: {why}", "vote")]
    usage = vote.usage
    if usage.input_tokens or usage.output_tokens:
        words = f"{usage.input_tokens} input and {usage.output_tokens} output tokens"
        if usage.dollars is not None:
            words += f", ${usage.dollars:.6f}"
        if not usage.paid:
            words += ", paid before"
        told.append(Diagnostic("info", f"{vote.judge}: {words}", "cost"))
    return told


class Preference(StrEnum):
    """What came of comparing two artifacts in both orders."""

    FIRST = "first"
    SECOND = "second"
    TIE = "tie"
    """Neither is better, in both orders."""
    INCONSISTENT = "inconsistent"
    """The order changed the answer: nobody has won."""
    MISSING = "missing"
    """An answer is missing."""


def preference_of(forward: str | None, backward: str | None) -> Preference:
    """The winner that both orders agree on.

    ``forward`` is the answer ("first", "second", "tie", None where missing) with the first artifact
    put first, ``backward`` the one with it put second.
    """
    if forward is None or backward is None:
        return Preference.MISSING
    turned = {"first": "second", "second": "first"}.get(backward, backward)
    return Preference(forward) if forward == turned else Preference.INCONSISTENT


def preference_of_panel(preferences: Sequence[Preference]) -> Preference:
    """What more than half of the members agree on; MISSING where too few have voted."""
    voted = [each for each in preferences if each is not Preference.MISSING]
    if not has_quorum(len(voted), len(preferences)):
        return Preference.MISSING
    for candidate in (Preference.FIRST, Preference.SECOND, Preference.TIE):
        if has_quorum(voted.count(candidate), len(preferences)):
            return candidate
    return Preference.INCONSISTENT
