"""Measures: how far an answer agrees with the truth of its task, as a number in [0, 1].

A format declares its measures (:attr:`rewardsvc.format.Format.measures`); a check of kind
``graded`` names one of them. Where other checks hold or do not, a graded one holds by degrees: its
weight counts by its grade.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rewardsvc.types import JsonValue, Target


@dataclass(frozen=True, slots=True)
class Grade:
    """How far one answer agrees. ``value``: in [0, 1], 1 where it does throughout.

    ``differences``: in what it does not, the gravest first; () at 1.
    """

    value: float
    differences: tuple[str, ...] = ()


Grading = Callable[[JsonValue], Grade]
"""The grade of what a verifier shows of an answer at the measure's target. Pure; never raises on
what the format's verifier shows, nor on what it shows of a no-op answer."""


class NotComparable(ValueError):
    """A truth or arguments that a measure can do nothing with; ``field`` says which of the two."""

    def __init__(self, field: str, what: str) -> None:
        super().__init__(what)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedMeasure:
    """One measure of a format."""

    name: str
    """What checks call it: ``plan-changes``."""
    on: Target
    """What it looks at."""
    described: str
    """What it measures, as a person reads it, without a full stop."""
    against: Callable[[JsonValue, Mapping[str, JsonValue]], Grading]
    """The grading against a truth, with the check's arguments.

    Raises:
        NotComparable: it can do nothing with them.
    """


def without_arguments(name: str, arguments: Mapping[str, JsonValue]) -> None:
    """Refuse the arguments of a measure that has none.

    Raises:
        NotComparable: there are some.
    """
    if arguments:
        raise NotComparable("arguments", f"{name} has no arguments: {', '.join(sorted(arguments))}")
