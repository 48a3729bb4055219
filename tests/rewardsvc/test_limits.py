"""What a request multiplies is bounded, by field, before anything reads it."""

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.errors import InvalidRequest
from rewardsvc.limits import (
    MAX_CHECKS,
    MAX_DEPTH,
    MAX_FILES,
    MAX_FIXTURES,
    MAX_RULES,
    MAX_VALUES,
    MAX_WEIGHT,
    require_limits,
)
from rewardsvc.local import LocalScorer
from rewardsvc.pipeline import prepare
from rewardsvc.settings import Settings
from rewardsvc.types import Check, CheckKind, Fixture, Means, ScoreRequest, Target, Task


def asked(*checks: Check, id: str = "", **task: Any) -> ScoreRequest:
    return ScoreRequest(
        id=id, task=Task(format=task.pop("format", "bash"), checks=checks, **task), completion=""
    )


def check(**given: Any) -> Check:
    return Check(on=Target.AST, expr="a", **given)


def nested(depth: int) -> Any:
    value: Any = 1
    for number in range(depth):
        value = [value] if number % 2 else {"a": value}
    return value


TOO_MUCH = {
    "id": (asked(id="x" * 1001), "id"),
    "category": (asked(category="x" * 201), "task.category"),
    "format": (asked(format="x" * 5_000_000), "task.format"),
    "files": (asked(files=("a",) * (MAX_FILES + 1)), "task.files"),
    "path": (asked(files=("a", "x" * 1025)), "task.files[1]"),
    "before": (asked(before={str(n): "" for n in range(MAX_FILES + 1)}), "task.before"),
    "fixtures": (asked(fixtures=(Fixture(),) * (MAX_FIXTURES + 1)), "task.fixtures"),
    "files of a fixture": (
        asked(fixtures=(Fixture(), Fixture(files={"x" * 1025: ""}))),
        "task.fixtures[1].files[0]",
    ),
    "checks": (asked(*[check()] * (MAX_CHECKS + 1)), "task.checks"),
    "checks with those of fixtures": (
        asked(*[check()] * MAX_CHECKS, fixtures=(Fixture(checks=(check(),)),)),
        "task.fixtures[0].checks",
    ),
    "rules of all checks": (
        asked(*[check(kind=CheckKind.REGO, rules=("a",) * 100)] * (MAX_RULES // 100 + 1)),
        "task.checks[10].rules",
    ),
    "policies of all checks": (
        asked(*[check(kind=CheckKind.REGO, policy="x" * 100_000)] * 11),
        "task.checks[10].policy",
    ),
    "a rule's name": (asked(check(rules=("x" * 201,))), "task.checks[0].rules[0]"),
    "a check's name": (asked(check(name="x" * 201)), "task.checks[0].name"),
    "a measure": (asked(check(measure="x" * 201)), "task.checks[0].measure"),
    "a description": (asked(check(description="x" * 2001)), "task.checks[0].description"),
    "weights that sum to infinity": (
        asked(check(weight=1e308), check(weight=1e308)),
        "task.checks[0].weight",
    ),
    "a weight above": (asked(check(weight=MAX_WEIGHT * 1.001)), "task.checks[0].weight"),
    "no weight": (asked(check(), check(weight=0.0)), "task.checks[1].weight"),
    "a weight below": (asked(check(weight=-1.0)), "task.checks[0].weight"),
    "a weight that is no number": (asked(check(weight=float("nan"))), "task.checks[0].weight"),
    "an infinite weight": (asked(check(weight=float("inf"))), "task.checks[0].weight"),
    "a weight of a fixture's check": (
        asked(fixtures=(Fixture(checks=(check(weight=1e308),)),)),
        "task.fixtures[0].checks[0].weight",
    ),
    "a deep expectation": (asked(check(expect=nested(MAX_DEPTH + 1))), "task.checks[0].expect"),
    "a wide expectation": (asked(check(expect=[0] * MAX_VALUES)), "task.checks[0].expect"),
    "an expectation of long texts": (
        asked(check(expect=["x" * 100_000] * 11)),
        "task.checks[0].expect",
    ),
    "an expectation of long keys": (
        asked(check(expect={"x" * 1_000_001: 1})),
        "task.checks[0].expect",
    ),
    "a number beyond a double": (asked(check(expect=[10**400])), "task.checks[0].expect"),
    "an infinite number": (asked(check(expect={"a": float("inf")})), "task.checks[0].expect"),
    "deep arguments": (
        asked(check(arguments={"a": nested(MAX_DEPTH)})),
        "task.checks[0].arguments",
    ),
    "a deep truth": (asked(truth=nested(MAX_DEPTH + 1)), "task.truth"),
    "a wide truth": (asked(truth=[[0] * 1000] * 101), "task.truth"),
    "means": (asked(means=Means(crds=("a",) * 257)), "task.means.crds"),
    "versions": (
        asked(means=Means(providers={"aws": ("1.0.0",) * 257})),
        "task.means.providers.aws",
    ),
}


@pytest.mark.parametrize(("request_", "field"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_too_much_of_anything_is_an_invalid_request_that_names_the_field(
    request_: ScoreRequest, field: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        require_limits(request_)
    assert refused.value.field == field
    assert len(refused.value.message) < 300


async def test_no_way_in_forgets_the_limits() -> None:
    too_much = asked(*[check()] * (MAX_CHECKS + 1))
    with pytest.raises(InvalidRequest, match="more than 256"):
        prepare(too_much)
    scorer = LocalScorer(Settings())  # not open: nothing was begun
    with pytest.raises(InvalidRequest, match="more than 256"):
        await scorer.score_one(too_much)
    with pytest.raises(InvalidRequest, match="more than 256"):
        await scorer.score([too_much])


def test_as_much_as_is_allowed_is_allowed() -> None:
    most = check(weight=MAX_WEIGHT, expect=nested(MAX_DEPTH), description="x" * 2000)
    require_limits(asked(*[most] * MAX_CHECKS, files=("x",) * MAX_FILES))
    require_limits(asked(check(weight=5e-324, expect=[1e308, -1e308, 10**300])))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=30,
)


@given(JSON)
def test_ordinary_json_is_within_the_limits(value: Any) -> None:
    require_limits(asked(check(expect=value), truth=value))


@given(st.integers(0, 60))
def test_json_is_refused_from_one_depth_on(depth: int) -> None:
    request = asked(check(expect=nested(depth)))
    if depth <= MAX_DEPTH:
        require_limits(request)
    else:
        with pytest.raises(InvalidRequest, match="nested deeper"):
            require_limits(request)


def test_shared_json_that_unfolds_without_end_is_refused_at_once() -> None:
    bomb: Any = "x"
    for _ in itertools.repeat(None, 30):
        bomb = [bomb] * 10
    with pytest.raises(InvalidRequest, match="more than"):
        require_limits(asked(replace(check(), expect=bomb)))
