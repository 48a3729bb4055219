"""From judgements to figures: one row for each judge and category. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rewardsvc.audit.calibration.examples import Truth
from rewardsvc.audit.calibration.measure import Judged, RatedPair
from rewardsvc.judge.rubric import RUBRIC, Criterion, Level
from rewardsvc.judge.votes import Preference, combined, preference_of_panel
from rewardsvc.llm import TokenUsage, dollars_of
from rewardsvc.report.statistics import Estimate, kappa, pearson, share, spearman

ALL = "all"
"""The category that means every category."""

PANEL = "panel"
"""The judge that means all of them together."""


@dataclass(frozen=True, slots=True)
class JudgedExample:
    """One judge on one example; ``level`` is None where its judgement is missing."""

    id: str
    category: str
    truth: Truth
    length: int
    level: Level | None


@dataclass(frozen=True, slots=True)
class Contest:
    """One judge on one pair; the good answer is "first". ``answers``: its words in both orders."""

    category: str
    preference: Preference
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """How one judge did on one category.

    ``good`` and ``bad`` count what was judged, ``missing`` what was not. A positive is an answer
    that the judge calls good. ``consistent``: pairs with one answer in both orders;
    ``preferred``: pairs that the good answer wins in both; ``first``: how often the artifact that
    is shown first wins among all answers with a winner (0.5 without a bias).
    """

    judge: str
    category: str
    good: int
    bad: int
    missing: int
    true_positive_rate: Estimate
    true_negative_rate: Estimate
    kappa: Estimate
    pairs: int
    consistent: Estimate
    preferred: Estimate
    first: Estimate
    spearman: Estimate
    pearson: Estimate


@dataclass(frozen=True, slots=True)
class JudgeSpending:
    """What one judge's answers took in all; ``dollars`` is None where its price is not known.

    ``kept``: how many answers were paid for in an earlier run.
    """

    answers: int
    kept: int
    input_tokens: int
    output_tokens: int
    dollars: float | None


def records_of(judged: Sequence[Judged]) -> dict[str, list[JudgedExample]]:
    """The records of each judge, and of the panel where there are several."""
    records: dict[str, list[JudgedExample]] = {}
    for each in judged:
        levels: dict[str, Level | None] = {
            vote.judge: vote.rating[Criterion.INTENT_FIT].level if vote.rating else None
            for vote in each.votes
        }
        if len(each.votes) > 1:
            panel = combined(each.votes)
            levels[PANEL] = panel[Criterion.INTENT_FIT] if panel else None
        for judge, level in levels.items():
            example = each.example
            records.setdefault(judge, []).append(
                JudgedExample(example.id, example.category, each.truth, each.length, level)
            )
    return records


def contests_of(pairs: Sequence[RatedPair]) -> dict[str, list[Contest]]:
    """The contests of each judge, and of the panel where there are several."""
    contests: dict[str, list[Contest]] = {}
    for pair in pairs:
        category = pair.good.category
        for each in pair.compared:
            said = tuple(word for word in (each.forward, each.backward) if word is not None)
            contests.setdefault(each.judge, []).append(Contest(category, each.preference, said))
        if len(pair.compared) > 1:
            together = preference_of_panel([each.preference for each in pair.compared])
            contests.setdefault(PANEL, []).append(Contest(category, together))
    return contests


def figures_of(
    judge: str,
    records: Sequence[JudgedExample],
    contests: Sequence[Contest],
    good_from: Level,
) -> list[Figures]:
    """The figures of one judge, on everything and then on each category.

    ``good_from``: the lowest level at which the judge is taken to call an answer good.
    """
    categories = sorted({record.category for record in records})
    rows = [_figures(judge, ALL, records, contests, good_from)]
    if len(categories) > 1:
        rows += [
            _figures(
                judge,
                category,
                [record for record in records if record.category == category],
                [contest for contest in contests if contest.category == category],
                good_from,
            )
            for category in categories
        ]
    return rows


def level_counts(records: Iterable[JudgedExample]) -> dict[str, dict[str, int]]:
    """How often each level was given to good and to bad answers, best level first."""
    counts = Counter((record.truth, record.level.word) for record in records if record.level)
    words = [level.word for level in RUBRIC[Criterion.INTENT_FIT].levels]
    return {truth.value: {word: counts[truth, word] for word in words} for truth in Truth}


def spent_of(judged: Sequence[Judged], pairs: Sequence[RatedPair]) -> dict[str, JudgeSpending]:
    """What each judge's answers took."""
    usages: dict[str, list[TokenUsage]] = {}
    for each in judged:
        for vote in each.votes:
            usages.setdefault(vote.judge, []).append(vote.usage)
    for pair in pairs:
        for compared in pair.compared:
            usages.setdefault(compared.judge, []).extend(compared.usages)
    return {judge: _spent(found) for judge, found in usages.items()}


def as_pairs(records: Sequence[JudgedExample], good_from: Level) -> list[tuple[bool, bool]]:
    """(the tools call it good, the judge calls it good) of every record with a level."""
    return [
        (record.truth is Truth.GOOD, record.level.score >= good_from.score)
        for record in records
        if record.level is not None
    ]


def _figures(
    judge: str,
    category: str,
    records: Sequence[JudgedExample],
    contests: Sequence[Contest],
    good_from: Level,
) -> Figures:
    pairs = as_pairs(records, good_from)
    called_good = [said for truth, said in pairs if truth]
    called_bad = [not said for truth, said in pairs if not truth]
    points = [(record.level.score, record.length) for record in records if record.level]
    fought = [each for each in contests if each.preference is not Preference.MISSING]
    won = [each.preference for each in fought]
    winners = [word for each in fought for word in each.answers if word != "tie"]
    return Figures(
        judge=judge,
        category=category,
        good=len(called_good),
        bad=len(called_bad),
        missing=len(records) - len(pairs),
        true_positive_rate=share(sum(called_good), len(called_good)),
        true_negative_rate=share(sum(called_bad), len(called_bad)),
        kappa=kappa(pairs),
        pairs=len(fought),
        consistent=share(len(won) - won.count(Preference.INCONSISTENT), len(won)),
        preferred=share(won.count(Preference.FIRST), len(won)),
        first=share(winners.count("first"), len(winners)),
        spearman=spearman(points),
        pearson=pearson(points),
    )


def _spent(usages: Sequence[TokenUsage]) -> JudgeSpending:
    answered = [usage for usage in usages if usage.input_tokens or usage.output_tokens]
    return JudgeSpending(
        answers=len(answered),
        kept=sum(not usage.paid for usage in answered),
        input_tokens=sum(usage.input_tokens for usage in answered),
        output_tokens=sum(usage.output_tokens for usage in answered),
        dollars=dollars_of(answered),
    )
