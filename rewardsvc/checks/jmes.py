"""JMESPath (jmespath.org's specification, by the jmespath package) as a language of checks.

The package finds unknown functions and wrong numbers of arguments only when it evaluates, and
then only on the branch that is taken; here both are found when the expression is compiled, so
that a misspelt check is an invalid request and never a failing completion.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

import jmespath
from jmespath.exceptions import JMESPathError

from rewardsvc.checks.functions import OPTIONS, CheckFunctions
from rewardsvc.types import JsonValue

MAX_EXPRESSION_CHARACTERS = 8192
MAX_EXPRESSION_DEPTH = 100
"""Of the syntax tree; evaluation recurses as deep."""

_COMPARED_FIELD = re.compile(r"(?:[=!]=)\s{0,9}(\"(?:[^\"\\\\\n]){1,200}\")")

Evaluate = Callable[[JsonValue], JsonValue]


class NotAnExpression(ValueError):
    """The text is not a JMESPath expression; the message says where and why."""


class NoValue(ValueError):
    """The expression has no value on this data; the message says why."""


def compile_expression(text: str) -> Evaluate:
    """A function from data to the expression's value, which raises NoValue where it has none.

    Raises:
        NotAnExpression: syntax, an unknown function, or a wrong number of arguments.
    """
    if not text.strip():
        raise NotAnExpression("the expression is empty")
    if len(text) > MAX_EXPRESSION_CHARACTERS:
        raise NotAnExpression(f"longer than {MAX_EXPRESSION_CHARACTERS} characters")
    try:
        compiled = jmespath.compile(text)
        _check_calls(cast(Mapping[str, Any], compiled.parsed), MAX_EXPRESSION_DEPTH)
    except RecursionError as error:
        raise NotAnExpression(f"nested deeper than {MAX_EXPRESSION_DEPTH}") from error
    except JMESPathError as error:
        raise NotAnExpression(_explained(error, text)) from error

    def evaluate(data: JsonValue) -> JsonValue:
        try:
            return compiled.search(data, options=OPTIONS)
        except (JMESPathError, ArithmeticError, TypeError, ValueError, RecursionError) as error:
            # The package lets Python's own errors through, e.g. for `contains('a', `1`)`.
            raise NoValue(str(error) or type(error).__name__) from error

    return evaluate


def quoting_hint(text: str) -> str:
    """What to write instead where an expression compares with a name in double quotes.

    ``[?kind=="Deployment"]`` compiles: it compares two fields, and hardly ever holds.
    """
    found = _COMPARED_FIELD.search(text)
    if found is None:
        return ""
    word = found[1][1:-1]
    return f" (in JMESPath {found[1]} is a field of that name; the text is '{word}')"


def _check_calls(tree: Mapping[str, Any], depth: int) -> None:
    if depth == 0:
        raise NotAnExpression(f"nested deeper than {MAX_EXPRESSION_DEPTH}")
    children = [child for child in tree.get("children", ()) if isinstance(child, dict)]
    if tree["type"] == "function_expression":
        name = tree["value"]
        known = CheckFunctions.FUNCTION_TABLE.get(name)
        if known is None:
            raise NotAnExpression(f"there is no function {name}()")
        wanted = known["signature"]
        variadic = bool(wanted) and wanted[-1].get("variadic", False)
        if len(children) < len(wanted) or (len(children) > len(wanted) and not variadic):
            least = "at least " if variadic else ""
            raise NotAnExpression(
                f"{name}() takes {least}{len(wanted)} arguments, not {len(children)}"
            )
    for child in children:
        _check_calls(child, depth - 1)


def _explained(error: JMESPathError, text: str) -> str:
    for attribute in ("lexer_position", "lex_position"):
        position = getattr(error, attribute, None)
        if isinstance(position, int):
            found = f"{text[position : position + 20]!r}" if position < len(text) else "the end"
            what = getattr(error, "message", None) or getattr(error, "msg", "") or "invalid"
            return f"at character {position + 1}, before {found}: {what}"
    return str(error).splitlines()[0]
