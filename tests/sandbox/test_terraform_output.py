"""What Terraform printed, and what it means: problems, crashes, limits, gaps of the emulator."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from sandbox.base import Ended, Result, StepResult, Usage
from sandbox.errors import ToolCrashed
from sandbox.hcl.survey import RemoteModule, SourceLine, Survey
from sandbox.lack import LackKind
from sandbox.terraform import output
from sandbox.terraform.base import Phase, Problem, TerraformOutcome
from sandbox.terraform.outcome import finished, outcome_of_plan, outcome_without_providers
from sandbox.terraform.places import CONFIG
from sandbox.terraform.prepare import FMT, PLAN, PreparedConfiguration

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
PREPARED = PreparedConfiguration(
    files={},
    sources=(),
    needs=Survey({}, {}, False),
    names=frozenset(),
    relaxed=(),
    missing=(),
    refused=(),
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


_CALL = "operation error STS: GetCallerIdentity, exceeded maximum number of attempts, 1, "


@pytest.mark.parametrize(
    ("detail", "fault"),
    [
        ("reading X: https response error StatusCode: 501, not yet implemented", ""),
        (
            f"{_CALL}https response error StatusCode: 200, RequestID: 1, deserialization failed, "
            "failed to decode response body, unexpected EOF",
            "no answer",
        ),
        (
            f"{_CALL}https response error StatusCode: 0, RequestID: , request send failed, "
            'Post "http://127.0.0.1:4566/": EOF',
            "no answer",
        ),
        ("RequestError: send request failed\ncaused by: Post: read: connection reset", "no answer"),
        (f"{_CALL}https response error StatusCode: 400, RequestID: 1, api error Invalid: no", ""),
        ("no matching EC2 VPC found", ""),
        (
            "operation error Location: DescribeMap, https response error StatusCode: 0, "
            'RequestID: , request send failed, Get "http://cp.maps.127.0.0.1:4566/maps": dial tcp: '
            "lookup cp.maps.127.0.0.1: no such host",
            "",
        ),
    ],
)
def test_tells_a_fault_of_the_emulator_from_a_plan_that_fails(detail: str, fault: str) -> None:
    said = output.emulator_fault([Problem("error", "reading X", detail)])
    assert fault in said if fault else not said


@pytest.mark.parametrize(
    "summary",
    [
        "Resource precondition failed",
        "Module output value precondition failed",
        "Invalid value for variable",
        "Invalid function argument",
    ],
)
def test_words_of_the_author_are_no_fault_of_ours(summary: str) -> None:
    detail = "StatusCode: 501, NotImplemented; Plugin did not respond: rpc error: code = Canceled"
    said = [Problem("error", summary, detail)]
    assert output.emulator_gap(said) == output.lost_plugin(said) == ""
    assert output.emulator_gap([Problem("error", "reading X", detail)])
    assert output.lost_plugin([Problem("error", "Plugin did not respond", detail)])


@pytest.mark.parametrize(
    ("summary", "detail"),
    [
        ("Read local file data source error", "open Plugin did not respond: no such file"),
        ("expected type to be one of [A B], got Plugin did not respond", ""),
        ("Invalid value", "rpc error: code = Unavailable desc = connection refused a.sock"),
    ],
)
def test_a_provider_that_quotes_its_user_is_not_taken_for_one_that_is_lost(
    summary: str, detail: str
) -> None:
    assert output.lost_plugin([Problem("error", summary, detail)]) == ""


@pytest.mark.parametrize(
    ("summary", "detail"),
    [
        ("Plugin did not respond", "The plugin encountered an error, and failed to respond."),
        ("Plugin error", "plugin.(*GRPCProvider).X: rpc error: code = Unavailable desc = gone"),
        ("Failed to load plugin schemas", "Error while loading schemas for plugin components"),
        ("Failed to instantiate provider", "dial unix /a/0.sock: connect: connection refused"),
    ],
)
def test_terraform_says_that_it_lost_a_plugin(summary: str, detail: str) -> None:
    assert output.lost_plugin([Problem("error", summary, detail)])


def test_words_of_a_panic_in_a_snippet_are_no_crash() -> None:
    shown = FMT_ERROR.replace('"aws_vpc" "a" {', "panic: TERRAFORM CRASH goroutine 1 [")
    assert not output.phase_of_text(_step("fmt", 2, err=shown)).passed
    panicked = "panic: runtime error\n\ngoroutine 1 [running]:\nmain.main()\n"
    with pytest.raises(ToolCrashed):
        output.phase_of_text(_step("fmt", 2, err=shown + panicked))


def test_a_plan_too_deep_to_read_fails() -> None:
    passed = Phase(True, (), 0.0)
    deep = "[" * 100_000 + "]" * 100_000
    outcome = outcome_of_plan(PREPARED, _result(_step("show", 0, deep)), passed, passed)
    assert outcome.plan is not None and not outcome.plan.passed
    assert "nested deeper" in outcome.plan.problems[0].summary


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
    known = replace(PREPARED, missing=("x/y/google",), absent=("x/y/google",))
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


@pytest.mark.parametrize(
    "unread",
    [
        _step("validate", 1, '{"diagnostics": [{"severity"'),
        _step("plan", 1, '{"@level": "info"}\n{"diagnostic": {"sev'),
        _step("fmt", 2, err="\u2577\n"),
        _step("init", 1, '{"diag'),
    ],
    ids=lambda step: step.name,
)
def test_who_says_more_than_is_kept_has_reached_a_limit(unread: StepResult) -> None:
    result = finished(Result(Ended.EXITED, (unread,), Usage(1.0), output_cut=True))
    assert (result.ended, result.steps) == (Ended.OUTPUT, ())
    whole = Result(Ended.EXITED, (unread,), Usage(1.0))
    assert finished(whole) == whole


def test_what_can_be_read_of_a_cut_output_counts() -> None:
    said = _step("validate", 1, {"diagnostics": [BAD]})
    result = finished(_result(said, _step("plan", 1, '{"diag'), cut=True))
    assert (result.ended, [step.name for step in result.steps]) == (
        Ended.OUTPUT,
        ["fmt", "validate"],
    )


def test_init_names_each_problem_once() -> None:
    summing_up = {"severity": "error", "summary": "Terraform encountered problems during initiali…"}
    lines = [{"diagnostic": item} for item in (BAD, BAD, summing_up)]
    step = _step("init", 1, "\n".join(json.dumps(line) for line in lines))
    assert output.phase_of_init(step).problems == (PROBLEM,)
    alone = _step("init", 1, json.dumps(lines[-1]))
    assert len(output.phase_of_init(alone).problems) == 1


def _streamed(*problems: Mapping[str, object]) -> StepResult:
    lines = [json.dumps({"type": "diagnostic", "diagnostic": problem}) for problem in problems]
    return _step("plan", 1, "\n".join(lines))


def _told(prepared: PreparedConfiguration, plan: Phase) -> TerraformOutcome:
    return outcome_of_plan(prepared, _result(), Phase(True, (), 0.1), plan)


def test_files_are_named_as_they_were_given_wherever_the_root_module_lies() -> None:
    inside = replace(PREPARED, root="live/prod")
    above = {**BAD, "range": {"filename": "../../modules/q/main.tf", "start": {"line": 2}}}
    step = _step("validate", 1, {"diagnostics": [BAD, above]})
    told = outcome_of_plan(inside, _result(step), output.phase_of_validate(step), None)
    assert [item.file for item in told.validate.problems] == [
        "live/prod/main.tf",
        "modules/q/main.tf",
    ]


def test_steps_of_the_configuration_run_where_its_root_module_lies() -> None:
    inside = replace(PREPARED, root="live")
    fmt, plan = inside.at_root((FMT, PLAN))
    assert fmt == FMT
    assert f"-chdir={CONFIG}/live" in plan.argv
    assert PREPARED.at_root((FMT, PLAN)) == (FMT, PLAN)


@pytest.mark.parametrize(
    "summary", ["Failed to download module", "Error accessing remote module registry"]
)
def test_remote_modules_are_said_not_to_be_fetched_however_terraform_words_it(summary: str) -> None:
    module = RemoteModule("vpc", "git::https://x/vpc.git", "main.tf", 7)
    prepared = replace(PREPARED, needs=Survey({}, {}, True, (module,)))
    step = _step("validate", 1, {"diagnostics": [{**BAD, "summary": summary}, BAD]})
    told = outcome_of_plan(prepared, _result(step), output.phase_of_validate(step), None)
    detail = 'module "vpc" is git::https://x/vpc.git, which cannot be looked into'
    assert told.validate.problems == (
        Problem("error", "Remote modules are not fetched", detail, "main.tf", 7),
        PROBLEM,
    )


def test_the_state_of_another_configuration_is_said_not_to_be_there() -> None:
    needs = Survey({}, {}, False, states=(SourceLine("main.tf", 1), SourceLine("main.tf", 5)))
    of_backend = {"severity": "error", "summary": "No valid credential sources found"}
    of_data = {**BAD, "address": "data.terraform_remote_state.n"}
    plan = output.phase_of_stream(_streamed(of_backend, of_data, of_data, BAD))
    told = _told(replace(PREPARED, needs=needs), plan).plan
    assert told is not None
    words = {(item.summary, item.line) for item in told.problems}
    assert words == {
        ("Remote states are not read", 1),
        ("Remote states are not read", 5),
        ("Unsupported argument", 7),
    }
    without = _told(PREPARED, plan).plan
    assert without is not None and without.problems == plan.problems


def test_json_that_is_none_does_not_parse_though_fmt_does_not_look_at_it() -> None:
    broken = Problem("error", "Invalid JSON", "Expecting value", "x.tf.json", 3)
    prepared = replace(PREPARED, not_json=(broken,))
    step = _step("validate", 1, {"diagnostics": [BAD]})
    told = outcome_of_plan(prepared, _result(step), output.phase_of_validate(step), None)
    assert told.parse == Phase(False, (broken,), 0.1)


@pytest.mark.parametrize("cloud", ["azurerm", "google", "kubernetes"])
def test_a_plan_that_needs_a_cloud_that_nothing_stands_in_for_says_nothing(cloud: str) -> None:
    said: dict[str, Any] = {
        **BAD,
        "summary": "building account",
        "detail": "could not acquire access token: dial",
    }
    if cloud != "azurerm":
        said["detail"] = "Post https://x: dial tcp 127.0.0.1:1: connect: connection refused"
    needs = Survey({f"registry.terraform.io/hashicorp/{cloud}": ("main.tf", 1)}, {}, False)
    plan = output.phase_of_stream(_streamed(said))
    (lack,) = _told(replace(PREPARED, needs=needs), plan).lacking
    assert (lack.kind, lack.overlooked) == (LackKind.FACT, False)
    assert said["detail"] in lack.words
    own = _told(replace(PREPARED, needs=needs), output.phase_of_stream(_streamed(BAD)))
    assert own.plan is not None and own.plan.problems == (PROBLEM,)
    assert own.lacking == ()
    elsewhere = _told(PREPARED, plan)
    assert elsewhere.plan is not None and not elsewhere.plan.passed
    assert elsewhere.lacking == ()
