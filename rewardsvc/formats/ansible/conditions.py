"""Whether a condition never holds, whatever a run brings: in three values, never, always and open.

Conditions are expressions of Jinja2, of which literals, comparisons, ``and``, ``or`` and ``not``
are those of Python. What else there is, only a run knows.
"""

import ast
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from rewardsvc.types import JsonValue

MAX_CHARACTERS = 2000
"""Of a condition that is looked into; a longer one is open."""

_LITERALS: Mapping[str, JsonValue] = {
    "true": True,
    "false": False,
    "none": None,
    "ansible_check_mode": False,  # a run that only looks changes nothing anyway
}
_FALSE_WORDS = frozenset({"false", "no", "off", "0", "n", "f", ""})


@dataclass(frozen=True, slots=True)
class Constants:
    """Variables whose values the answer itself decides, and those around them.

    What has another name inside hides what is outside. ``changing``: what only a run knows, since
    tasks set it.
    """

    own: Mapping[str, JsonValue] = field(default_factory=dict)
    outer: "Constants | None" = None
    defaults: "Constants | None" = None
    """What holds where nothing else does: the defaults of the roles around."""
    changing: Set[str] = frozenset()

    def with_variables(self, variables: JsonValue, changing: Set[str]) -> "Constants":
        """Those within a play, block or task that has variables; ``changing`` are set by tasks."""
        if not isinstance(variables, dict) or not variables:
            return self
        return Constants(variables, self, self.defaults, changing)

    def with_defaults(self, variables: JsonValue, changing: Set[str]) -> "Constants":
        """Those within a role that has defaults."""
        if not isinstance(variables, dict) or not variables:
            return self
        defaults = Constants(variables, self.defaults, changing=changing)
        return Constants(self.own, self.outer, defaults, self.changing)

    def written(self, name: str) -> JsonValue:
        """The value of a variable as it is written, templates and all.

        Raises:
            NotConstant: only a run knows.
        """
        for first in (self, self.defaults):
            scope = first
            while scope is not None:
                if name in scope.own:
                    if name in scope.changing or scope.own[name] is None:
                        raise NotConstant(name)
                    return scope.own[name]
                scope = scope.outer
        raise NotConstant(name)

    def value(self, name: str) -> JsonValue:
        """The value of a variable that has no template in it.

        Raises:
            NotConstant: only a run knows.
        """
        value = self.written(name)
        if not _is_plain(value):
            raise NotConstant(name)
        return value


class NotConstant(Exception):
    """Only a run knows what an expression comes to."""


NO_CONSTANTS = Constants()


def _is_plain(value: JsonValue) -> bool:
    if isinstance(value, list | dict):
        return not value
    return isinstance(value, bool | int | float) or (isinstance(value, str) and "{" not in value)


def never(condition: JsonValue, constants: Constants) -> bool:
    """Whether a condition, or one of a list of conditions, never holds."""
    if isinstance(condition, list):
        return any(never(each, constants) for each in condition)
    if condition is None:
        return False
    return holds(condition, constants) is False


def always(conditions: Iterable[JsonValue], constants: Constants) -> bool:
    """Whether all of the conditions hold, whatever a run brings."""
    return all(holds(each, constants) is True for each in conditions)


def holds(condition: JsonValue, constants: Constants) -> bool | None:
    """Whether a condition always (True) or never (False) holds; None where that is open."""
    if not isinstance(condition, str):
        return bool(condition)
    text = condition.strip()
    if text.startswith("{{") and text.endswith("}}"):
        text = text[2:-2].strip()
    if len(text) > MAX_CHARACTERS:
        return None
    try:
        tree = ast.parse(text, mode="eval")
        return _truth(tree.body, constants)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def nothing_in(items: JsonValue, constants: Constants) -> bool:
    """Whether a loop goes over nothing."""
    if isinstance(items, str) and items.strip().startswith("{{"):
        text = items.strip()[2:-2].strip()
        if len(text) > MAX_CHARACTERS:
            return False
        try:
            value = _value(ast.parse(text, mode="eval").body, constants)
        except (SyntaxError, ValueError, RecursionError, MemoryError, NotConstant):
            return False
        return not value and not isinstance(value, bool | int | float)
    return isinstance(items, list | dict) and not items


def _truth(node: ast.expr, constants: Constants) -> bool | None:
    match node:
        case ast.BoolOp(op=ast.And(), values=parts):
            return _all([_truth(part, constants) for part in parts])
        case ast.BoolOp(op=ast.Or(), values=parts):
            some = [_truth(part, constants) for part in parts]
            none = _all([None if each is None else not each for each in some])
            return None if none is None else not none
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _truth(operand, constants)
            return None if inner is None else not inner
    try:
        return bool(_value(node, constants))
    except NotConstant:
        return None


def _value(node: ast.expr, constants: Constants) -> JsonValue:
    """What an expression comes to.

    Raises:
        NotConstant: only a run knows.
    """
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.List(elts=[]) | ast.Tuple(elts=[]):
            return []
        case ast.Dict(keys=[]):
            return {}
        case ast.Name(id=name):
            return _LITERALS[name] if name in _LITERALS else constants.value(name)
        case ast.BinOp(left=left, op=ast.BitOr(), right=ast.Name(id="list")):
            return _value(left, constants)
        case ast.Call(func=ast.Name(id="range"), args=[ast.Constant(value=0)], keywords=[]):
            return []
        case ast.BinOp(left=left, op=ast.BitOr(), right=ast.Name(id="bool")):
            value = _value(left, constants)
            return value if isinstance(value, bool) else str(value).lower() not in _FALSE_WORDS
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as sign], comparators=[right]):
            equal = _value(left, constants) == _value(right, constants)
            return equal if isinstance(sign, ast.Eq) else not equal
        case ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            truth = _truth(node, constants)
            if truth is None:
                raise NotConstant
            return truth
    raise NotConstant


def _all(holding: list[bool | None]) -> bool | None:
    if False in holding:
        return False
    return None if None in holding else True
