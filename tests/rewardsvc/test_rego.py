"""Rego checks: the policies that public benchmarks ship, both versions of the language, and what
ends an evaluation."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from rewardsvc.checks import compile_checks
from rewardsvc.checks.compiled import CheckResults
from rewardsvc.checks.jmes import NoValue
from rewardsvc.checks.out_of_process import Evaluations
from rewardsvc.checks.policies import PolicyAnswer
from rewardsvc.checks.rego import Module, NotAPolicy, lenient, read_module
from rewardsvc.formats import FORMATS
from rewardsvc.types import ABSENT, Check, CheckKind, StageStatus, Target
from sandbox.base import MIB, Sandbox
from sandbox.errors import ToolCrashed
from sandbox.select import open_sandbox

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECONDS = 2.0
MEMORY = 256 * MIB


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox() as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def evaluations(sandbox: Sandbox) -> AsyncIterator[Evaluations]:
    async with Evaluations(sandbox, seconds=SECONDS, memory_bytes=MEMORY) as opened:
        yield opened


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
        rego(MODERN, "not data.terraform.validation.nothing"),
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


@pytest.mark.parametrize("call", UNDEFINED)
async def test_a_function_that_fails_is_undefined_and_the_rule_goes_on(
    call: str, evaluations: Evaluations
) -> None:
    policy = f"package a\nok {{ x := [null, true][_]; y := 1; {call} }}\nok {{ input.b }}\n"
    assert await ask(evaluations, policy, "data.a.ok", {"b": True}) == PolicyAnswer((True,))
    assert await ask(evaluations, policy, "data.a.ok", {}) == PolicyAnswer(())


async def test_what_the_data_contradicts_has_no_value(evaluations: Evaluations) -> None:
    policy = "package a\nv = x { x := input[_] }\nok { true }"
    assert await ask(evaluations, policy, "data.a.v", [1, 1]) == PolicyAnswer((1,))
    answer = await ask(evaluations, policy, "data.a.v", [1, 2])
    assert "multiple outputs" in answer.problem
    assert await ask(evaluations, policy, "data.a.ok", [1, 2]) == PolicyAnswer((True,))


@pytest.mark.parametrize(
    ("policy", "query", "says"),
    [
        ("package a\ndeny[x] { x := 1 }\nok if { false }", "data.a.ok", "`if` keyword is required"),
        ("package a\nok {", "data.a.ok", "the policy does not parse: --> policy:2:4"),
        ("package a\nok { nowhere(1) }", "data.a.ok", "could not find function nowhere"),
        ("package a\nok { p }\np { ok }", "data.a.ok", "recursion"),
        ("package a\nok { x == 3 }", "data.a.ok", "unsafe"),
        ("package a\nok { true }", "data.a.(", "the query does not parse"),
    ],
)
async def test_a_policy_that_nobody_can_evaluate_is_our_fault_not_the_completions(
    policy: str, query: str, says: str, evaluations: Evaluations
) -> None:
    with pytest.raises(ToolCrashed, match=says.replace("(", r"\(")):
        await ask(evaluations, policy, query, {})


ABORTS = (
    pytest.param("n := count(numbers.range(1, input.x))", 10**11, id="a range"),
    pytest.param("n := sprintf(input.x, [1])", "%999999999999d", id="a width"),
)


@pytest.mark.parametrize(("rule", "value"), ABORTS)
async def test_what_only_these_data_bring_about_is_theirs(
    rule: str, value: Any, evaluations: Evaluations
) -> None:
    with pytest.raises(NoValue, match="on this data alone"):
        await ask(evaluations, f"package a\n{rule}", "data.a.n", {"x": value})


async def test_a_policy_that_aborts_on_no_data_is_our_fault(evaluations: Evaluations) -> None:
    policy = f"package a\nn := count(numbers.range(1, {10**11}))"
    with pytest.raises(ToolCrashed, match="twice"):
        await ask(evaluations, policy, "data.a.n", {"x": 1})


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("n := input.x * 1000000000000000000000", 1e300),
        ("n := units.parse(input.x)", "1e9999999999E"),
        ("n := to_number(input.x)", "1e999999"),
        ("n := json.unmarshal(input.x)", "[" * 200),
        ("n := yaml.unmarshal(input.x)", "[" * 2000),
        ("n := regex.match(input.x, `a`)", "(((a{1000}){1000}){1000})"),
        ("n := 5 % input.x", 0),
        ("n := semver.compare(input.x, `1`)", "undefined variable"),
    ],
)
async def test_no_number_and_no_text_is_a_fault_of_ours(
    rule: str, value: Any, evaluations: Evaluations
) -> None:
    assert (await ask(evaluations, f"package a\n{rule}", "data.a.n", {"x": value})).values == ()


ENDLESS = "package a\nok { count([1 | input[_] < input[_]; input[_] == -1]) > 0 }"
GREEDY = """package a
x = [concat("", [input, input, input, input]) | numbers.range(1, 4000)[_]]
ok { count(x) > 0 }
"""


async def test_a_policy_that_runs_out_of_its_limits_does_not_hold(evaluations: Evaluations) -> None:
    with pytest.raises(NoValue, match="time"):
        await ask(evaluations, ENDLESS, "data.a.ok", list(range(3000)))
    (message,) = await failures_of(
        evaluations, list(range(3000)), rego(ENDLESS, rules=["ok"]), on=Target.PLAN
    )
    assert message == "rules ok: no value: it ran out of time"
    assert await ask(evaluations, "package a\nok = 1", "data.a.ok", {}) == PolicyAnswer((1,))


async def test_a_policy_that_a_busy_machine_keeps_waiting_is_not_out_of_time(
    sandbox: Sandbox,
) -> None:
    async with Evaluations(sandbox, seconds=SECONDS) as opened:
        await ask(opened, "package a\nok { true }", "data.a.ok", {})
        before = set(_of(opened._evaluator._folder))
        asking = asyncio.create_task(ask(opened, ENDLESS, "data.a.ok", list(range(200))))
        await _until(lambda: set(_of(opened._evaluator._folder)) > before)
        jobs = set(_of(opened._evaluator._folder)) - before
        for pid in jobs:
            os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(SECONDS + 0.5)
        for pid in jobs:
            os.kill(pid, signal.SIGCONT)
        assert await asking == PolicyAnswer(())


async def test_a_policy_that_devours_memory_does_not_hold(sandbox: Sandbox) -> None:
    async with Evaluations(sandbox, seconds=60.0, memory_bytes=128 * MIB) as opened:
        with pytest.raises(NoValue, match="memory"):
            await ask(opened, GREEDY, "data.a.ok", "x" * 100_000)
        assert await ask(opened, "package a\nok = 1", "data.a.ok", {}) == PolicyAnswer((1,))


async def test_an_expression_that_may_take_long_does_not_hold_up_the_process(
    evaluations: Evaluations,
) -> None:
    check = Check(on=Target.DOCUMENTS, expr="length([0]|[@,@][]|[@,@][]) == `8`")
    again = "|[@,@,@,@,@,@,@,@][]"
    bomb = Check(on=Target.DOCUMENTS, expr=f"length([0]{again * 12})")
    beats = 0

    async def heart() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.01)
            beats += 1

    beating = asyncio.create_task(heart())
    messages = await failures_of(evaluations, [[1, 2]], check, bomb, on=Target.DOCUMENTS)
    beating.cancel()
    assert len(messages) == 1 and "ran out of" in messages[0]
    assert beats > 20


async def test_a_large_document_gives_what_a_small_one_does(evaluations: Evaluations) -> None:
    large = [{"name": f"n{number}", "size": number} for number in range(60_000)]
    checks = [
        Check(on=Target.DOCUMENTS, expr="[?size==`59999`].name | [0]", expect="n59999"),
        Check(on=Target.DOCUMENTS, expr="length(@[0].nothing)", expect=None),
        Check(on=Target.DOCUMENTS, expr="[?name=='n5'] | length(@)", expect=2),
    ]
    messages = await failures_of(evaluations, large, *checks, on=Target.DOCUMENTS)
    assert len(messages) == 2
    assert "no value" in messages[0] and messages[1].endswith("expected 2, found 1")


async def test_what_holds_of_nothing_is_no_evidence(evaluations: Evaluations) -> None:
    absent = rego(
        "package a\ndeny[x] { x := input.resource_changes[_].type }", "count(data.a.deny)", 0
    )
    present = rego(BENCHMARK, rules=["is_valid_queue"])
    empty: dict[str, Any] = {"resource_changes": []}
    assert (await results_of(evaluations, empty, absent, present)).off_task
    assert not (await results_of(evaluations, empty, absent)).off_task
    assert not (await results_of(evaluations, queue(), absent, present)).off_task


async def test_values_that_json_has_not_are_null_to_a_policy(evaluations: Evaluations) -> None:
    data = {"a": float("inf"), "b": float("nan"), "c": "\ud800x", "d": "\0"}
    policy = "package a\nok { input.a == null; input.b == null; count(input.d) == 1 }"
    assert await ask(evaluations, policy, "data.a.ok", data) == PolicyAnswer((True,))


async def test_a_process_that_died_is_replaced(sandbox: Sandbox) -> None:
    restarts: list[str] = []
    async with Evaluations(sandbox, restarted=restarts.append) as opened:
        policy = "package a\nok { true }"
        assert await ask(opened, policy, "data.a.ok", {}) == PolicyAnswer((True,))
        evaluator = opened._evaluator.current
        assert evaluator is not None
        await evaluator.process.stop()
        answers = await asyncio.gather(*(ask(opened, policy, "data.a.ok", {}) for _ in range(8)))
        assert set(answers) == {PolicyAnswer((True,))}
    assert restarts == ["evaluator"]


async def test_nothing_is_left_of_a_closed_one(sandbox: Sandbox) -> None:
    async with Evaluations(sandbox) as opened:
        await ask(opened, "package a\nok { true }", "data.a.ok", {})
        folder = opened._evaluator._folder
        assert folder is not None and folder.exists()
        assert _of(folder)
    assert not folder.exists()
    assert not _of(folder)


async def test_nothing_is_started_for_checks_that_are_quick(sandbox: Sandbox) -> None:
    async with Evaluations(sandbox) as opened:
        quick = Check(on=Target.DOCUMENTS, expr="[0] == `1`")
        assert await failures_of(opened, [1], quick, on=Target.DOCUMENTS) == []
        assert opened._evaluator.current is None


async def test_a_job_whose_asker_went_away_ends(sandbox: Sandbox) -> None:
    async with Evaluations(sandbox, seconds=60.0) as opened:
        await ask(opened, "package a\nok { true }", "data.a.ok", {})
        asking = asyncio.create_task(ask(opened, ENDLESS, "data.a.ok", list(range(3000))))
        assert opened._evaluator._folder is not None
        one = len(_of(opened._evaluator._folder))
        await _until(lambda: len(_of(opened._evaluator._folder)) > one)
        asking.cancel()
        await _until(lambda: len(_of(opened._evaluator._folder)) == one)


async def _until(holds: Any) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 (processes)
            await asyncio.sleep(0.02)


def _of(folder: Path | None) -> list[int]:
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


@pytest.mark.parametrize(
    ("text", "package", "new"),
    [
        ("package a", ("a",), False),
        ("# c\n\npackage a.b # d\nimport rego.v1", ("a", "b"), True),
        ('package a["b-c"].d\nx = 1', ("a", "b-c", "d"), False),
        ("package a\nallow if { true }", ("a",), True),
        ("package a\ns contains 1", ("a",), True),
        ("package a\nimport future.keywords.if\nallow if { true }", ("a",), False),
        ("package a\nimport future.keywords\nallow if { true }", ("a",), False),
        ("package a\nimport future.keywords.every\nallow if { true }", ("a",), True),
        ("package a\nimport future.keywords.if\ns contains 1", ("a",), True),
        ('package a\nallow { contains("ab", "a") }', ("a",), False),
        ('package a\nx = "if"\n# allow if', ("a",), False),
    ],
)
async def test_what_reading_tells_of_a_policy(
    text: str, package: tuple[str, ...], new: bool
) -> None:
    module = read_module(text)
    assert (module.package, module.new) == (package, new)


async def test_a_rule_is_asked_for_in_its_package() -> None:
    module: Module = read_module('package a["b-c"]\nd.e = 1')
    assert module.rule("d.e") == 'data["a"]["b-c"]["d"]["e"]'
    with pytest.raises(NotAPolicy):
        module.rule("f")


@pytest.mark.parametrize(
    "text",
    [
        'x := "startswith(a, b)" # count(x)',
        "has contains (x) { x := 1 }",
        "contains(a, b) { a == b }\nok { contains(1, 1) }",
        "ok { data.lib.count(1) }",
    ],
)
async def test_only_calls_of_functions_are_made_lenient(text: str) -> None:
    assert lenient(text) == text
