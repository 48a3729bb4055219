"""The types as messages of ``protos/assay/reward/v1/reward.proto`` and back."""

import json
import math
from collections.abc import Mapping
from typing import Literal

from assay.reward.v1 import reward_pb2 as pb
from google.protobuf import json_format
from google.protobuf.struct_pb2 import ListValue, Struct, Value

from rewardsvc.errors import InvalidRequest
from rewardsvc.types import (
    ABSENT,
    Check,
    CheckKind,
    Component,
    Components,
    Diagnostic,
    FailureKind,
    Fixture,
    JsonValue,
    Means,
    Rule,
    ScoreRequest,
    Stage,
    StageStatus,
    Status,
    Target,
    Task,
    Verdict,
)
from rewardsvc.wire.text import clean, clean_text

_LANGUAGES = (CheckKind.JMESPATH, CheckKind.REGO)

_MAX_EXACT = 2**53
"""Up to which a double holds every integer."""

_SEVERITIES: Mapping[str, Literal["error", "warning", "info"]] = {
    "error": "error",
    "warning": "warning",
    "info": "info",
}


def request_to_proto(request: ScoreRequest) -> pb.ScoreRequest:
    """The request as a message.

    Raises:
        InvalidRequest: a value that a message cannot hold (a number that is not finite).
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
            reference=clean_text(task.reference),
            means=_means_to_proto(task.means) if task.means is not None else None,
            truth=_value_to_proto(task.truth, "task.truth") if task.truth is not None else None,
            before=_texts_to_proto(task.before),
            fixtures=[
                _fixture_to_proto(fixture, f"task.fixtures[{index}]")
                for index, fixture in enumerate(task.fixtures)
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
            reference=task.reference,
            means=_means_from_proto(task.means) if task.HasField("means") else None,
            truth=(_value_from_proto(task.truth, "task.truth") if task.HasField("truth") else None),
            before=dict(task.before),
            fixtures=tuple(
                _fixture_from_proto(fixture, f"task.fixtures[{index}]")
                for index, fixture in enumerate(task.fixtures)
            ),
        ),
        completion=message.completion,
    )


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
        chosen=verdict.chosen,
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
        chosen=message.chosen,
    )


def rule_to_proto(rule: Rule) -> pb.Rule:
    """The rule as a message."""
    return pb.Rule(version=rule.version, weights=_components_to_proto(rule.weights))


def _check_to_proto(check: Check, place: str) -> pb.Check:
    message = pb.Check(
        kind=check.kind.value,
        on=check.on.value if check.on is not None else "",
        expr=clean_text(check.expr),
        policy=clean_text(check.policy),
        rules=[clean_text(rule) for rule in check.rules],
        name=clean_text(check.name),
        measure=clean_text(check.measure),
        weight=check.weight,
        description=clean_text(check.description),
    )
    if check.expect is not ABSENT:
        message.expect.CopyFrom(_value_to_proto(check.expect, f"{place}.expect"))
    if check.arguments:
        arguments = _value_to_proto(dict(check.arguments), f"{place}.arguments")
        message.arguments.CopyFrom(arguments.struct_value)
    return message


def _check_from_proto(message: pb.Check, place: str) -> Check:
    try:
        kind = CheckKind(message.kind or CheckKind.JMESPATH)
    except ValueError as error:
        raise InvalidRequest(f"{place}.kind", _not_among(message.kind, CheckKind)) from error
    try:
        # A named or a graded check may leave it out.
        target = Target(message.on) if message.on or kind in _LANGUAGES else None
    except ValueError as error:
        raise InvalidRequest(f"{place}.on", _not_among(message.on, Target)) from error
    expect: JsonValue = ABSENT
    if message.HasField("expect"):
        expect = _value_from_proto(message.expect, f"{place}.expect")
    return Check(
        kind=kind,
        on=target,
        expr=message.expr,
        policy=message.policy,
        rules=tuple(message.rules),
        expect=expect,
        name=message.name,
        arguments=_value_from_proto(message.arguments, f"{place}.arguments"),
        measure=message.measure,
        weight=message.weight if message.HasField("weight") else 1.0,
        description=message.description,
    )


def _means_to_proto(means: Means) -> pb.Means:
    message = pb.Means(
        crds=map(clean_text, means.crds),
        libraries=map(clean_text, means.libraries),
        modules=map(clean_text, means.modules),
    )
    for name, versions in means.providers.items():
        message.providers[clean_text(name)].extend(map(clean_text, versions))
    return message


def _means_from_proto(message: pb.Means) -> Means:
    providers: dict[str, tuple[str, ...]] = {}
    for name, versions in message.providers.items():
        found = _value_from_proto(versions, f"task.means.providers.{name}")
        if not all(isinstance(version, str) for version in found):
            raise InvalidRequest(f"task.means.providers.{name}", "versions are strings")
        providers[name] = tuple(found)
    return Means(
        providers=providers,
        crds=tuple(message.crds),
        libraries=tuple(message.libraries),
        modules=tuple(message.modules),
    )


def _fixture_to_proto(fixture: Fixture, place: str) -> pb.Fixture:
    return pb.Fixture(
        files=_texts_to_proto(fixture.files),
        sql=clean_text(fixture.sql),
        checks=[
            _check_to_proto(check, f"{place}.checks[{index}]")
            for index, check in enumerate(fixture.checks)
        ],
    )


def _fixture_from_proto(message: pb.Fixture, place: str) -> Fixture:
    return Fixture(
        files=dict(message.files),
        sql=message.sql,
        checks=tuple(
            _check_from_proto(check, f"{place}.checks[{index}]")
            for index, check in enumerate(message.checks)
        ),
    )


def _texts_to_proto(texts: Mapping[str, str]) -> dict[str, str]:
    return {clean_text(path): clean_text(text) for path, text in texts.items()}


def _value_to_proto(value: JsonValue, place: str) -> Value:
    """A JSON value as a message.

    Raises:
        InvalidRequest: a message cannot hold it.
    """
    try:
        json.dumps(value, allow_nan=False)  # ParseDict lets nested infinities through
        return json_format.ParseDict(clean(value), Value())
    except (json_format.Error, ValueError, OverflowError) as error:
        raise InvalidRequest(place, str(error)) from error


def _value_from_proto(message: Value | ListValue | Struct, place: str) -> JsonValue:
    """The JSON value in a message.

    Raises:
        InvalidRequest: a number in it is not finite.
    """
    try:
        return _with_integers(json_format.MessageToDict(message))
    except (json_format.Error, ValueError) as error:
        raise InvalidRequest(place, str(error)) from error


def _with_integers(value: JsonValue) -> JsonValue:
    """The value with integers where numbers are whole: a message knows doubles only, and ``3`` of
    JSON, which a named check counts with, comes back from it as ``3.0``."""
    match value:
        case float() if value.is_integer() and abs(value) <= _MAX_EXACT:
            return int(value)
        case dict():
            return {key: _with_integers(each) for key, each in value.items()}
        case list():
            return [_with_integers(each) for each in value]
        case _:
            return value


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


def _components_to_proto(components: Components) -> pb.Components:
    return pb.Components(
        syntax=components.syntax,
        correctness=components.correctness,
        format=components.format,
    )


def _components_from_proto(message: pb.Components) -> Components:
    return Components(message.syntax, message.correctness, message.format)


def _not_among(word: str, words: type[CheckKind] | type[Target]) -> str:
    return f"{word!r} is none of {', '.join(member.value for member in words)}"
