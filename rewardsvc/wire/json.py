"""The types as JSON objects and back: requests, tasks, checks, verdicts."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from rewardsvc.answer import without_marks
from rewardsvc.errors import InvalidRequest
from rewardsvc.nearest import nearest
from rewardsvc.types import (
    ABSENT,
    Check,
    Components,
    Fixture,
    JsonValue,
    Means,
    ScoreRequest,
    Task,
    Verdict,
)
from rewardsvc.wire.text import clean

_REQUEST = TypeAdapter(ScoreRequest)
_VERDICT = TypeAdapter(Verdict)

_KEYS = {key.name for model in (ScoreRequest, Task, Check, Means, Fixture) for key in fields(model)}
"""Of requests, to guess which was meant."""


def parsed(text: str | bytes, what: str) -> JsonValue:
    """The value of a JSON text, without lone surrogates and without numbers that are not finite.

    A byte-order mark before it is passed over (RFC 8259, section 8.1), and so is what else nobody
    sees.

    Raises:
        InvalidRequest: not UTF-8 or not JSON; its field is ``what``.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode()
        # json rather than pydantic's own parser: it accepts lone surrogates, which models write.
        text = without_marks(text)
        return clean(json.loads(text, parse_constant=_refuse_constant, parse_float=_finite_float))
    except UnicodeDecodeError as error:
        raise InvalidRequest(what, f"not UTF-8: {error.reason} at byte {error.start}") from error
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(what, f"not JSON: {error}") from error


def first_problem(error: ValidationError, what: str) -> InvalidRequest:
    """What is wrong first, by the place of its field (``task.checks[2].expr``), or ``what``."""
    # Whoever mistypes a key lacks the right one too: the wrong one says more.
    first = min(error.errors(), key=lambda each: each["type"] == "missing")
    match first["type"]:
        case "missing":
            words = "is missing"
        case "unexpected_keyword_argument" | "extra_forbidden":
            words = f"there is no such key{nearest(str(first['loc'][-1]), _KEYS)}"
        case "dataclass_type":
            words = "must be a JSON object"
        case _:
            words = first["msg"]
    return InvalidRequest(_place(first["loc"]) or what, words)


def request_from_json(text: str | bytes) -> ScoreRequest:
    """One request from one JSON object.

    Raises:
        InvalidRequest: not UTF-8, not JSON, or not a request; names the field.
    """
    return request_from_object(parsed(text, "request"))


def request_from_object(data: JsonValue) -> ScoreRequest:
    """One request from parsed JSON.

    Raises:
        InvalidRequest: not a request; names the field.
    """
    try:
        return _REQUEST.validate_python(data)
    except ValidationError as error:
        raise first_problem(error, "request") from error


def request_to_json(request: ScoreRequest) -> dict[str, JsonValue]:
    """The request as a JSON object."""
    return {
        "id": request.id,
        "task": task_to_json(request.task),
        "completion": request.completion,
    }


def task_to_json(task: Task) -> dict[str, JsonValue]:
    """The task as a JSON object; what came after the first version only where given."""
    data: dict[str, JsonValue] = {
        "category": task.category,
        "format": task.format,
        "instruction": task.instruction,
        "input": task.input,
        "files": list(task.files),
        "checks": [check_to_json(check) for check in task.checks],
        "reference": task.reference,
    }
    data |= conditions_to_json(task.means, task.truth, task.before, task.fixtures)
    return data


def conditions_to_json(
    means: Means | None,
    truth: JsonValue,
    before: Mapping[str, str],
    fixtures: Sequence[Fixture],
) -> dict[str, JsonValue]:
    """What a task is scored with beside its checks, as keys of its object; only what is given."""
    data: dict[str, JsonValue] = {}
    if means is not None:
        data["means"] = means_to_json(means)
    if truth is not None:
        data["truth"] = truth
    if before:
        data["before"] = dict(before)
    if fixtures:
        data["fixtures"] = [_fixture_to_json(fixture) for fixture in fixtures]
    return data


