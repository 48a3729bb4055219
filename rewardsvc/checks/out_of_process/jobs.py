"""What the process that evaluates checks is asked, and what it says, as bytes. Pure."""

import json
import math
from collections.abc import Sequence
from typing import Any

from rewardsvc.checks.jmes import NoValue
from rewardsvc.checks.out_of_process.process import HEAD
from rewardsvc.checks.policies import PolicyAnswer
from rewardsvc.checks.rego import LENIENT, Module, evaluable
from rewardsvc.types import JsonValue
from sandbox.errors import ToolCrashed


def rego_job(module: Module, queries: Sequence[str], data: JsonValue) -> bytes:
    """A policy, what is asked of it, and the data that it looks at.

    Raises:
        NoValue: the data is nested too deeply.
    """
    head = {
        "kind": "rego",
        "policy": evaluable(module.text),
        "old": not module.new,
        "functions": LENIENT,
        "queries": [evaluable(query) for query in queries],
    }
    return _job(head, data)


def search_job(expressions: Sequence[str], data: JsonValue) -> bytes:
    """JMESPath expressions and the data that they look at.

    Raises:
        NoValue: the data is nested too deeply.
    """
    return _job({"kind": "jmespath", "expressions": list(expressions)}, data)


def without_data(job: bytes) -> bytes:
    """The same job without the data."""
    (length,) = HEAD.unpack_from(job)
    return job[: HEAD.size + length] + b"null"


def answers_in(said: bytes) -> tuple[PolicyAnswer, ...]:
    """The answers to the questions of a job.

    Raises:
        ToolCrashed: what was asked cannot be evaluated, whatever the data.
    """
    try:
        answer = json.loads(said)
    except ValueError as error:
        raise ToolCrashed(f"the evaluation of a check said no JSON: {error}") from error
    if "refused" in answer:
        raise ToolCrashed(
            f"a check's policy cannot be evaluated here: {answer['refused']}; "
            "correct the policy, or write the check in JMESPath"
        )
    return tuple(
        PolicyAnswer(tuple(each.get("values", ())), each.get("problem", ""))
        for each in answer["answers"]
    )


def _job(head: dict[str, Any], data: JsonValue) -> bytes:
    try:
        given = json.dumps(data, ensure_ascii=False, allow_nan=False, default=str)
    except ValueError:
        given = json.dumps(_finite(data), ensure_ascii=False, default=str)
    except RecursionError as error:
        raise NoValue("the data is nested too deeply") from error
    first = json.dumps(head).encode()
    return HEAD.pack(len(first)) + first + given.encode(errors="replace")


def _finite(value: JsonValue) -> JsonValue:
    """With null for YAML's infinities and .nan, which JSON has not."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
