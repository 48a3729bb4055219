"""Rego checks: the policies that public benchmarks ship, in both versions of the language."""

import json
from typing import Any

import pytest

from rewardsvc.checks.out_of_process import Evaluations
from rewardsvc.checks.policies import PolicyAnswer
from rewardsvc.types import Check
from tests.rewardsvc.checks.rego.asking import (
    BENCHMARK,
    MODERN,
    ask,
    failures_of,
    queue,
    rego,
    results_of,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    "check",
    [
        rego(BENCHMARK, rules=["is_valid_queue", "has_dead_letters", "is_configuration_valid"]),
        rego(BENCHMARK, rules=["is_configuration_valid"]),
        rego(BENCHMARK, "data.terraform.validation.is_configuration_valid"),
        rego(BENCHMARK, "count(data.terraform.validation.dead_letters)", expect=2),
        rego(
            BENCHMARK,
            "data.terraform.validation.dead_letters",
            expect=["aws_sqs_queue.dead", "aws_sqs_queue.dead.arn"],
        ),
        rego(MODERN, rules=["is_valid_queue"]),
        rego(MODERN, "data.terraform.validation.names", expect=["jobs"]),
        rego(MODERN, 'data.terraform.validation.names == {"jobs"}'),
        rego(MODERN, "x := data.terraform.validation.names; count(x) == 1"),
        rego(MODERN, "count(data.terraform.validation.names) > 0; not data.terraform.validation.x"),
        rego(MODERN.replace("import rego.v1\n", ""), rules=["is_valid_queue"]),
    ],
)
async def test_a_policy_holds_of_the_plan_that_it_describes(
    check: Check, evaluations: Evaluations
) -> None:
    results = await results_of(evaluations, queue(), check)
    assert results.stage is not None and results.stage.diagnostics == ()
    assert not results.off_task


@pytest.mark.parametrize(
    ("check", "says"),
    [
        (
            rego(BENCHMARK, rules=["has_dead_letters", "is_valid_queue"]),
            "rules has_dead_letters, is_valid_queue: not true: is_valid_queue is false",
        ),
        (rego(MODERN, rules=["is_valid_queue"]), "is_valid_queue is false"),
        (rego(MODERN, rules=["names"]), 'not true: names is ["jobs"]'),
        (rego(MODERN, "data.terraform.validation.nothing"), "expected true, found undefined"),
        (
            rego(MODERN, "data.terraform.validation.nothing", expect=None),
            "expected null, found undefined",
        ),
        (rego(MODERN, "data.terraform.validation.names"), 'expected true, found ["jobs"]'),
        (rego(MODERN, "count(data.terraform.validation.names)", expect=True), "found 1"),
    ],
)
async def test_a_check_that_does_not_hold_says_what_was_found(
    check: Check, says: str, evaluations: Evaluations
) -> None:
    (message,) = await failures_of(evaluations, queue(visibility_timeout_seconds=5), check)
    assert says in message


LANGUAGE = {
    "sets of version 0": 's[x] { x := input.r[_].t }\nok { s == {"a", "b"}; s["a"]; not s["c"] }',
    "objects of version 0": 'm[k] = v { r := input.r[_]; k := r.t; v := r.n }\nok { m["b"] == 2 }',
    "denials": "deny[msg] { r := input.r[_]; not r.tag; msg := r.t }\nok { count(deny) == 2 }",
    "some in, not imported": 's := {r.t | some r in input.r}\nok := s == {"a", "b"}',
    "some in, imported": 'import future.keywords.in\nok { some r in input.r; r.t == "b" }',
    "in a set of the policy": (
        'import future.keywords.in\ns[x] { x := input.r[_].t }\nok { "a" in s }'
    ),
    "keywords, imported": (
        "import future.keywords\ns contains r.t if { some r in input.r }\n"
        'ok if { "a" in s; every r in input.r { r.n > 0 } }'
    ),
    "in as a name": "ok { in := input.r[_]; in.n == 2 }",
    "two that are looked for": "ok { input.r[i].n < input.r[j].n }",
    "an argument that is looked for": 'ok { startswith(input.r[_].t, "b") }',
    "functions": 'f(x) { x.n > 5 }\nf(x) { x.t == "b" }\nok { f(input.r[_]) }',
    "else": 'v = "a" { input.q } else = "b" { true }\nok { v == "b" }',
    "several bodies": "ok { input.q } { input.r[0].n == 1 }",
    "comprehensions": "ok { count([r | r := input.r[_]; r.n > 1]) == 1 }",
    "walk": 'ok { walk(input, [path, value]); value == "b"; path == ["r", 1, "t"] }',
    "an alias of the input": 'import input as plan\nok { plan.r[_].t == "b" }',
    "functions that are gone": (
        'ok { any([false, true]); not all([false, true]); re_match("^b", input.r[_].t) }'
    ),
    "a function of its own": "any(x) { x == 3 }\nok { any(3); not any([true]) }",
    "a policy in a string": 'ok { json.unmarshal(input.json).Statement[_].Action == "s3:*" }',
    "text with marks": 'ok { input.text == "é \\"q\\"\\nz"; count(input.text) == 7 }',
    "numbers": "ok { input.large == 9007199254740993; input.part > 1.4; input.r[0].n == 1.0 }",
    "addresses": 'ok { net.cidr_contains("10.0.0.0/8", "10.1.2.3") }',
    "it may print": 'ok { print("x", input.r) }',
}


