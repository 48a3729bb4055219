"""How far a predicted plan agrees with the real one.

F1 over what is predicted and what is true: 2 · right / (predicted + true). Values known after apply
are in no truth, so that nobody has to guess them.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from rewardsvc.checks.measures import (
    Grade,
    GradedMeasure,
    Grading,
    NotComparable,
    without_arguments,
)
from rewardsvc.formats.plan_prediction.changes import (
    SCHEMA,
    Key,
    actions_of,
    attributes_of,
    faults_of,
)
from rewardsvc.types import JsonValue, Target
from rewardsvc.verification.schemas import Schema

MIN_SHARE = 0.1
"""Of precision and of recall. Below, what is right is no evidence of work: a list of all addresses
that there could be has some that are right."""

_SHOWN = 5
"""Differences of a kind that are named."""

_SCHEMA = Schema(SCHEMA)

_Parts = Callable[[Mapping[str, Any]], dict[Key, str]]


def agreement(expected: Mapping[Key, str], found: Mapping[Key, str]) -> Grade:
    """The F1 of what is found against what is expected, with the differences. Pure."""
    right = sum(expected.get(key) == value for key, value in found.items())
    if right == len(expected) == len(found):
        return Grade(1.0)
    precision = right / len(found) if found else 0.0
    recall = right / len(expected) if expected else 0.0
    differences = [f"precision {precision:.2f}, recall {recall:.2f}"]
    missing = [f"{_name(key)} ({expected[key]})" for key in expected if key not in found]
    invented = [_name(key) for key in found if key not in expected]
    other = [
        f"{_name(key)} is {expected[key]}, predicted {value}"
        for key, value in found.items()
        if expected.get(key, value) != value
    ]
    for what, names in (("missing", missing), ("not in the plan", invented), ("wrong", other)):
        if names:
            rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            differences.append(f"{what}: {', '.join(names[:_SHOWN])}{rest}")
    if min(precision, recall) < MIN_SHARE:
        return Grade(0.0, tuple(differences))
    return Grade(2 * right / (len(found) + len(expected)), tuple(differences))


def _name(key: Key) -> str:
    return ".".join(key)


def _against(
    parts: _Parts, name: str, exact: bool, truth: JsonValue, arguments: Mapping[str, JsonValue]
) -> Grading:
    without_arguments(name, arguments)
    violations = _SCHEMA.violations(truth)
    if violations:
        first = violations[0]
        raise NotComparable("truth", f"{first.place or 'the truth'}: {first.message}")
    for index, _, what in faults_of(truth):
        raise NotComparable("truth", f"resource_changes[{index}]: {what}")
    expected = parts(truth)
    if not expected:
        raise NotComparable("truth", "there is nothing in it to predict")

    def grade(documents: JsonValue) -> Grade:
        found = parts(documents[0]) if documents else {}
        graded = agreement(expected, found)
        return Grade(0.0, graded.differences) if exact and graded.value < 1.0 else graded

    return grade


def _measure(name: str, described: str, parts: _Parts, *, exact: bool = False) -> GradedMeasure:
    return GradedMeasure(
        name=name,
        on=Target.DOCUMENTS,
        described=described,
        against=partial(_against, parts, name, exact),
    )


MEASURES = (
    _measure("plan-changes", "the plan's addresses and actions (F1)", actions_of),
    _measure("plan-exact", "exactly the plan's addresses and actions", actions_of, exact=True),
    _measure("plan-attributes", "the attributes of planned resources (F1)", attributes_of),
)
