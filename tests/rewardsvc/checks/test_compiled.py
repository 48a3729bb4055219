"""Checks: what is an invalid request, what holds, and what the stage says."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.checks import CheckResults, compile_checks, json_equal
from rewardsvc.checks.cost import may_take_long
from rewardsvc.checks.jmes import NotAnExpression, NoValue, compile_expression
from rewardsvc.checks.measures import Grade, GradedMeasure, Grading, NotComparable
from rewardsvc.errors import InvalidRequest
from rewardsvc.formats.kubernetes.named import CHECKS
from rewardsvc.types import ABSENT, Check, CheckKind, Component, JsonValue, StageStatus, Target


class _Format:
    """The part of a format that compiling looks at."""

    name = "kubernetes"
    named = CHECKS
    targets = frozenset({Target.DOCUMENTS})
    measures: tuple[GradedMeasure, ...] = ()


def _in_common(truth: JsonValue, arguments: Mapping[str, JsonValue]) -> Grading:
    if not isinstance(truth, list):
        raise NotComparable("truth", "a list is wanted")

    def grade(documents: JsonValue) -> Grade:
        missing = [each for each in truth if each not in documents]
        value = 1 - len(missing) / len(truth)
        return Grade(value, tuple(f"without {each}" for each in missing))

    return grade


class _Measured(_Format):
    measures = (
        GradedMeasure(
            name="in-common", on=Target.DOCUMENTS, described="documents", against=_in_common
        ),
    )


DOCUMENTS = [
    {"kind": "Deployment", "spec": {"replicas": 3, "ratio": 3.0, "paused": True, "names": ["a"]}},
    {"kind": "Service", "spec": {"ports": [{"port": 80}], "note": None}},
]


def _check(expr: str, expect: Any = ABSENT, **more: Any) -> Check:
    return Check(on=Target.DOCUMENTS, expr=expr, expect=expect, **more)


def _rego(policy: str, **more: Any) -> Check:
    return Check(kind=CheckKind.REGO, on=Target.DOCUMENTS, policy=policy, **more)


def _results(*checks: Check) -> CheckResults:
    return compile_checks(checks, _Format()).evaluate({Target.DOCUMENTS: DOCUMENTS})


def _holds(check: Check) -> bool:
    stage = _results(check).stage
    assert stage is not None
    return not any(found.code == "checks[0]" for found in stage.diagnostics)


@pytest.mark.parametrize(
    ("expr", "expect", "holds"),
    [
        ("[?kind=='Deployment'].spec.replicas | [0]", 3, True),
        ("[0].spec.replicas", 3.0, True),
        ("[0].spec.ratio", 3, True),
        ("[0].spec.replicas", "3", False),
        ("[0].spec.replicas", 4, False),
        ("[0].spec.paused", True, True),
        ("[0].spec.paused", 1, False),
        ("[0].spec.paused", ABSENT, True),
        ("[0].spec.replicas", ABSENT, False),
        ("length(@) == `2`", ABSENT, True),
        ("[1].spec.note", None, True),
        ("[1].spec.nothing", None, True),
        ("[1].spec.nothing", ABSENT, False),
        ("[0].spec.names", ["a"], True),
        ("[0].spec.names", ["a", "b"], False),
        ("[1].spec.ports[0]", {"port": 80.0}, True),
        ("[1].spec.ports[0]", {"port": 80, "name": "x"}, False),
        ("length([1].spec.nothing)", ABSENT, False),
        ("contains([1].kind, `1`)", ABSENT, False),
        ("[::0]", ABSENT, False),
        ("&kind", ABSENT, False),
    ],
)
def test_a_check_holds_when_the_value_is_the_expected_one(
    expr: str, expect: Any, holds: bool
) -> None:
    assert _holds(_check(expr, expect)) is holds


@pytest.mark.parametrize(
    ("check", "field", "says"),
    [
        (_check("a[?b"), "expr", "at character"),
        (_check("a == 'x"), "expr", "at character 6"),
        (_check("a ! b"), "expr", "at character 3"),
        (_check("a."), "expr", "the end"),
        (_check(""), "expr", "empty"),
        (_check("lenght(@)"), "expr", r"no function lenght\(\)"),
        (_check("a && lenght(@)"), "expr", r"no function lenght\(\)"),
        (_check("contains(@)"), "expr", "takes 2 arguments, not 1"),
        (_check("length(@, @)"), "expr", "takes 1 arguments, not 2"),
        (_check("not_null()"), "expr", "at least 1"),
        (_check("(" * 4000 + "a" + ")" * 4000), "expr", "nested deeper"),
        (_check("a.b" * 4000), "expr", "longer than"),
        (_check("!" * 300 + "a"), "expr", "nested deeper"),
        (Check(on=Target.PLAN, expr="a"), "on", "kubernetes has no plan"),
        (_check("a", weight=0.0), "weight", "positive"),
        (_check("a", weight=float("nan")), "weight", "finite"),
        (_check("a", policy="package x"), "policy", "no policy"),
        (_check("a", rules=("b",)), "rules", "no rules"),
        (_rego("", expr="data.a.b"), "policy", "empty"),
        (_rego("allow { true }", expr="data.a.b"), "policy", "begins with its package"),
        (_rego("package", expr="data.a.b"), "policy", "has no name"),
        (_rego("package a.{", expr="data.a.b"), "policy", "not the name of a package"),
        (_rego("package a\nb = `\0`", expr="data.a.b"), "policy", "NUL"),
        (_rego("package a\n#" + "x" * 100_000, expr="data.a.b"), "policy", "longer than"),
        (_rego("package a"), "expr", "a query"),
        (_rego("package a", expr="x" * 8193), "expr", "longer than"),
        (_rego("package a\nb = 1", expr="data.a.b", rules=("b",)), "rules", "not both"),
        (_rego("package a\nb = 1", expect=1, rules=("b",)), "expect", "rules must be true"),
        (_rego("package a\nb = 1", rules=("b",) * 101), "rules", "more than 100"),
        (_rego("package a\nb = 1", rules=("b", "c")), "rules[1]", "has no rule 'c'"),
        (_rego("package a\nb = 1 # c", rules=("c",)), "rules[0]", "has no rule 'c'"),
        (_rego("package a\nb = 1", rules=("b[0]",)), "rules[0]", "not the name"),
        (_rego("package a\nb = 1", rules=("",)), "rules[0]", "not the name"),
    ],
)
def test_a_check_that_nobody_can_evaluate_is_an_invalid_request(
    check: Check, field: str, says: str
) -> None:
    with pytest.raises(InvalidRequest, match=says) as raised:
        compile_checks([_check("a"), check], _Format())
    assert raised.value.field == f"task.checks[1].{field}"


def test_the_score_is_the_share_of_weight_that_holds() -> None:
    results = _results(
        _check("[0].kind", "Deployment", weight=3.0),
        _check("[0].kind", "Pod", description="it is a pod"),
    )
    assert results.stage is not None
    assert results.stage.name == "checks"
    assert results.stage.component is Component.CORRECTNESS
    assert results.stage.score == pytest.approx(0.75)
    assert results.stage.status is StageStatus.FAILED
    (diagnostic,) = results.stage.diagnostics
    assert diagnostic.message == 'it is a pod: expected "Pod", found "Deployment"'
    assert not results.off_task


def test_none_that_holds_is_off_task() -> None:
    results = _results(_check("[0].kind", "Pod"), _check("[1].kind", "Pod", weight=0.1))
    assert results.stage is not None
    assert results.off_task
    assert results.stage.score == 0.0


def test_what_would_hold_of_nothing_does_not_make_an_answer_on_task() -> None:
    wanted = _check("[?kind=='Pod'] | length(@) > `0`")
    harmless = _check("[?spec.privileged] | length(@) == `0`")
    assert _results(wanted, harmless).off_task
    assert _results(harmless).off_task
    stage = _results(harmless).stage
    assert stage is not None
    assert [found.code for found in stage.diagnostics] == ["off-task"]
    assert not _results(_check("[0].kind", "Deployment"), wanted, harmless).off_task


def test_no_checks_are_no_stage() -> None:
    assert _results() == CheckResults(None, off_task=False)


def test_a_target_that_is_not_there_does_not_hold() -> None:
    results = compile_checks([_check("length(@)", 0)], _Format()).evaluate({})
    assert results.stage is not None
    assert results.off_task
    assert "to look at" in results.stage.diagnostics[0].message


@given(st.text() | st.text("ab.[]()?*&|!=<>'`\"@,:1 ", max_size=40))
def test_any_text_compiles_or_is_not_an_expression(text: str) -> None:
    try:
        evaluate = compile_expression(text)
    except NotAnExpression as error:
        assert str(error)
        return
    try:
        evaluate(DOCUMENTS)
    except NoValue as error:
        assert str(error)


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-3, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner),
    max_leaves=6,
)


@given(_JSON, _JSON)
def test_equality_is_symmetric_and_tells_types_apart(left: Any, right: Any) -> None:
    assert json_equal(left, left)
    assert json_equal(left, right) is json_equal(right, left)
    assert not json_equal([True], [1])
    assert not json_equal({"a": 0}, {"a": False})


def test_a_named_check_holds_as_what_it_renders_to() -> None:
    def named(count: int, **more: Any) -> Check:
        arguments = {"kind": "Deployment", "count": count}
        return Check(kind=CheckKind.NAMED, name="kind_count", arguments=arguments, **more)

    assert _holds(named(1))
    stage = _results(named(2), named(2, description="two of them", weight=3.0), named(1)).stage
    assert stage is not None
    assert stage.score == pytest.approx(0.2)
    first, second = stage.diagnostics
    assert first.message.startswith("there are 2 of kind Deployment: expected")
    assert second.message.startswith("two of them: expected")


@pytest.mark.parametrize(
    ("expr", "hint"),
    [
        ('length([?kind=="Deployment"])', "the text is 'Deployment'"),
        ('[?metadata.name != "a b"] | [0].x', "the text is 'a b'"),
        ("length([?kind=='Deployment'])", ""),
        ("[?\"my kind\"=='Deployment'] | [0].x", ""),
    ],
)
def test_a_text_in_double_quotes_is_said_to_be_a_field(expr: str, hint: str) -> None:
    stage = _results(Check(on=Target.DOCUMENTS, expr=expr, expect=7)).stage
    assert stage is not None
    (found,) = stage.diagnostics
    assert hint in found.message and ("in JMESPath" in found.message) is bool(hint)


def _graded(*checks: Check, truth: JsonValue, shown: JsonValue) -> CheckResults:
    return compile_checks(checks, _Measured(), truth).evaluate({Target.DOCUMENTS: shown})


_IN_COMMON = Check(kind=CheckKind.GRADED, measure="in-common")


def test_a_graded_check_holds_by_its_grade() -> None:
    three_of_four = _graded(_IN_COMMON, truth=[1, 2, 3, 4], shown=[1, 2, 3])
    assert three_of_four.stage is not None and not three_of_four.off_task
    assert three_of_four.stage.score == 0.75
    (found,) = three_of_four.stage.diagnostics
    assert (found.code, found.message) == ("checks[0]", "documents: without 4")
    whole = _graded(_IN_COMMON, truth=[1, 2], shown=[2, 1]).stage
    assert whole is not None and (whole.score, whole.diagnostics) == (1.0, ())


def test_weights_are_of_checks_whatever_their_kind() -> None:
    checks = (replace(_IN_COMMON, weight=3.0), _check("length(@)", 7))
    stage = _graded(*checks, truth=[1, 2], shown=[1]).stage
    assert stage is not None and stage.score == 0.375


def test_a_grade_that_an_empty_answer_has_as_well_is_no_evidence_of_work() -> None:
    assert _graded(_IN_COMMON, truth=[1], shown=[2]).off_task
    assert not _graded(_IN_COMMON, truth=[1, 2], shown=[2]).off_task
    nothing_shown = compile_checks([_IN_COMMON], _Measured(), [1]).evaluate({})
    assert nothing_shown.off_task and nothing_shown.stage is not None
    assert "to look at" in nothing_shown.stage.diagnostics[0].message


@pytest.mark.parametrize(
    ("check", "format", "field"),
    [
        (_IN_COMMON, _Format(), "task.checks[0].measure"),
        (replace(_IN_COMMON, measure="other"), _Measured(), "task.checks[0].measure"),
        (_IN_COMMON, _Measured(), "task.truth"),
        (replace(_IN_COMMON, expr="@"), _Measured(), "task.checks[0].expr"),
        (replace(_IN_COMMON, weight=0.0), _Measured(), "task.checks[0].weight"),
    ],
)
def test_a_graded_check_that_nobody_can_evaluate_names_its_place(
    check: Check, format: _Format, field: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        compile_checks([check], format, {"a": 1})
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"Statement": {"Action": ["a", "b"]}}', ["a", "b"]),
        ('{"Statement": [{"Action": "a"}]}', ["a"]),
        ("no JSON", []),
        ('{"Statement": {"Action": ["a"]}, "x": NaN}', []),
        ('{"Statement": {"Action": ["a"]}, "x": -Infinity}', []),
        ('{"Statement": {"Action": ["a"], "Action": ["b"]}}', []),
        ('{"Statement": {"Action": [1e999]}}', [1.7976931348623157e308]),
        ("[" * 100_000, []),
        (None, []),
    ],
)
def test_a_text_of_json_is_looked_into(text: str | None, value: list[JsonValue]) -> None:
    evaluate = compile_expression("[from_json(policy).Statement][].Action[] || `[]`")
    assert evaluate({"policy": text}) == value


def test_what_a_text_of_json_holds_counts_as_large() -> None:
    data: JsonValue = {"policy": "[" + "1," * 300_000 + "1]"}
    assert may_take_long("from_json(policy)[?@ == `2`] | length(@)", data)
    assert not may_take_long("length(policy) > `2` && policy != 'other words'", data)
