"""Conversion between the types and the wire: JSON lines and protobuf messages. Nowhere else.

Both borders say the same words (``protos/assay/reward/v1/reward.proto``). Text from outside may
hold lone surrogates (JSON can say ``"\\ud800"``); they become U+FFFD here, so that everything
inside is valid UTF-8.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Literal

from assay.reward.v1 import reward_pb2 as pb
from google.protobuf import json_format
from google.protobuf.struct_pb2 import Value
from pydantic import TypeAdapter, ValidationError

from rewardsvc.errors import InvalidRequest
from rewardsvc.types import (
    ABSENT,
    Check,
    CheckKind,
    Component,
    Components,
    Diagnostic,
    FailureKind,
    JsonValue,
    Rule,
    ScoreRequest,
    Stage,
    StageStatus,
    Status,
    Target,
    Task,
    Verdict,
)

_SURROGATE = re.compile("[\ud800-\udfff]")

_SEVERITIES: Mapping[str, Literal["error", "warning", "info"]] = {
    "error": "error",
    "warning": "warning",
    "info": "info",
}

_REQUEST = TypeAdapter(ScoreRequest)
_VERDICT = TypeAdapter(Verdict)


def clean_text(text: str) -> str:
    """The text with what UTF-8 cannot hold replaced by U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


