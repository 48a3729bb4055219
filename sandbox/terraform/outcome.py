"""Puts the results of the steps together into an outcome; both engines end here. Pure."""

import posixpath
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sandbox.base import Ended, Result, StepResult
from sandbox.hcl.survey import RemoteModule, SourceLine
from sandbox.lack import Lack
from sandbox.terraform import output
from sandbox.terraform.base import Phase, Problem, TerraformOutcome
from sandbox.terraform.lacking import (
    REMOTE_MODULES,
    REMOTE_STATES,
    lacks_of,
    without_providers,
)
from sandbox.terraform.prepare import PreparedConfiguration

_ABSENT = frozenset(
    {
        "Missing required provider",
        "Inconsistent dependency lock file",
        "Module not installed",
    }
)
"""What Terraform says of a provider that is not there, and of modules that nobody fetched."""

_NOT_FETCHED = frozenset(
    {
        "Error accessing remote module registry",
        "Failed to download module",
        "Module not found",
        "Module not installed",
    }
)
"""What it says of a module that cannot be fetched, each time with other details."""

_REMOTE_STATE = "data.terraform_remote_state."

_BY_SIGNAL = 128
"""Exit codes from here on are signals, as a shell reports them."""

LIMITS = {
    Ended.WALL_TIME: "ran out of wall time",
    Ended.CPU_TIME: "ran out of CPU time",
    Ended.MEMORY: "ran out of memory",
    Ended.FILE_SIZE: "wrote more than it may",
    Ended.OUTPUT: "said more than is kept of a program's output",
}


_EXHAUSTED = re.compile(
    rb"^(?:fatal error|runtime): .*(?:out of memory|cannot allocate memory|stack overflow)",
    re.MULTILINE,
)
"""How Go's runtime ends where it gets no more memory, or a stack of it."""


def finished(result: Result) -> Result:
    """The result with only the steps that finished: one that a limit ended said half of it.

    A Go program that gets no memory ends by itself; that is a limit reached, too. So is saying more
    than is kept: thousands of problems, each with the line it is about, which may be long.
    """
    kept = [s for s in result.steps if not (s.exit_code and _EXHAUSTED.search(s.stderr))]
    ended = result.ended if len(kept) == len(result.steps) else Ended.MEMORY
    if ended is Ended.EXITED:
        told = tuple(step for step in kept if not result.output_cut or output.readable(step))
        ended = Ended.OUTPUT if len(told) < len(kept) else ended
        return replace(result, ended=ended, steps=told)
    return replace(result, ended=ended, steps=tuple(s for s in kept if s.exit_code < _BY_SIGNAL))


def outcome_of_plan(
    prepared: PreparedConfiguration, result: Result, validate: Phase | None, plan: Phase | None
) -> TerraformOutcome:
    """The outcome of a run that tried to plan; ``validate`` and ``plan`` where they finished.

    Raises:
        ToolCrashed: Terraform said nothing of the configuration.
    """
    if validate is not None:
        validate = _in_our_words(_placed(prepared, validate), _remote_modules(prepared))
    if plan is not None:
        plan = _in_our_words(_placed(prepared, plan), _remote_states(prepared))
    plan_json: Mapping[str, Any] | None = None
    show = result.step("show")
    if plan is not None and plan.passed and show is not None:
        if result.output_cut:
            plan = _failed("the plan is larger than what is kept of a program's output", show)
        else:
            try:
                plan_json = output.plan_of_show(show)
            except RecursionError:
                plan = _failed("the plan is nested deeper than is read", show)
    parse = _parse(prepared, result, validate)
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
    lacking = lacks_of(prepared, validate, plan)
    return _outcome(
        prepared,
        result,
        parse=parse,
        validate=validate,
        plan=plan,
        plan_json=plan_json,
        lacking=lacking,
    )


