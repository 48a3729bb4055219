"""What is told of a policy by reading it, before anybody evaluates it."""

import time

import pytest

from rewardsvc.checks.rego import Module, NotAPolicy, hoisted, lenient, read_module

pytestmark = pytest.mark.asyncio(loop_scope="module")


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


@pytest.mark.parametrize(
    "text",
    [
        "ok { some i, j; some k\n x[i][j] == k }",
        "ok { x[_]; some k in y; k }",
        "ok { x[_]; y.some; `some k`; z # some k\n}",
        "ok { x[k]; some k; y[k] }",
        "ok { count([1 | x[k]]) > 0; some k; y[k] }",
    ],
)
async def test_only_a_declaration_that_comes_late_is_moved(text: str) -> None:
    assert hoisted(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "package a\nok " + "".join(f"{{x{number};" for number in range(12_000)) + "some k",
        "package a\nok {" + "some x in [" * 8_000,
        "package a\nok {" + "some x in y | " * 7_000,
        "package a\nok { x[_]; " + "some k; k; " * 8_000 + "}",
        "package a\nok { x[_]; " + "some k; count(k); " * 5_000 + "}",
        "package a\nok { " + "a := [k | some k]; " * 5_000 + "}",
    ],
)
async def test_reading_a_policy_takes_time_in_proportion_to_its_length(text: str) -> None:
    before = time.process_time()
    lenient(hoisted(text))
    assert time.process_time() - before < 2.0  # of a second where the time is its square's: 10