def parsed(text: str | bytes, what: str) -> JsonValue:
    """The value of a JSON text, without lone surrogates and without numbers that are not finite.

    Raises:
        InvalidRequest: not UTF-8 or not JSON; its field is ``what``.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode()
        # json rather than pydantic's own parser: it accepts lone surrogates, which models write.
        return _cleaned(
            json.loads(text, parse_constant=_refuse_constant, parse_float=_finite_float)
        )
    except UnicodeDecodeError as error:
        raise InvalidRequest(what, f"not UTF-8: {error.reason} at byte {error.start}") from error
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(what, f"not JSON: {error}") from error


def first_problem(error: ValidationError, what: str) -> InvalidRequest:
    """What is wrong first, by the place of its field (``task.checks[2].expr``), or ``what``."""
    first = error.errors()[0]
    return InvalidRequest(_place(first["loc"]) or what, first["msg"])


# --- requests -----------------------------------------------------------------------------------


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
    """The task as a JSON object."""
    return {
        "category": task.category,
        "format": task.format,
        "instruction": task.instruction,
        "input": task.input,
        "files": list(task.files),
        "checks": [check_to_json(check) for check in task.checks],
    }


def check_to_json(check: Check) -> dict[str, JsonValue]:
    """The check as a JSON object: ``expr`` or ``policy``, and ``expect`` only where given."""
    data: dict[str, JsonValue] = {"kind": check.kind.value, "on": check.on.value}
    if check.expr:
        data["expr"] = check.expr
    if check.policy:
        data["policy"] = check.policy
    if check.expect is not ABSENT:
        data["expect"] = check.expect
    data["weight"] = check.weight
    data["description"] = check.description
    return data


def request_to_proto(request: ScoreRequest) -> pb.ScoreRequest:
    """The request as a message.

    Raises:
        InvalidRequest: an ``expect`` that a message cannot hold (a number that is not finite).
    """
    task = request.task
    return pb.ScoreRequest(
        id=clean_text(request.id),
        task=pb.Task(
            category=clean_text(task.category),
            format=clean_text(task.format),
            instruction=clean_text(task.instruction),
            input=clean_text(task.input),
            files=[clean_text(file) for file in task.files],
            checks=[
                _check_to_proto(check, f"task.checks[{index}]")
                for index, check in enumerate(task.checks)
            ],
        ),
        completion=clean_text(request.completion),
    )


def request_from_proto(message: pb.ScoreRequest) -> ScoreRequest:
    """The request in a message.

    Raises:
        InvalidRequest: an unknown word; names the field.
    """
    task = message.task
    return ScoreRequest(
        id=message.id,
        task=Task(
            category=task.category,
            format=task.format,
            instruction=task.instruction,
            input=task.input,
            files=tuple(task.files),
            checks=tuple(
                _check_from_proto(check, f"task.checks[{index}]")
                for index, check in enumerate(task.checks)
            ),
        ),
        completion=message.completion,
    )


def _check_to_proto(check: Check, place: str) -> pb.Check:
    message = pb.Check(
        kind=check.kind.value,
        on=check.on.value,
        expr=clean_text(check.expr),
        policy=clean_text(check.policy),
        weight=check.weight,
        description=clean_text(check.description),
    )
    if check.expect is not ABSENT:
        try:
            json.dumps(check.expect, allow_nan=False)  # ParseDict lets nested infinities through
            message.expect.CopyFrom(json_format.ParseDict(_cleaned(check.expect), Value()))
        except (json_format.Error, ValueError, OverflowError) as error:
            raise InvalidRequest(f"{place}.expect", str(error)) from error
    return message


def _check_from_proto(message: pb.Check, place: str) -> Check:
    try:
        kind = CheckKind(message.kind or CheckKind.JMESPATH)
    except ValueError as error:
        raise InvalidRequest(f"{place}.kind", _not_among(message.kind, CheckKind)) from error
    try:
        target = Target(message.on)
    except ValueError as error:
        raise InvalidRequest(f"{place}.on", _not_among(message.on, Target)) from error
    try:
        expect = json_format.MessageToDict(message.expect) if message.HasField("expect") else ABSENT
    except (json_format.Error, ValueError) as error:
        # ValueError: a number that is not finite.
        raise InvalidRequest(f"{place}.expect", str(error)) from error
    return Check(
        kind=kind,
        on=target,
        expr=message.expr,
        policy=message.policy,
        expect=expect,
        weight=message.weight if message.HasField("weight") else 1.0,
        description=message.description,
    )


# --- verdicts -----------------------------------------------------------------------------------


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
        "toolchain": verdict.toolchain,
        "rule": {
            "version": verdict.rule.version,
            "weights": _components_to_json(verdict.rule.weights),
        },
        "cached": verdict.cached,
    }
    # A tool's words about a file may hold what UTF-8 cannot.
    return {key: _cleaned(value) for key, value in data.items()}


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


def verdict_to_proto(verdict: Verdict) -> pb.Verdict:
    """The verdict as a message.

    Raises:
        ValueError: a reward that is not a finite number.
    """
    if verdict.reward is not None and not math.isfinite(verdict.reward):
        raise ValueError(f"verdict {verdict.id!r}: reward {verdict.reward!r} is not finite")
    return pb.Verdict(
        id=clean_text(verdict.id),
        status=verdict.status.value,
        reward=verdict.reward,
        components=_components_to_proto(verdict.components) if verdict.components else None,
        stages=[
            pb.Stage(
                name=stage.name,
                component=stage.component.value,
                status=stage.status.value,
                score=stage.score,
                seconds=stage.seconds,
                diagnostics=[
                    pb.Diagnostic(
                        severity=finding.severity,
                        code=clean_text(finding.code),
                        message=clean_text(finding.message),
                        file=clean_text(finding.file),
                        line=finding.line,
                    )
                    for finding in stage.diagnostics
                ],
            )
            for stage in verdict.stages
        ],
        failure_kind=verdict.failure_kind.value if verdict.failure_kind else None,
        failure_reason=clean_text(verdict.failure_reason),
        toolchain=verdict.toolchain,
        rule=rule_to_proto(verdict.rule),
        cached=verdict.cached,
    )


def verdict_from_proto(message: pb.Verdict) -> Verdict:
    """The verdict in a message.

    Raises:
        ValueError: an unknown word, or a reward that is not a finite number: the server speaks
            another version of the contract.
    """
    if not math.isfinite(message.reward):
        raise ValueError(f"verdict {message.id!r}: reward {message.reward!r} is not finite")
    return Verdict(
        id=message.id,
        status=Status(str(pb.Status.Name(message.status))),
        reward=message.reward if message.HasField("reward") else None,
        components=(
            _components_from_proto(message.components) if message.HasField("components") else None
        ),
        stages=tuple(
            Stage(
                name=stage.name,
                component=Component(stage.component),
                status=StageStatus(stage.status),
                score=stage.score,
                seconds=stage.seconds,
                diagnostics=tuple(_diagnostic_from_proto(found) for found in stage.diagnostics),
            )
            for stage in message.stages
        ),
        failure_kind=(
            FailureKind(str(pb.FailureKind.Name(message.failure_kind)))
            if message.failure_kind
            else None
        ),
        failure_reason=message.failure_reason,
        toolchain=message.toolchain,
        rule=Rule(message.rule.version, _components_from_proto(message.rule.weights)),
        cached=message.cached,
    )


def rule_to_proto(rule: Rule) -> pb.Rule:
    """The rule as a message."""
    return pb.Rule(version=rule.version, weights=_components_to_proto(rule.weights))


def _diagnostic_from_proto(message: pb.Diagnostic) -> Diagnostic:
    if message.severity not in _SEVERITIES:
        raise ValueError(f"{message.severity!r} is not a severity")
    return Diagnostic(
        severity=_SEVERITIES[message.severity],
        message=message.message,
        code=message.code,
        file=message.file,
        line=message.line,
    )


def _components_to_json(components: Components) -> dict[str, float]:
    return {
        "syntax": components.syntax,
        "correctness": components.correctness,
        "format": components.format,
    }


def _components_to_proto(components: Components) -> pb.Components:
    return pb.Components(**_components_to_json(components))


def _components_from_proto(message: pb.Components) -> Components:
    return Components(message.syntax, message.correctness, message.format)


# --- shared -------------------------------------------------------------------------------------


def _place(location: tuple[int | str, ...]) -> str:
    """``("task", "checks", 2, "expr")`` as ``task.checks[2].expr``."""
    place = ""
    for part in location:
        place += f"[{part}]" if isinstance(part, int) else f".{part}"
    return place.lstrip(".")


def _not_among(word: str, words: type[CheckKind] | type[Target]) -> str:
    return f"{word!r} is none of {', '.join(member.value for member in words)}"


def _refuse_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _finite_float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits} is not a finite number")
    return number


def _cleaned(data: JsonValue) -> JsonValue:
    if isinstance(data, str):
        return clean_text(data)
    if isinstance(data, list):
        return [_cleaned(item) for item in data]
    if isinstance(data, Mapping):
        return {clean_text(str(key)): _cleaned(value) for key, value in data.items()}
    return data