def outcome_without_providers(prepared: PreparedConfiguration, result: Result) -> TerraformOutcome:
    """The outcome of a configuration with a provider that is not there: what can still be said."""
    step = result.step("validate")
    if result.ended is not Ended.EXITED or step is None:
        said = _limit(result)
    else:
        said = _placed(prepared, output.phase_of_validate(step))
    parse = _parse(prepared, result, said)
    errors = [item for item in said.problems if item.severity == "error"]
    own = [item for item in errors if item.summary not in _ABSENT]
    if own or prepared.refused or not parse.passed:
        problems = tuple(own) or prepared.refused
        validate = Phase(False, problems, said.seconds)
        lacking = without_providers(prepared, telling=False)
    else:
        validate = Phase(False, (), said.seconds)
        lacking = without_providers(prepared, telling=True)
    return _outcome(prepared, result, parse=parse, validate=validate, lacking=lacking)


def _outcome(
    prepared: PreparedConfiguration,
    result: Result,
    *,
    parse: Phase,
    validate: Phase,
    plan: Phase | None = None,
    plan_json: Mapping[str, Any] | None = None,
    lacking: tuple[Lack, ...] = (),
) -> TerraformOutcome:
    fmt = result.step("fmt")
    return TerraformOutcome(
        parse=parse,
        validate=validate,
        plan=plan if validate.passed else None,
        plan_json=plan_json,
        unformatted=output.unformatted_of(fmt) if fmt is not None else (),
        relaxed=prepared.relaxed,
        ended=result.ended,
        usage=result.usage,
        lacking=lacking,
    )


def _parse(prepared: PreparedConfiguration, result: Result, validate: Phase | None) -> Phase:
    """What ``fmt`` said; it does not look into JSON, which ``validate`` then refused."""
    fmt = result.step("fmt")
    parse = output.phase_of_text(fmt) if fmt is not None else _limit(result)
    if parse.passed and prepared.not_json and validate is not None and not validate.passed:
        return Phase(False, prepared.not_json, parse.seconds)
    return parse


def _in_our_words(phase: Phase, words: Callable[[Problem], Problem | None]) -> Phase:
    """What Terraform said, with what we have words for said in them, each time once."""
    problems: list[Problem] = []
    said: set[Problem] = set()
    for problem in phase.problems:
        ours = words(problem)
        if ours is None or ours not in said:
            problems.append(ours or problem)
            said.add(problems[-1])
    return replace(phase, problems=tuple(problems))


def _placed(prepared: PreparedConfiguration, phase: Phase) -> Phase:
    """With files named as they were given: Terraform names them from its root module on."""
    if not prepared.root:
        return phase
    return replace(
        phase,
        problems=tuple(
            replace(item, file=posixpath.normpath(posixpath.join(prepared.root, item.file)))
            if item.file
            else item
            for item in phase.problems
        ),
    )


def _remote_modules(prepared: PreparedConfiguration) -> Callable[[Problem], Problem | None]:
    by_place: dict[tuple[str, int], RemoteModule] = {}
    for module in prepared.needs.remote:
        by_place.setdefault((module.path, module.line), module)

    def words(problem: Problem) -> Problem | None:
        module = by_place.get((problem.file, problem.line))
        if module is None or problem.summary not in _NOT_FETCHED:
            return None
        return replace(
            problem,
            summary=REMOTE_MODULES,
            detail=f'module "{module.name}" is {module.source}, which cannot be looked into',
        )

    return words


def _remote_states(prepared: PreparedConfiguration) -> Callable[[Problem], Problem | None]:
    states = prepared.needs.states
    lines: dict[str, list[int]] = {}
    for state in states:
        lines.setdefault(state.path, []).append(state.line)

    def words(problem: Problem) -> Problem | None:
        if problem.severity != "error" or not states:
            return None
        # What the client of a backend says comes without a place.
        if _REMOTE_STATE not in problem.address and (problem.file or problem.address):
            return None
        in_file = lines.get(problem.file, [])
        above = bisect_right(in_file, problem.line)
        place = SourceLine(problem.file, in_file[above - 1]) if above else states[0]
        return Problem(
            "error",
            REMOTE_STATES,
            "the state of another configuration lies elsewhere, and is not there to be read",
            place.path,
            place.line,
        )

    return words


def _limit(result: Result) -> Phase:
    """A phase that a limit ended."""
    problem = Problem("error", f"Terraform {LIMITS.get(result.ended, 'ended')}")
    return Phase(False, (problem,), result.usage.wall_seconds)


def _failed(what: str, step: StepResult) -> Phase:
    return Phase(False, (Problem("error", what),), step.seconds)
