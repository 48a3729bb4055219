"""What Terraform printed, and what it means: problems, crashes, limits, gaps of the emulator."""

import json
from dataclasses import replace

import pytest

from sandbox.base import Ended, Result, StepResult, Usage
from sandbox.errors import ToolCrashed
from sandbox.terraform import output
from sandbox.terraform.base import Phase, Problem
from sandbox.terraform.outcome import finished, outcome_of_plan, outcome_without_providers
from sandbox.terraform.prepare import Prepared
from sandbox.terraform.survey import Survey

FMT_ERROR = """
╷
│ Error: Unclosed configuration block
│
│   on main.tf line 3, in resource "aws_vpc" "a":
│    3: resource "aws_vpc" "a" {
│
│ There is no closing brace for this block.
╵
╷
│ Warning: Something
│
│   with aws_x.y,
│   on modules/a/main.tf line 12:
│
│ Look.
╵
"""
PREPARED = Prepared(
    files={},
    sources=(),
    needs=Survey({}, {}, False),
    names=frozenset(),
    relaxed=(),
    missing=(),
    unknown=(),
)
BAD = {
    "severity": "error",
    "summary": "Unsupported argument",
    "detail": "No.",
    "range": {"filename": "main.tf", "start": {"line": 7}},
}
PROBLEM = Problem("error", "Unsupported argument", "No.", "main.tf", 7)


def _step(name: str, code: int = 0, out: object = "", err: str = "") -> StepResult:
    text = out if isinstance(out, str) else json.dumps(out)
    return StepResult(name, code, text.encode(), err.encode(), 0.1)


def _result(*steps: StepResult, ended: Ended = Ended.EXITED, cut: bool = False) -> Result:
    return Result(ended, (_step("fmt"), *steps), Usage(1.0), cut)


def test_reads_framed_text() -> None:
    first, second = output.problems_in_text(FMT_ERROR)
    assert (first.severity, first.summary) == ("error", "Unclosed configuration block")
    assert (first.file, first.line) == ("main.tf", 3)
    assert first.detail == "There is no closing brace for this block."
    assert (second.severity, second.file, second.line) == ("warning", "modules/a/main.tf", 12)


def test_reads_the_json_of_validate_and_plan() -> None:
    validated = output.phase_of_validate(_step("validate", 1, {"diagnostics": [BAD]}))
    lines = [{"type": "version"}, {"type": "diagnostic", "diagnostic": BAD}]
    streamed = output.phase_of_stream(
        _step("plan", 1, "\n".join(["noise", *(json.dumps(line) for line in lines)]))
    )
    assert validated.problems == streamed.problems == (PROBLEM,)
    assert not validated.passed and not streamed.passed


def test_a_failure_without_a_word_is_a_crash_and_not_an_answer() -> None:
    with pytest.raises(ToolCrashed):
        output.phase_of_stream(_step("plan", 1))
    with pytest.raises(ToolCrashed):
        output.phase_of_validate(_step("validate", 0, "not JSON"))
    with pytest.raises(ToolCrashed):
        output.phase_of_validate(_step("validate", 11, {"diagnostics": [BAD]}, "panic: x"))


@pytest.mark.parametrize(
    ("detail", "gap"),
    [
        ("reading X: https response error StatusCode: 501, not yet implemented", True),
        ("no matching EC2 VPC found", False),
    ],
)
def test_tells_a_gap_of_the_emulator_from_a_plan_that_fails(detail: str, gap: bool) -> None:
    assert bool(output.emulator_gap([Problem("error", "reading X", detail)])) is gap


@pytest.mark.parametrize("ended", [Ended.MEMORY, Ended.WALL_TIME, Ended.CPU_TIME])
def test_a_plan_that_runs_out_of_a_limit_fails_and_says_which(ended: Ended) -> None:
    passed = Phase(True, (), 0.0)
    outcome = outcome_of_plan(PREPARED, _result(ended=ended), passed, None)
    assert outcome.ended is ended
    assert outcome.validate.passed
    assert outcome.plan is not None and not outcome.plan.passed
    assert "ran out of" in outcome.plan.problems[-1].summary


def test_a_plan_too_large_to_keep_fails() -> None:
    passed = Phase(True, (), 0.0)
    outcome = outcome_of_plan(PREPARED, _result(_step("show", 0, "{"), cut=True), passed, passed)
    assert outcome.plan is not None and not outcome.plan.passed
    assert outcome.plan_json is None


def test_a_missing_provider_hides_no_mistake() -> None:
    absent = {"severity": "error", "summary": "Missing required provider"}
    known = replace(PREPARED, missing=("x/y/google",))
    only = outcome_without_providers(
        known, _result(_step("validate", 1, {"diagnostics": [absent]}))
    )
    assert only.missing_providers == ("x/y/google",)
    both = outcome_without_providers(
        known, _result(_step("validate", 1, {"diagnostics": [absent, BAD]}))
    )
    assert both.missing_providers == ()
    assert both.validate.problems == (PROBLEM,)


@pytest.mark.parametrize("ended", [Ended.MEMORY, Ended.WALL_TIME, Ended.CPU_TIME])
def test_what_ran_out_of_a_limit_before_it_was_accepted_is_not_accepted(ended: Ended) -> None:
    outcome = outcome_of_plan(PREPARED, _result(ended=ended), None, None)
    assert outcome.parse.passed
    assert not outcome.validate.passed
    assert "ran out of" in outcome.validate.problems[0].summary
    assert outcome.plan is None


def test_what_ran_out_of_a_limit_before_it_was_read_does_not_parse() -> None:
    result = Result(Ended.MEMORY, (), Usage(1.0), False)
    assert not outcome_of_plan(PREPARED, result, None, None).parse.passed


def test_a_step_that_a_limit_killed_did_not_finish() -> None:
    result = finished(_result(_step("plan", 137), ended=Ended.MEMORY))
    assert [step.name for step in result.steps] == ["fmt"]
    killed_by_nobody_of_ours = _result(_step("plan", 137))
    assert finished(killed_by_nobody_of_ours) == killed_by_nobody_of_ours


@pytest.mark.parametrize(
    "said", ["fatal error: runtime: out of memory", "fatal error: stack overflow"]
)
def test_a_go_program_that_gets_no_memory_has_reached_its_limit(said: str) -> None:
    result = finished(_result(_step("plan", 2, "", f"runtime: x\n{said}\n")))
    assert result.ended is Ended.MEMORY
    assert result.step("plan") is None


def test_what_is_killed_after_a_step_that_got_no_memory_did_not_finish_either() -> None:
    starved = _step("plan", 2, "", "fatal error: stack overflow\n")
    result = finished(_result(starved, _step("validate", 137), ended=Ended.MEMORY))
    assert result.ended is Ended.MEMORY
    assert [step.name for step in result.steps] == ["fmt"]


def test_init_names_each_problem_once() -> None:
    summing_up = {"severity": "error", "summary": "Terraform encountered problems during initiali…"}
    lines = [{"diagnostic": item} for item in (BAD, BAD, summing_up)]
    step = _step("init", 1, "\n".join(json.dumps(line) for line in lines))
    assert output.phase_of_init(step).problems == (PROBLEM,)
    alone = _step("init", 1, json.dumps(lines[-1]))
    assert len(output.phase_of_init(alone).problems) == 1