@pytest.mark.parametrize("name", LANGUAGE)
async def test_the_language_means_what_it_means_to_opa(name: str, evaluations: Evaluations) -> None:
    data = {
        "r": [{"t": "a", "n": 1}, {"t": "b", "n": 2}],
        "json": json.dumps({"Statement": [{"Action": "s3:*"}]}),
        "text": 'é "q"\nz',
        "large": 9007199254740993,
        "part": 1.5,
    }
    policy = f"package a.b\n{LANGUAGE[name]}\n"
    assert await ask(evaluations, policy, "data.a.b.ok", data) == PolicyAnswer((True,))


LATE = {
    "in a rule": "ok { some i\n r := input.r[i]\n some k\n r.tags[k] == 1 }",
    "several": "ok { r := input.r[_]; some i; some j, k; input.r[i].t == r.tags[j][k] }",
    "the last statement": "ok { r := input.r[_]\n some k\n}",
    "before its assignment": "ok { r := input.r[_]; some k; k := r.t; k == 2 }",
    "in an array": "ok { count([x | x := input.r[_].t; some y; input.r[y].t == x]) == 3 }",
    "in a set": "ok { {y | r := input.r[_]; some y; r.tags[y]} == {`a`, `b`} }",
    "in an object": "ok { count({y: x | x := input.r[_]; some y; x.tags[y]}) == 2 }",
    "of what the head names": "p[y] { r := input.r[_]; some y; r.tags[y] }\nok { count(p) == 2 }",
    "in a denial": "deny[m] { r := input.r[_]; some k; r.tags[k]; m := k }\nok { deny[`b`] }",
    "in else": "ok = 1 { false } else = true { r := input.r[_]; some k; r.tags[k] == 1 }",
    "in a function": "f(rs) { r := rs[_]; some k; r.tags[k] == 1 }\nok { f(input.r) }",
    "behind a comprehension with its name": (
        "ok { r := input.r[_]; c := [k | k := r.t]; c[_] == 2; some k; r.tags[k] == 1 }"
    ),
    "in every": (
        "import future.keywords\n"
        "ok { every t in [1, 2] { r := input.r[_]; r.t == 2; some k; r.t >= t; r.tags[k] == 1 } }"
    ),
    "behind one that goes through": "ok if { some r in input.r; some k; r.tags[k] == 1 }",
    "in brackets and strings": (
        'ok { r := input.r[_]; x := {"}": "{ some"}["}"]; count(x) > 0 # some y }\n'
        " some k; r.tags[k] == 1 }"
    ),
}
"""Rules with a declaration that is reached more than once."""


@pytest.mark.parametrize("name", LATE)
async def test_a_declaration_means_the_same_wherever_it_stands(
    name: str, evaluations: Evaluations
) -> None:
    rows = [{"t": 1, "tags": None}, {"t": 2, "tags": {"a": 1, "b": [3]}}, {"t": 3}]
    policy = f"package a\n{LATE[name]}\n"
    assert await ask(evaluations, policy, "data.a.ok", {"r": rows}) == PolicyAnswer((True,))


async def test_a_declaration_means_the_same_in_a_query(evaluations: Evaluations) -> None:
    query = "r := input.r[_]; some k; r[k] == 2; k == `b`"
    answer = await ask(evaluations, "package a\n", query, {"r": [{"a": 1}, {"b": 2}]})
    assert answer == PolicyAnswer((True,))


UNDEFINED = [
    'startswith(x, "a")',
    'contains(x, "a")',
    "lower(x) == y",
    "count(x) > 0",
    'regex.match("a", x)',
    'regex.match("(", "a")',
    "json.unmarshal(x).a",
    'to_number("zz") == 1',
    'concat(",", [x]) == "a"',
    "sum([x]) == 1",
    "object.get(x, 1, 2)",
    'net.cidr_contains("zz", "10.0.0.1")',
    'substring("ab", -1, 1) == "a"',
]
"""Of an x that is null, then true."""

NO_COLLECTIONS = ["some y in x", "some y in x; y == 1", "some k, y in x\n y == k", "some [y] in x"]


@pytest.mark.parametrize("call", UNDEFINED)
async def test_a_function_that_fails_is_undefined_and_the_rule_goes_on(
    call: str, evaluations: Evaluations
) -> None:
    policy = f"package a\nok {{ x := [null, true][_]; y := 1; {call} }}\nok {{ input.b }}\n"
    assert await ask(evaluations, policy, "data.a.ok", {"b": True}) == PolicyAnswer((True,))
    assert await ask(evaluations, policy, "data.a.ok", {}) == PolicyAnswer(())


@pytest.mark.parametrize("declaration", NO_COLLECTIONS)
async def test_what_is_no_collection_has_no_members_and_the_rule_goes_on(
    declaration: str, evaluations: Evaluations
) -> None:
    policy = f"package a\nok if {{ some x in [null, true, [[1, 2]]]; {declaration} }}\n"
    seen = await ask(evaluations, policy + "ok if { input.b }\n", "data.a.ok", {"b": True})
    assert seen == PolicyAnswer((True,))
    assert not (await ask(evaluations, policy.replace("[[1, 2]]", "1"), "data.a.ok", {})).values


async def test_what_holds_of_nothing_is_no_evidence(evaluations: Evaluations) -> None:
    absent = rego(
        "package a\ndeny[x] { x := input.resource_changes[_].type }", "count(data.a.deny)", 0
    )
    present = rego(BENCHMARK, rules=["is_valid_queue"])
    empty: dict[str, Any] = {"resource_changes": []}
    assert (await results_of(evaluations, empty, absent, present)).off_task
    assert (await results_of(evaluations, empty, absent)).off_task
    assert not (await results_of(evaluations, queue(), absent, present)).off_task
