"""What a model got wrong, as weights for the next data set (docs/focus.md). Pure.

A part's weight is how its share of errors compares with the share in all: one in which twice as
many answers are wrong gets twice as many tasks. Shares are drawn together by :data:`PRIOR`, so
that a handful of tasks decides nothing, and weights stay between :data:`LEAST` and :data:`MOST`.
Topics that are for a benchmark alone are counted in their category and never named: nothing may be
made of them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rewardsvc.focus import FocusWeight
from rl.evaluation.answers import Evaluated
from rl.evaluation.asked import ANY, NEVER_TRAINED_ON, PASS_RATE_WORDS, EvaluatedTask

LEAST, MOST = 0.25, 4.0

PRIOR = 4.0
"""Answers of a part that are taken to be as wrong as all are, besides its own."""

_NOTHING = 0.05
"""A weight as near to 1 as this changes nothing worth a line."""


def focus_of(
    tasks: Mapping[str, EvaluatedTask], answers: Sequence[Evaluated]
) -> tuple[FocusWeight, ...]:
    """The weights of categories against each other, and of topics and levels of difficulty within
    their category."""
    asked = [
        (tasks[each.task], not each.right)
        for each in answers
        if each.reward is not None and each.task in tasks
    ]
    weights: list[FocusWeight] = []
    by_category = _weights((task.category, wrong) for task, wrong in asked)
    for category, weight in by_category.items():
        if category == ANY:
            continue
        if abs(weight - 1) > _NOTHING:
            weights.append(FocusWeight(category=category, weight=weight))
        inside = [each for each in asked if each[0].category == category]
        never = {task.topic for task, _ in inside if task.novelty == NEVER_TRAINED_ON}
        for topic, of_topic in _weights((task.topic, wrong) for task, wrong in inside).items():
            known = topic not in {ANY, category} and topic not in never
            if known and abs(of_topic - 1) > _NOTHING:
                weights.append(FocusWeight(category=category, topic=topic, weight=of_topic))
        levels = _weights((task.difficulty, wrong) for task, wrong in inside)
        for level, of_level in levels.items():
            if level not in {ANY, *PASS_RATE_WORDS} and abs(of_level - 1) > _NOTHING:
                weights.append(FocusWeight(category=category, difficulty=level, weight=of_level))
    return tuple(weights)


def _weights(parts: Iterable[tuple[str, bool]]) -> dict[str, float]:
    """How wrong each part is beside all of them together."""
    total: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for part, is_wrong in parts:
        total[part] += 1
        wrong[part] += is_wrong
    if not wrong.total():
        return dict.fromkeys(sorted(total), 1.0)
    share = wrong.total() / total.total()
    found = {}
    for part in sorted(total):
        drawn = (wrong[part] + PRIOR * share) / (total[part] + PRIOR)
        found[part] = round(min(MOST, max(LEAST, drawn / share)), 2)
    return found
