"""Conditions that never hold, whatever the run: three-valued logic over CI services' expressions.

Infix as GitHub Actions and GitLab write it (``github.ref == 'x' && false``), functions as Azure
Pipelines does (``and(false, succeeded())``). What a run decides, and what this reader does not
know, is open; so is everything that does not read as an expression. Pure.

No library: the services' own evaluators want a value for every name.
"""

import re
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Final

from rewardsvc.types import JsonValue

MAX_CHARACTERS = 4000
"""Of a condition; a longer one is open."""

_TOKEN = re.compile(
    r"\s*+(?:(?P<text>'(?:[^']++|'')*+'|\"[^\"]*+\")|(?P<number>\d++(?:\.\d++)?(?![\w.]))"
    r"|(?P<sign>&&|\|\||==|!=|=~|!~|<=|>=|[!<>(),])|(?P<word>[\w.$\[\]*{}:@/-]++))"
)
_MAX_DEPTH = 50
_LITERALS = {"true": True, "false": False, "null": None}


class _Open(Enum):
    OPEN = "open"


OPEN: Final = _Open.OPEN
"""The value of what only a run decides."""

_Value = bool | float | str | None | _Open


class _NoExpression(ValueError):
    """Nothing that this reader knows."""


def never(condition: JsonValue) -> bool:
    """Whether a condition is false in every run.

    ``condition`` is a boolean, a number or text as YAML has it, with or without ``${{ … }}``.
    """
    if isinstance(condition, bool) or condition is None:
        return condition is False
    if isinstance(condition, int | float):
        return condition == 0
    if not isinstance(condition, str) or len(condition) > MAX_CHARACTERS:
        return False
    text = condition.strip()
    if text.startswith("${{") and text.endswith("}}"):
        text = text[3:-2]
    if not text.strip() or "${{" in text:
        return False
    try:
        value = _Reading(text).whole()
    except _NoExpression:
        return False
    return value is not OPEN and not value


class _Reading:
    """One expression, by recursive descent."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup is None:
                raise _NoExpression
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()
        self._at = 0
        self._depth = 0

    def whole(self) -> _Value:
        value = self._or()
        if self._at < len(self._tokens):
            raise _NoExpression
        return value

    def _or(self) -> _Value:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _NoExpression
        value = _either(self._several("||", self._and))
        self._depth -= 1
        return value

    def _and(self) -> _Value:
        return _all(self._several("&&", self._comparison))

    def _several(self, sign: str, part: Callable[[], _Value]) -> list[_Value]:
        values = [part()]
        while self._taken(sign):
            values.append(part())
        return values

    def _comparison(self) -> _Value:
        left = self._unary()
        for sign in ("==", "!="):
            if self._taken(sign):
                same = _same(left, self._unary())
                return same if same is OPEN or sign == "==" else not same
        for sign in ("=~", "!~", "<=", ">=", "<", ">"):
            if self._taken(sign):
                self._unary()
                return OPEN
        return left

    def _unary(self) -> _Value:
        if self._taken("!"):
            value = self._unary()
            return OPEN if value is OPEN else not value
        return self._primary()

    def _primary(self) -> _Value:
        if self._at == len(self._tokens):
            raise _NoExpression
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "text":
            return text[1:-1]
        if kind == "number":
            return float(text)
        if text == "(":
            value = self._or()
            self._need(")")
            return value
        if kind != "word":
            raise _NoExpression
        if self._taken("("):
            return _called(text.lower(), self._arguments())
        return _LITERALS.get(text.lower(), OPEN)

    def _arguments(self) -> list[_Value]:
        if self._taken(")"):
            return []
        values = self._several(",", self._or)
        self._need(")")
        return values

    def _taken(self, sign: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == ("sign", sign):
            self._at += 1
            return True
        return False

    def _need(self, sign: str) -> None:
        if not self._taken(sign):
            raise _NoExpression


def _called(name: str, values: Sequence[_Value]) -> _Value:
    if name == "and":
        return _all(values)
    if name == "or":
        return _either(values)
    if name == "not" and len(values) == 1:
        return OPEN if values[0] is OPEN else not values[0]
    if name in {"eq", "ne"} and len(values) == 2:
        same = _same(values[0], values[1])
        return same if same is OPEN or name == "eq" else not same
    return True if name == "always" else OPEN


def _all(values: Sequence[_Value]) -> _Value:
    if len(values) == 1:
        return values[0]
    if any(value is not OPEN and not value for value in values):
        return False
    return OPEN if OPEN in values else values[-1] if values else True


def _either(values: Sequence[_Value]) -> _Value:
    if len(values) == 1:
        return values[0]
    if any(value is not OPEN and value for value in values):
        return True
    return OPEN if OPEN in values else values[-1] if values else False


def _same(left: _Value, right: _Value) -> bool | _Open:
    """Whether two values are equal; open unless both are known and of one type."""
    if left is OPEN or right is OPEN or type(left) is not type(right):
        return OPEN
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()  # GitHub and Azure ignore case
    return left == right
