"""What is told of a policy by reading it, before anybody evaluates it."""

import pytest

from rewardsvc.checks.rego import Module, NotAPolicy, lenient, read_module

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
