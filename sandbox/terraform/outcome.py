"""Puts the results of the steps together into an outcome; both engines end here. Pure."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.base import Ended, Result, StepResult
from sandbox.terraform import output
from sandbox.terraform.base import Phase, Problem, TerraformOutcome
from sandbox.terraform.prepare import Prepared

_ABSENT = frozenset(
    {
        "Missing required provider",
        "Inconsistent dependency lock file",
        "Module not installed",
    }
)
"""What Terraform says of a provider that is not there, and of modules that nobody fetched."""

_BY_SIGNAL = 128
"""Exit codes from here on are signals, as a shell reports them."""

LIMITS = {
    Ended.WALL_TIME: "ran out of wall time",
    Ended.CPU_TIME: "ran out of CPU time",
    Ended.MEMORY: "ran out of memory",
    Ended.FILE_SIZE: "wrote more than it may",
}


_EXHAUSTED = re.compile(
    rb"^(?:fatal error|runtime): .*(?:out of memory|cannot allocate memory|stack overflow)",
    re.MULTILINE,
)
"""How Go's runtime ends where it gets no more memory, or a stack of it."""


def finished(result: Result) -> Result:
    """The result with only the steps that finished: one that a limit ended said half of it.

    A Go program that gets no memory ends by itself; that is a limit reached, too.
    """
    kept = [s for s in result.steps if not (s.exit_code and _EXHAUSTED.search(s.stderr))]
    ended = result.ended if len(kept) == len(result.steps) else Ended.MEMORY
    if ended is Ended.EXITED:
        return result
    return replace(result, ended=ended, steps=tuple(s for s in kept if s.exit_code < _BY_SIGNAL))


def outcome_of_plan(
    prepared: Prepared, result: Result, validate: Phase | None, plan: Phase | None
) -> TerraformOutcome:
    """The outcome of a run that tried to plan; ``validate`` and ``plan`` where they finished."""
    plan_json: Mapping[str, Any] | None = None
    show = result.step("show")
    if plan is not None and plan.passed and show is not None:
        if result.output_cut:
            plan = _failed("the plan is larger than what is kept of a program's output", show)
        else:
            plan_json = output.plan_of_show(show)
    parse = _parse(result)
    if result.ended is not Ended.EXITED:
        limit = _limit(result)
        if validate is None:
            validate = limit  # nobody can tell whether it would have been accepted
        if validate.passed and plan_json is None:
            said = plan.problems if plan else ()
            plan = Phase(False, (*said, *limit.problems), limit.seconds)
    if validate is None:
        raise output.crash(result.steps[-1])
    if validate.passed:
        validate = Phase(True, (), validate.seconds)
    return _outcome(
        prepared, result, parse=parse, validate=validate, plan=plan, plan_json=plan_json
    )


def outcome_without_providers(prepared: Prepared, result: Result) -> TerraformOutcome:
    """The outcome of a configuration with a provider that is not there: what can still be said."""
    parse = _parse(result)
    step = result.step("validate")
    if result.ended is not Ended.EXITED or step is None:
        said = _limit(result)
    else:
        said = output.phase_of_validate(step)
    errors = [item for item in said.problems if item.severity == "error"]
    own = [item for item in errors if item.summary not in _ABSENT]
    if own or prepared.unknown or not parse.passed:
        problems = tuple(own) or prepared.unknown
        validate = Phase(False, problems, said.seconds)
        return _outcome(prepared, result, parse=parse, validate=validate)
    validate = Phase(False, (), said.seconds)
    return _outcome(prepared, result, parse=parse, validate=validate, missing=prepared.missing)


def _outcome(
    prepared: Prepared,
    result: Result,
    *,
    parse: Phase,
    validate: Phase,
    plan: Phase | None = None,
    plan_json: Mapping[str, Any] | None = None,
    missing: tuple[str, ...] = (),
) -> TerraformOutcome:
    fmt = result.step("fmt")
    return TerraformOutcome(
        parse=parse,
        validate=validate,
        plan=plan if validate.passed else None,
        plan_json=plan_json,
        unformatted=output.unformatted_of(fmt) if fmt is not None else (),
        missing_providers=missing,
        relaxed=prepared.relaxed,
        ended=result.ended,
        usage=result.usage,
    )


def _parse(result: Result) -> Phase:
    fmt = result.step("fmt")
    return output.phase_of_text(fmt) if fmt is not None else _limit(result)


def _limit(result: Result) -> Phase:
    """A phase that a limit ended."""
    problem = Problem("error", f"Terraform {LIMITS.get(result.ended, 'ended')}")
    return Phase(False, (problem,), result.usage.wall_seconds)


def _failed(what: str, step: StepResult) -> Phase:
    return Phase(False, (Problem("error", what),), step.seconds)
