"""The figures of an evaluation: right at one and at k answers, and broken down by tasks. Pure.

Right at k is the chance that of k answers to a task one is fully right, estimated without bias from
n >= k of them: 1 - C(n - c, k) / C(n, k), where c are right (Chen et al. 2021,
https://arxiv.org/abs/2107.03374, equation 1).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb

import numpy as np

from rewardsvc.report.page import ReportTable
from rewardsvc.report.statistics import Estimate, mean
from rl.evaluation.answers import Evaluated
from rl.evaluation.asked import ANY, Breakdown, EvaluatedTask
from rl.evaluation.figures import estimate, percent, rewarded, right
from rl.evaluation.suite import Decoding

Answers = Mapping[Decoding, Sequence[Evaluated]]
"""Of one subject."""


def right_at(k: int, n: int, c: int) -> float:
    """The chance that one of k answers is right, where c of n were.

    Raises:
        ValueError: there are fewer than k answers, or more right ones than answers.
    """
    if not 0 <= c <= n or not 1 <= k <= n:
        raise ValueError(f"{c} of {n} answers right cannot tell of {k}")
    return 1.0 - comb(n - c, k) / comb(n, k)


def right_at_k(answers: Sequence[Evaluated], k: int) -> Estimate:
    """Right at k over tasks, with its interval; tasks with fewer than k scored answers are left
    out."""
    scored: defaultdict[str, list[bool]] = defaultdict(list)
    for answer in answers:
        if answer.reward is not None:
            scored[answer.task].append(answer.right)
    return mean([right_at(k, len(all_), sum(all_)) for all_ in scored.values() if len(all_) >= k])


def most_answers(answers: Sequence[Evaluated]) -> int:
    """How many answers a task has at most."""
    return max((answer.number + 1 for answer in answers), default=0)


@dataclass(frozen=True, slots=True)
class CostFigures:
    """What answers took. Seconds of half of them at most (``median``) and of 95% (``slowest``);
    mean tokens; the share that the limit of tokens ended."""

    median_seconds: float
    slowest_seconds: float
    input_tokens: float
    output_tokens: float
    cut_off: float


def cost_figures(answers: Sequence[Evaluated]) -> CostFigures | None:
    """What answers took; None where that was not measured."""
    costs = [answer.cost for answer in answers if answer.cost is not None]
    if not costs:
        return None
    seconds = [cost.seconds for cost in costs]
    return CostFigures(
        median_seconds=float(np.quantile(seconds, 0.5)),
        slowest_seconds=float(np.quantile(seconds, 0.95)),
        input_tokens=sum(cost.input_tokens for cost in costs) / len(costs),
        output_tokens=sum(cost.output_tokens for cost in costs) / len(costs),
        cut_off=sum(cost.cut_off for cost in costs) / len(costs),
    )


def breakdown_table(
    by: Breakdown,
    tasks: Mapping[str, EvaluatedTask],
    answers: Mapping[str, Sequence[Evaluated]],
) -> ReportTable | None:
    """Fully right and mean reward for each value, a column for each subject.

    None where all tasks are of one value: there is nothing to break down.
    """
    values = sorted({task.by(by) for task in tasks.values()})
    if len(values) < 2:
        return None
    cells: defaultdict[tuple[str, str], list[Evaluated]] = defaultdict(list)
    for subject, given in answers.items():
        for answer in given:
            if answer.task in tasks:
                cells[tasks[answer.task].by(by), subject].append(answer)
    rows = []
    for value in values:
        count = sum(task.by(by) == value for task in tasks.values())
        row = ["not said" if value == ANY else value, str(count)]
        for subject in answers:
            here = cells[value, subject]
            reward = estimate(here, rewarded).value
            shown = percent(estimate(here, right))
            row.append(shown if reward is None else f"{shown}, {reward:.3f}")
        rows.append(row)
    return ReportTable([by.value, "tasks", *answers], rows)