def means_to_json(means: Means) -> dict[str, JsonValue]:
    """The means as a JSON object; ``{}`` where a server needs nothing."""
    data: dict[str, JsonValue] = {}
    if means.providers:
        data["providers"] = {name: list(found) for name, found in means.providers.items()}
    for word, names in (
        ("crds", means.crds),
        ("libraries", means.libraries),
        ("modules", means.modules),
    ):
        if names:
            data[word] = list(names)
    return data


def check_to_json(check: Check) -> dict[str, JsonValue]:
    """The check as a JSON object; what belongs to one kind of check only where given."""
    data: dict[str, JsonValue] = {"kind": check.kind.value}
    if check.on is not None:
        data["on"] = check.on.value
    if check.expr:
        data["expr"] = check.expr
    if check.policy:
        data["policy"] = check.policy
    if check.rules:
        data["rules"] = list(check.rules)
    if check.name:
        data["name"] = check.name
    if check.measure:
        data["measure"] = check.measure
    if check.arguments:
        data["arguments"] = dict(check.arguments)
    if check.expect is not ABSENT:
        data["expect"] = check.expect
    data["weight"] = check.weight
    data["description"] = check.description
    return data


def verdict_to_json(verdict: Verdict) -> dict[str, JsonValue]:
    """The verdict as a JSON object in which every key is always there.

    Raises:
        ValueError: a reward that is not a finite number.
    """
    if verdict.reward is not None and not math.isfinite(verdict.reward):
        raise ValueError(f"verdict {verdict.id!r}: reward {verdict.reward!r} is not finite")
    data: dict[str, JsonValue] = {
        "id": verdict.id,
        "status": verdict.status.value,
        "reward": verdict.reward,
        "components": _components_to_json(verdict.components) if verdict.components else None,
        "stages": [
            {
                "name": stage.name,
                "component": stage.component.value,
                "status": stage.status.value,
                "score": stage.score,
                "seconds": stage.seconds,
                "diagnostics": [
                    {
                        "severity": finding.severity,
                        "code": finding.code,
                        "message": finding.message,
                        "file": finding.file,
                        "line": finding.line,
                    }
                    for finding in stage.diagnostics
                ],
            }
            for stage in verdict.stages
        ],
        "failure_kind": verdict.failure_kind.value if verdict.failure_kind else "",
        "failure_reason": verdict.failure_reason,
        "chosen": verdict.chosen,
        "toolchain": verdict.toolchain,
        "rule": {
            "version": verdict.rule.version,
            "weights": _components_to_json(verdict.rule.weights),
        },
        "cached": verdict.cached,
    }
    # A tool's words about a file may hold what UTF-8 cannot.
    return {key: clean(value) for key, value in data.items()}


def verdict_from_json(text: str | bytes) -> Verdict:
    """One verdict from one JSON object.

    Raises:
        InvalidRequest: not a verdict; names the field.
    """
    data = parsed(text, "verdict")
    if not isinstance(data, dict):
        raise InvalidRequest("verdict", "not a JSON object")
    try:
        return _VERDICT.validate_python({**data, "failure_kind": data.get("failure_kind") or None})
    except ValidationError as error:
        raise first_problem(error, "verdict") from error


def _fixture_to_json(fixture: Fixture) -> dict[str, JsonValue]:
    data: dict[str, JsonValue] = {}
    if fixture.files:
        data["files"] = dict(fixture.files)
    if fixture.sql:
        data["sql"] = fixture.sql
    data["checks"] = [check_to_json(check) for check in fixture.checks]
    return data


def _components_to_json(components: Components) -> dict[str, float]:
    return {
        "syntax": components.syntax,
        "correctness": components.correctness,
        "format": components.format,
    }


def _place(location: tuple[int | str, ...]) -> str:
    """``("task", "checks", 2, "expr")`` as ``task.checks[2].expr``."""
    place = ""
    for part in location:
        place += f"[{part}]" if isinstance(part, int) else f".{part}"
    return place.lstrip(".")


def _refuse_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _finite_float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits} is not a finite number")
    return number
