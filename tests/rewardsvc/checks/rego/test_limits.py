"""What ends an evaluation, and whose doing it is: the data's, the policy's or ours."""

import asyncio
import os
import signal
from typing import Any

import pytest

from rewardsvc.checks.jmes import NoValue
from rewardsvc.checks.out_of_process import Evaluations
from rewardsvc.checks.policies import PolicyAnswer
from rewardsvc.types import Check, Target
from sandbox.base import MIB, Sandbox
from sandbox.errors import ToolCrashed
from tests.rewardsvc.checks.rego.asking import (
    ENDLESS,
    SECONDS,
    ask,
    failures_of,
    processes_of,
    rego,
    until,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


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
        ("package a\nok { x := 1; x := 2 }", "data.a.ok", "used before definition"),
        ("package a\nok { n := 1; -n == 1 }", "data.a.ok", "numeric literals"),
        ("package a\nok { startswith(`a`) }", "data.a.ok", "number of arguments"),
        ("package a\nok { is_null() }", "data.a.ok", "expects 1 argument"),
        ("package a\nok { p with q as 1 }\np { true }", "data.a.ok", "undefined rule"),
        ("package a\nok := 1\nok := 2", "data.a.ok", "rule conflicts"),
        ("package a\nok { true; x > 0; some x }", "data.a.ok", "used before definition"),
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


@pytest.mark.parametrize(
    ("rule", "value"),
    [("n := 1 + input.x", None), ("n := input.x | {1}", 1), ("n := numbers.range(1, input.x)", "")],
)
async def test_a_value_of_another_type_is_the_datas(
    rule: str, value: Any, evaluations: Evaluations
) -> None:
    answer = await ask(evaluations, f"package a\n{rule}", "data.a.n", {"x": value})
    assert answer.values == () and "argument. Got" in answer.problem


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
        before = set(processes_of(opened._evaluator._folder))
        asking = asyncio.create_task(ask(opened, ENDLESS, "data.a.ok", list(range(200))))
        await until(lambda: set(processes_of(opened._evaluator._folder)) > before)
        jobs = set(processes_of(opened._evaluator._folder)) - before
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


async def test_values_that_json_has_not_are_null_to_a_policy(evaluations: Evaluations) -> None:
    data = {"a": float("inf"), "b": float("nan"), "c": "\ud800x", "d": "\0"}
    policy = "package a\nok { input.a == null; input.b == null; count(input.d) == 1 }"
    assert await ask(evaluations, policy, "data.a.ok", data) == PolicyAnswer((True,))
