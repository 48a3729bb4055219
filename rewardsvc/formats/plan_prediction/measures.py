"""How far a predicted plan agrees with the real one.

F1 over what is predicted and what is true: 2 · right / (predicted + true). Values known after apply
are in no truth, so that nobody has to guess them.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from rewardsvc.checks.equality import json_equal
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
from rewardsvc.verification.ladder import shortened
from rewardsvc.verification.schemas import Schema

MIN_SHARE = 0.1
"""Of precision and of recall. Below, what is right is no evidence of work: a list of all addresses
that there could be has some that are right."""

_SHOWN = 5
"""Differences of a kind that are named."""

_SCHEMA = Schema(SCHEMA)

_Words = Callable[[JsonValue], str]


@dataclass(frozen=True, slots=True)
class _Parts:
    """What of a plan is compared: ``of`` takes it out, ``words`` shows a value of it."""

    of: Callable[[Mapping[str, Any]], dict[Key, JsonValue]]
    words: _Words = str


def agreement(
    expected: Mapping[Key, JsonValue],
    found: Mapping[Key, JsonValue],
    words: _Words = str,
) -> Grade:
    """The F1 of what is found against what is expected, with the differences. Pure.

    ``words``: a value as differences show it.
    """

    def shown(value: JsonValue) -> str:
        return shortened(words(value))

    both = expected.keys() & found.keys()
    wrong = {key for key in both if not json_equal(expected[key], found[key])}
    right = len(both) - len(wrong)
    if right == len(expected) == len(found):
        return Grade(1.0)
    precision = right / len(found) if found else 0.0
    recall = right / len(expected) if expected else 0.0
    differences = [f"precision {precision:.2f}, recall {recall:.2f}"]
    missing = [key for key in expected if key not in both]
    invented = [key for key in found if key not in both]
    other = [key for key in found if key in wrong]
    said: tuple[tuple[str, list[Key], Callable[[Key], str]], ...] = (
        ("missing", missing, lambda key: f"{_name(key)} ({shown(expected[key])})"),
        ("not in the plan", invented, _name),
        (
            "wrong",
            other,
            lambda key: f"{_name(key)} is {shown(expected[key])}, predicted {shown(found[key])}",
        ),
    )
    for what, keys, named in said:
        if keys:
            rest = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
            names = ", ".join(map(named, keys[:_SHOWN]))
            differences.append(shortened(f"{what}: {names}{rest}"))
    if min(precision, recall) < MIN_SHARE:
        return Grade(0.0, tuple(differences))
    return Grade(2 * right / (len(found) + len(expected)), tuple(differences))


def _name(key: Key) -> str:
    return shortened(".".join(key))


def _as_json(value: JsonValue) -> str:
    return json.dumps(value, sort_keys=True)


def _against(
    parts: _Parts,
    name: str,
    exact: bool,
    truth: JsonValue,
    arguments: Mapping[str, JsonValue],
) -> Grading:
    without_arguments(name, arguments)
    violations = _SCHEMA.violations(truth)
    if violations:
        first = violations[0]
        raise NotComparable("truth", f"{first.place or 'the truth'}: {first.message}")
    for index, _, what in faults_of(truth):
        raise NotComparable("truth", f"resource_changes[{index}]: {what}")
    expected = parts.of(truth)
    if not expected:
        raise NotComparable("truth", "there is nothing in it to predict")

    def grade(documents: JsonValue) -> Grade:
        found = parts.of(documents[0]) if documents else {}
        graded = agreement(expected, found, parts.words)
        return Grade(0.0, graded.differences) if exact and graded.value < 1.0 else graded

    return grade


def _measure(name: str, described: str, parts: _Parts, *, exact: bool = False) -> GradedMeasure:
    return GradedMeasure(
        name=name,
        on=Target.DOCUMENTS,
        described=described,
        against=partial(_against, parts, name, exact),
    )


_ACTIONS = _Parts(actions_of)
_ATTRIBUTES = _Parts(attributes_of, _as_json)

MEASURES = (
    _measure("plan-changes", "the plan's addresses and actions (F1)", _ACTIONS),
    _measure("plan-exact", "exactly the plan's addresses and actions", _ACTIONS, exact=True),
    _measure("plan-attributes", "the attributes of planned resources (F1)", _ATTRIBUTES),
)
