"""Rego checks as tests ask for them: policies, and what came of them."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rewardsvc.checks import compile_checks
from rewardsvc.checks.compiled import CheckResults
from rewardsvc.checks.out_of_process import Evaluations
from rewardsvc.checks.policies import PolicyAnswer
from rewardsvc.checks.rego import read_module
from rewardsvc.formats import FORMATS
from rewardsvc.types import ABSENT, Check, CheckKind, StageStatus, Target
from sandbox.base import MIB

SECONDS = 2.0
MEMORY = 256 * MIB


async def ask(evaluations: Evaluations, policy: str, query: str, data: Any) -> PolicyAnswer:
    (answer,) = await evaluations.evaluate(read_module(policy), [query], data)
    return answer


async def results_of(
    evaluations: Evaluations, data: Any, *checks: Check, on: Target = Target.PLAN
) -> CheckResults:
    compiled = compile_checks(checks, FORMATS["terraform" if on is Target.PLAN else "compose"])
    projections = {on: data}
    return compiled.evaluate(projections, await compiled.consult(projections, evaluations))


async def failures_of(
    evaluations: Evaluations, data: Any, *checks: Check, on: Target = Target.PLAN
) -> list[str]:
    stage = (await results_of(evaluations, data, *checks, on=on)).stage
    assert stage is not None
    assert (stage.status is StageStatus.PASSED) == (not stage.diagnostics)
    return [found.message for found in stage.diagnostics]


def rego(policy: str, expr: str = "", expect: Any = ABSENT, rules: Sequence[str] = ()) -> Check:
    return Check(
        kind=CheckKind.REGO,
        on=Target.PLAN,
        policy=policy,
        expr=expr,
        expect=expect,
        rules=tuple(rules),
    )


def queue(**after: Any) -> dict[str, Any]:
    """A plan of one queue with its dead letter queue, as ``show -json`` has it."""
    values = {"name": "jobs", "visibility_timeout_seconds": 60, "fifo_queue": False, **after}
    resource = {"address": "aws_sqs_queue.jobs", "mode": "managed", "type": "aws_sqs_queue"}
    return {
        "format_version": "1.2",
        "planned_values": {
            "root_module": {"resources": [{**resource, "name": "jobs", "values": values}]}
        },
        "resource_changes": [
            {**resource, "name": "jobs", "change": {"actions": ["create"], "after": values}},
            {"type": "aws_kms_key", "change": {"actions": ["create"], "after": {"policy": None}}},
        ],
        "configuration": {
            "root_module": {
                "resources": [
                    {
                        **resource,
                        "name": "jobs",
                        "expressions": {
                            "name": {"constant_value": "jobs"},
                            "redrive_policy": {
                                "references": ["aws_sqs_queue.dead.arn", "aws_sqs_queue.dead"]
                            },
                        },
                    }
                ]
            }
        },
    }


BENCHMARK = """\
package terraform.validation

default is_valid_queue = false

default has_dead_letters = false

default is_configuration_valid = false

# The queue has a name and is patient
is_valid_queue {
        some i
    resource := input.resource_changes[i]
    resource.type == "aws_sqs_queue"
    startswith(resource.change.after.name, "jo")
    resource.change.after.visibility_timeout_seconds >= 30
    not resource.change.after.fifo_queue
}

dead_letters[target] {
    resource := input.configuration.root_module.resources[_]
    resource.type == "aws_sqs_queue"
    target := resource.expressions.redrive_policy.references[_]
}

has_dead_letters {
    dead_letters["aws_sqs_queue.dead.arn"]
    count(dead_letters) > 0
}

is_configuration_valid {
    is_valid_queue
    has_dead_letters
}
"""
"""In the style of IaC-Eval's "Rego intent": version 0, defaults, rules that build on rules."""
MODERN = """\
package terraform.validation

import rego.v1

default is_valid_queue := false

is_valid_queue if {
    some resource in input.planned_values.root_module.resources
    resource.type == "aws_sqs_queue"
    resource.values.visibility_timeout_seconds in numbers.range(30, 90)
}

names contains resource.values.name if some resource in input.planned_values.root_module.resources
"""
ENDLESS = "package a\nok { count([1 | input[_] < input[_]; input[_] == -1]) > 0 }"


async def until(holds: Any) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 (processes)
            await asyncio.sleep(0.02)


def processes_of(folder: Path | None) -> list[int]:
    """The processes that evaluate checks with a socket in a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"python" in words[0] and any(os.fsencode(str(folder)) in w for w in words):
            found.append(int(path.name))
    return found
