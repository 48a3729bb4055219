"""Whether an evaluation is within its limits. Pure.

What cannot be measured (no answers of that kind, nothing scored, or some of what the evaluation
asks not answered yet) is not within a limit: a gate that nobody can fail protects nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rewardsvc.report.statistics import Estimate, mean, share, task_means
from rl.configs.limits import FigureName, GateLimit
from rl.evaluation.answer_set import AnswerSet
from rl.evaluation.answers import Evaluated
from rl.evaluation.asked import Breakdown
from rl.evaluation.breakdown import cost_figures, most_answers, right_at_k
from rl.evaluation.figures import difference, estimate, rewarded, right
from rl.evaluation.suite import Decoding


@dataclass(frozen=True, slots=True)
class GateResult:
    """What came of a limit. ``measured``: None where there is nothing to measure, or answers are
    ``missing``: so many of those that the evaluation asks for."""

    label: str
    limit: str
    measured: float | None
    passed: bool
    missing: int = 0

    def __str__(self) -> str:
        shown = "nothing to measure" if self.measured is None else f"{self.measured:.4g}"
        if self.missing:
            shown = f"{self.missing} answers are missing; the same `rl eval` again asks for them"
        return f"{self.label}: {self.limit}: {shown}"


def gate_results(
    sets: Mapping[str, AnswerSet], limits: Sequence[GateLimit], others: Mapping[str, AnswerSet]
) -> list[GateResult]:
    """What comes of every limit, for each model that it is of.

    Args:
        sets: the models that were evaluated, by label.
        limits: what they have to reach.
        others: the answers that limits are held against, by the words that name them.
    """
    results = []
    for limit in limits:
        labels = [limit.model] if limit.model is not None else list(sets)
        for label in labels:
            found = sets.get(label)
            missing = 0 if found is None else _missing(found, limit)
            if limit.against is not None:
                missing += _missing(others[limit.against], limit)
            measured = None if found is None or missing else _measured(found, limit, others)
            passed = _within(measured, limit)
            results.append(GateResult(label, words_of_limit(limit), measured, passed, missing))
    return results


def words_of_limit(limit: GateLimit) -> str:
    """A limit as words: ``fully_right (low) of category docker at least 0.6``."""
    bound = "" if limit.bound == "value" else f" ({limit.bound})"
    where = "".join(f" of {name} {value}" for name, value in _where(limit))
    against = f" against {limit.against}" if limit.against is not None else ""
    side = f"at least {limit.at_least:g}" if limit.at_least is not None else ""
    side = side or f"at most {limit.at_most:g}"
    return f"{limit.figure}{bound}, {limit.decoding}{where}{against} {side}"


def _where(limit: GateLimit) -> list[tuple[str, str]]:
    said = limit.where.model_dump(exclude_none=True)
    return [(name, str(value)) for name, value in said.items()]


def _within(measured: float | None, limit: GateLimit) -> bool:
    if measured is None:
        return False
    if limit.at_least is not None:
        return measured >= limit.at_least
    return limit.at_most is not None and measured <= limit.at_most


def _measured(
    answers: AnswerSet, limit: GateLimit, others: Mapping[str, AnswerSet]
) -> float | None:
    given = _chosen(answers, limit)
    if limit.against is not None:
        before = _chosen(others[limit.against], limit)
        figure = right if limit.figure == "fully_right" else rewarded
        return _bound(difference(before, given, figure), limit)
    if limit.figure in {"median_seconds", "slowest_seconds", "output_tokens"}:
        costs = cost_figures(given)
        return None if costs is None else float(getattr(costs, limit.figure))
    return _bound(_estimated(given, limit.figure), limit)


def _missing(answers: AnswerSet, limit: GateLimit) -> int:
    """How many answers that the limit is of are not there; one of a task of which nothing is known
    but its id may be."""
    decoding, wanted = Decoding(limit.decoding), _wanted(limit)
    there = {(each.task, each.number) for each in answers.answers.get(decoding, ())}
    return sum(
        id not in answers.tasks or all(answers.tasks[id].by(by) == value for by, value in wanted)
        for id, _ in answers.declared.get(decoding, frozenset()) - there
    )


def _wanted(limit: GateLimit) -> list[tuple[Breakdown, str]]:
    return [(Breakdown(name), value) for name, value in _where(limit)]


def _chosen(answers: AnswerSet, limit: GateLimit) -> list[Evaluated]:
    wanted = _wanted(limit)
    return [
        each
        for each in answers.answers.get(Decoding(limit.decoding), ())
        if all(answers.tasks[each.task].by(by) == value for by, value in wanted)
    ]


def _estimated(given: Sequence[Evaluated], figure: FigureName) -> Estimate:
    if figure == "fully_right":
        return estimate(given, right)
    if figure == "reward":
        return estimate(given, rewarded)
    if figure == "unscored":
        return share(sum(each.reward is None for each in given), len(given))
    if figure == "cut_off":
        ended = [each.cost.cut_off for each in given if each.cost is not None]
        return share(sum(ended), len(ended))
    if figure == "right_at_k":
        return right_at_k(given, most_answers(given)) if given else Estimate(None, None, None, 0)
    parts = (
        (each.task, float(getattr(each.verdict.components, figure)))
        for each in given
        if each.verdict.components is not None
    )
    return mean(list(task_means(parts).values()))


def _bound(found: Estimate, limit: GateLimit) -> float | None:
    if limit.bound == "low":
        return found.low
    return found.high if limit.bound == "high" else found.value
