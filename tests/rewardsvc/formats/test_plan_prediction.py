"""Predicted plans: measures, truths that nobody can be held against, and what the ladder shows."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardsvc.artifact import Artifact, File
from rewardsvc.checks.measures import GradedMeasure, NotComparable
from rewardsvc.errors import InvalidRequest
from rewardsvc.formats import FORMATS
from rewardsvc.formats.plan_prediction.changes import Key, type_in
from rewardsvc.formats.plan_prediction.measures import MIN_SHARE, agreement
from rewardsvc.pipeline import prepare
from rewardsvc.types import Check, CheckKind, JsonValue, ScoreRequest, Target, Task
from rewardsvc.verification.ladder import MAX_MESSAGE_CHARACTERS
from rewardsvc.verification.verifier import Findings, Workbench

FORMAT = FORMATS["plan-prediction"]
QUEUE = {"address": "aws_sqs_queue.a", "type": "aws_sqs_queue", "actions": ["create"]}


def _task(measure: str, truth: JsonValue, **more: JsonValue) -> Task:
    check = Check(kind=CheckKind.GRADED, measure=measure, **more)
    return Task(format=FORMAT.name, checks=(check,), truth=truth)


async def _findings(text: str, workbench: Workbench) -> Findings:
    artifact = Artifact((File("plan.json", "json", text),))
    return await FORMAT.verifier.verify(artifact, workbench)


_PARTS = st.dictionaries(
    st.tuples(st.text("ab", min_size=1, max_size=3)), st.sampled_from(["create", "update"])
)


@settings(deadline=None)
@given(expected=_PARTS.filter(bool), found=_PARTS)
def test_the_grade_is_one_where_both_agree_and_nowhere_else(
    expected: dict[tuple[str, ...], str], found: dict[tuple[str, ...], str]
) -> None:
    grade = agreement(expected, found)
    assert 0.0 <= grade.value <= 1.0
    assert (grade.value == 1.0) is (expected == found)
    assert bool(grade.differences) is (expected != found)
    right = len(expected.items() & found.items())
    if grade.value:
        assert grade.value == pytest.approx(2 * right / (len(expected) + len(found)))


@settings(deadline=None)
@given(expected=_PARTS.filter(bool), found=_PARTS, key=st.text("cd", min_size=1, max_size=3))
def test_one_more_that_is_right_never_lowers_the_grade_and_one_that_is_wrong_never_raises_it(
    expected: dict[tuple[str, ...], str], found: dict[tuple[str, ...], str], key: str
) -> None:
    grade = agreement(expected, found).value
    for missing in expected.keys() - found.keys():
        more = {**found, missing: expected[missing]}
        assert agreement(expected, more).value >= grade
    assert agreement(expected, {**found, (key,): "create"}).value <= grade


def test_a_few_right_ones_among_very_many_are_no_evidence_of_work() -> None:
    expected: dict[Key, str] = {(f"a.{index}",): "create" for index in range(3)}
    many: dict[Key, str] = expected | {(f"b.{index}",): "create" for index in range(27)}
    assert agreement(expected, many).value > 0 and len(expected) / len(many) == MIN_SHARE
    assert agreement(expected, many | {("b.x",): "create"}).value == 0.0


def test_values_are_compared_as_json_whatever_their_form() -> None:
    key = ("aws_sqs_queue.a", "x")
    assert agreement({key: 3}, {key: 3.0}).value == 1.0
    assert agreement({key: {"a": [1, None]}}, {key: {"a": [1.0, None]}}).value == 1.0
    for other in (True, "1", None, [1]):
        assert agreement({key: 1}, {key: other}).value == 0.0
    assert agreement({key: None}, {}).value == 0.0


@pytest.mark.parametrize("measure", FORMAT.measures, ids=lambda measure: measure.name)
def test_differences_are_short_whatever_the_answer_says(measure: GradedMeasure) -> None:
    truth = {"resource_changes": [{**QUEUE, "attributes": {"name": "a"}}]}
    grading = measure.against(truth, {})
    long = "x" * 3_000_000
    answers: list[JsonValue] = [
        {**QUEUE, "attributes": {"name": long}},
        {**QUEUE, "attributes": {long: 1}},
        {**QUEUE, "address": f"aws_sqs_queue.{long}", "attributes": {"name": "b"}},
    ]
    for answer in answers:
        differences = grading([{"resource_changes": [answer]}]).differences
        assert sum(map(len, differences)) < 4 * (MAX_MESSAGE_CHARACTERS + 3)


@pytest.mark.parametrize("indent", [None, 2])
def test_mutants_are_made_however_the_json_is_laid_out(indent: int | None) -> None:
    changes = [QUEUE, {**QUEUE, "address": "aws_sqs_queue.b"}]
    text = json.dumps({"resource_changes": changes}, indent=indent).replace("}, {", "},\n{")
    edits = list(FORMAT.mutations.load().edits(File("plan.json", "json", text)))
    line = text.count("\n", 0, text.index("aws_sqs_queue.b")) + 1
    assert {edit.line for edit in edits if edit.path.startswith("aws_sqs_queue.b")} == {line}


@pytest.mark.parametrize(
    ("address", "type"),
    [
        ("aws_sqs_queue.a", "aws_sqs_queue"),
        ("aws_sqs_queue.a[0]", "aws_sqs_queue"),
        ('aws_sqs_queue.a["b.c[0]"]', "aws_sqs_queue"),
        ("module.m.aws_sqs_queue.a", "aws_sqs_queue"),
        ('module.m["x"].module.n[1].aws_sqs_queue.a-b', "aws_sqs_queue"),
        ("data.aws_ami.a", ""),
        ("module.m.data.aws_ami.a", ""),
        ("module.m", ""),
        ("aws_sqs_queue", ""),
        ("aws_sqs_queue.a[*]", ""),
        ("aws_sqs_queue.a[0][1]", ""),
        ("aws_sqs_queue.a ", ""),
    ],
)
def test_an_address_names_a_managed_resource_or_nothing(address: str, type: str) -> None:
    assert type_in(address) == type


@pytest.mark.parametrize(
    ("measure", "truth", "arguments", "field"),
    [
        ("plan-changes", None, {}, "task.truth"),
        ("plan-changes", {"resource_changes": []}, {}, "task.truth"),
        ("plan-changes", {"resource_changes": [{**QUEUE, "type": "x"}]}, {}, "task.truth"),
        ("plan-changes", {"resource_changes": [QUEUE, QUEUE]}, {}, "task.truth"),
        ("plan-attributes", {"resource_changes": [QUEUE]}, {}, "task.truth"),
        ("plan-changes", {"resource_changes": [QUEUE]}, {"a": 1}, "task.checks[0].arguments"),
        ("plan-f1", {"resource_changes": [QUEUE]}, {}, "task.checks[0].measure"),
        ("", {"resource_changes": [QUEUE]}, {}, "task.checks[0].measure"),
    ],
)
def test_what_nobody_can_be_held_against_is_an_invalid_request(
    measure: str, truth: JsonValue, arguments: dict[str, JsonValue], field: str
) -> None:
    request = ScoreRequest(task=_task(measure, truth, arguments=arguments), completion="")
    with pytest.raises(InvalidRequest) as caught:
        prepare(request)
    assert caught.value.field == field


def test_a_measure_tells_truth_and_arguments_apart() -> None:
    for measure in FORMAT.measures:
        with pytest.raises(NotComparable) as caught:
            measure.against({"resource_changes": [{**QUEUE, "attributes": {"a": 1}}]}, {"a": 1})
        assert caught.value.field == "arguments"


def test_formats_without_measures_take_no_truth() -> None:
    others = [each for each in FORMATS.values() if not each.measures]
    assert others
    for each in others:
        with pytest.raises(InvalidRequest, match="no use for it"):
            prepare(ScoreRequest(task=Task(format=each.name, truth={"a": 1}), completion=""))


@pytest.mark.asyncio
async def test_checks_see_what_the_schema_accepts_and_nothing_else(workbench: Workbench) -> None:
    good = await _findings(json.dumps({"resource_changes": [QUEUE]}), workbench)
    assert good.projections == {Target.DOCUMENTS: [{"resource_changes": [QUEUE]}]}
    bad = await _findings(json.dumps({"resource_changes": [QUEUE], "x": 1}), workbench)
    assert bad.projections == {Target.DOCUMENTS: []} and bad.parsed


@pytest.mark.asyncio
async def test_a_fault_is_told_at_its_line(workbench: Workbench) -> None:
    changes = ",\n".join(map(json.dumps, (QUEUE, {**QUEUE, "type": "b"})))
    text = f'{{"resource_changes": [\n{changes}]}}'
    findings = await _findings(text, workbench)
    lines = {found.line for found in findings.stages[1].diagnostics}
    assert lines == {3}


@pytest.mark.asyncio
@pytest.mark.parametrize("text", ["", "[", "{'a': 1}", '{"a": 1, "a": 2}', "{} x", "a: 1"])
async def test_what_is_no_json_stops_the_ladder(text: str, workbench: Workbench) -> None:
    findings = await _findings(text, workbench)
    assert not findings.parsed and not findings.projections
