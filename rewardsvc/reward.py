"""The reward rule: stages become components, components become a reward. Pure.

``reward = 0.4 * syntax + 0.3 * correctness + 0.3 * format`` with configurable weights. Within
syntax and within correctness the stages multiply, for each is a gate to the next; within format
they average, for none is a condition of another. A skipped stage does not count.
docs/reward.md explains the rule to a user.
"""

import math
from collections.abc import Iterable, Sequence

from rewardsvc.types import Component, Components, Rule, Stage, StageStatus

RULE_VERSION = "3"
"""Raised by every change that can change a reward."""

DEFAULT_WEIGHTS = Components(syntax=0.4, correctness=0.3, format=0.3)

UNPARSED_SYNTAX_CAP = 0.1
"""What does not parse earns at most this for syntax."""

EMPTY_CAP = 0.5
"""Artifacts that do not parse (format), or are vacuous, off-task or beyond their means (syntax and
format), earn at most this."""


def partial_credit(errors: int) -> float:
    """Credit for a stage with that many errors: 1 for none, then 1/2, 1/3 … (monotone)."""
    return 1.0 / (1 + errors)


def lint_credit(errors: int, warnings: int) -> float:
    """Credit for a lint stage; a warning costs half of what an error does (monotone in both)."""
    return 1.0 / (1 + errors + warnings / 2)


def components_of(
    stages: Sequence[Stage], *, parsed: bool, vacuous: bool, off_task: bool
) -> Components:
    """The three components, each in [0, 1], of one artifact's stages.

    Without a correctness stage that ran (no plan, no checks, no judge), correctness is 1 where
    the artifact was accepted (syntax is 1) and 0 otherwise.

    Raises:
        ValueError: a score that is not a finite number in [0, 1].
    """
    for stage in stages:
        if not (math.isfinite(stage.score) and 0.0 <= stage.score <= 1.0):
            raise ValueError(f"stage {stage.name}: score {stage.score!r} is not in [0, 1]")
    syntax = math.prod(_scores(stages, Component.SYNTAX))
    decided = _scores(stages, Component.CORRECTNESS)
    correctness = math.prod(decided) if decided else float(syntax == 1.0)
    looks = _scores(stages, Component.FORMAT)
    form = sum(looks) / len(looks) if looks else 1.0
    if not parsed:
        return Components(min(syntax, UNPARSED_SYNTAX_CAP), 0.0, min(form, EMPTY_CAP))
    if vacuous or off_task:
        return Components(min(syntax, EMPTY_CAP), 0.0, min(form, EMPTY_CAP))
    return Components(syntax, correctness, form)


def reward_of(components: Components, weights: Components) -> float:
    """The weighted mean of the components, in [0, 1].

    Raises:
        ValueError: the weights do not add up to more than 0.
    """
    total = weights.syntax + weights.correctness + weights.format
    if not (math.isfinite(total) and total > 0):
        raise ValueError(f"the weights add up to {total}")
    earned = (
        weights.syntax * components.syntax
        + weights.correctness * components.correctness
        + weights.format * components.format
    )
    return min(1.0, earned / total)  # the sum may be rounded up


def rule_of(weights: Components) -> Rule:
    """The rule as a verdict names it."""
    return Rule(RULE_VERSION, weights)


def _scores(stages: Iterable[Stage], component: Component) -> list[float]:
    return [
        stage.score
        for stage in stages
        if stage.component is component and stage.status is not StageStatus.SKIPPED
    ]
