"""How much one request may ask for: what a request multiplies is bounded before anything reads it.

A task is trusted more than an answer, but it is written by models and programs too, and one request
must not cost what a thousand do. The bounds are far above what tasks of people and of `datagen`
have.
"""

import math
from collections.abc import Iterable, Mapping
from typing import NoReturn

from rewardsvc.errors import InvalidRequest
from rewardsvc.fences import clean_path
from rewardsvc.types import ABSENT, Check, JsonValue, ScoreRequest, Task

MAX_ID_CHARACTERS = 1000
MAX_WORD_CHARACTERS = 200
"""Of a name: a category, a format, a named check, a measure."""
MAX_PATH_CHARACTERS = 1024
MAX_FILES = 256
"""That a task asks for, or gives in ``before`` or in one fixture."""
MAX_FIXTURES = 32
MAX_CHECKS = 256
"""Of one task, those of its fixtures included: each is evaluated, some out of process."""
MAX_RULES = 1000
"""Of all Rego checks of one task: each is a query."""
MAX_POLICY_CHARACTERS = 1_000_000
"""Of all policies of one task, ten of the largest that one check may have."""
MAX_WEIGHT = 1000.0
"""Of a check, beside others that have 1; sums and shares stay exact."""
MAX_DESCRIPTION_CHARACTERS = 2000
"""Of a check: it is repeated in diagnostics, for each check that does not hold."""
MAX_MEANS = 256
"""Names of one kind."""
MAX_VALUES = 10_000
"""In the JSON that one check expects or is given; it is compared, and shown."""
MAX_TRUTH_VALUES = 100_000
MAX_DEPTH = 32
"""Of such JSON. A message of protobuf holds 100 levels, and each of ours takes three."""
MAX_TEXT_CHARACTERS = 1_000_000
"""In such JSON, all texts and keys together."""


def require_limits(request: ScoreRequest) -> None:
    """Raise InvalidRequest, which names the field, where a request asks for too much."""
    _at_most("id", request.id, MAX_ID_CHARACTERS)
    require_task_limits(request.task)


def require_task_limits(task: Task) -> None:
    """The same for a task without an answer to it."""
    _at_most("task.category", task.category, MAX_WORD_CHARACTERS)
    _at_most("task.format", task.format, MAX_WORD_CHARACTERS)
    _paths("task.files", task.files)
    _paths("task.before", task.before)
    _within("task.before", task.before)
    if len(task.fixtures) > MAX_FIXTURES:
        raise InvalidRequest("task.fixtures", f"{len(task.fixtures)}, more than {MAX_FIXTURES}")
    for index, fixture in enumerate(task.fixtures):
        _paths(f"task.fixtures[{index}].files", fixture.files)
    _require_checks(task)
    _json("task.truth", task.truth, MAX_TRUTH_VALUES)
    if task.means is not None:
        for kind in ("providers", "crds", "libraries", "modules"):
            _names(f"task.means.{kind}", getattr(task.means, kind))
        for name, versions in task.means.providers.items():
            _names(f"task.means.providers.{name}", versions)


def require_weight(place: str, weight: float) -> None:
    """Raise InvalidRequest where a check's weight is none that can be summed."""
    if not 0 < weight <= MAX_WEIGHT:  # nan is neither
        raise InvalidRequest(
            place, f"{weight} is not a positive finite number of at most {MAX_WEIGHT:g}"
        )


def _require_checks(task: Task) -> None:
    places = [
        ("task.checks", task.checks),
        *((f"task.fixtures[{n}].checks", each.checks) for n, each in enumerate(task.fixtures)),
    ]
    number = rules = policies = 0
    for place, checks in places:
        number += len(checks)
        if number > MAX_CHECKS:
            raise InvalidRequest(place, f"{number} checks, more than {MAX_CHECKS} of one task")
        for index, check in enumerate(checks):
            here = f"{place}[{index}]"
            _require_check(here, check)
            rules += len(check.rules)
            if rules > MAX_RULES:
                raise InvalidRequest(f"{here}.rules", f"more than {MAX_RULES} of one task")
            policies += len(check.policy)
            if policies > MAX_POLICY_CHARACTERS:
                raise InvalidRequest(
                    f"{here}.policy", f"more than {MAX_POLICY_CHARACTERS} characters of one task"
                )


def _require_check(place: str, check: Check) -> None:
    require_weight(f"{place}.weight", check.weight)
    _at_most(f"{place}.name", check.name, MAX_WORD_CHARACTERS)
    _at_most(f"{place}.measure", check.measure, MAX_WORD_CHARACTERS)
    _at_most(f"{place}.description", check.description, MAX_DESCRIPTION_CHARACTERS)
    for index, name in enumerate(check.rules):
        _at_most(f"{place}.rules[{index}]", name, MAX_WORD_CHARACTERS)
    if check.expect is not ABSENT:
        _json(f"{place}.expect", check.expect, MAX_VALUES)
    _json(f"{place}.arguments", check.arguments, MAX_VALUES)


def _at_most(place: str, text: str, characters: int) -> None:
    if len(text) > characters:
        raise InvalidRequest(place, f"{len(text)} characters, more than {characters}")


def _paths(place: str, paths: Iterable[str]) -> None:
    for number, path in enumerate(paths):
        if number >= MAX_FILES:
            raise InvalidRequest(place, f"more than {MAX_FILES} files")
        _at_most(f"{place}[{number}]", path, MAX_PATH_CHARACTERS)


def _within(place: str, paths: Iterable[str]) -> None:
    for path in paths:
        if clean_path(path) != path:
            raise InvalidRequest(f"{place}[{path!r}]", "is no path below the work directory")


def _names(place: str, names: Iterable[str]) -> None:
    for number, name in enumerate(names):
        if number >= MAX_MEANS:
            raise InvalidRequest(place, f"more than {MAX_MEANS}")
        _at_most(place, name, MAX_PATH_CHARACTERS)


def _json(place: str, value: JsonValue, most: int) -> None:
    """Bound JSON in the number of its values, their depth and their text, level by level."""

    def refuse(message: str) -> NoReturn:
        raise InvalidRequest(place, message)

    level: list[JsonValue] = [value]
    seen = characters = depth = 0
    while level:
        seen += len(level)
        if seen > most:
            refuse(f"more than {most} values")
        if depth > MAX_DEPTH:
            refuse(f"nested deeper than {MAX_DEPTH} levels")
        below: list[JsonValue] = []
        for each in level:
            if isinstance(each, str):
                characters += len(each)
            elif isinstance(each, Mapping):
                characters += sum(map(len, each))
                below.extend(each.values())
            elif isinstance(each, list | tuple):
                below.extend(each)
            elif isinstance(each, int | float):
                _require_number(place, each)
        if characters > MAX_TEXT_CHARACTERS:
            refuse(f"more than {MAX_TEXT_CHARACTERS} characters")
        level = below
        depth += 1


def _require_number(place: str, number: float) -> None:
    try:
        finite = math.isfinite(float(number))
    except OverflowError:
        finite = False
    if not finite:
        raise InvalidRequest(place, "a number that is not finite, or beyond what a double holds")
