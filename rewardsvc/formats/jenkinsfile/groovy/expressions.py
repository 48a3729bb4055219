"""Expressions: what operators join, assignments, and commands, calls without parentheses."""

from collections.abc import Callable

from rewardsvc.formats.jenkinsfile.groovy.cursor import Cursor
from rewardsvc.formats.jenkinsfile.groovy.lexer import Token
from rewardsvc.formats.jenkinsfile.groovy.nodes import Assign, Call, Name, Node, Other, Property
from rewardsvc.formats.jenkinsfile.groovy.operands import (
    OPERAND_KEYWORDS,
    labelled_value,
    operand,
    path,
    primary,
    spread,
)
from rewardsvc.formats.jenkinsfile.groovy.types import PRIMITIVES, type_end, type_name

_ASSIGNMENTS = frozenset(
    ["=", "+=", "-=", "*=", "/=", "%=", "**=", "<<=", ">>=", ">>>=", "&=", "|=", "^="]
)
_LEVELS = (
    ("||",),
    ("&&",),
    ("|",),
    ("^",),
    ("&",),
    ("=~", "==~"),
    ("==", "!=", "<=>", "==="),
    ("<", ">", "<=", ">=", "in", "instanceof", "as"),
    ("<<", ">>", ">>>", "..", "..<"),
    ("+", "-"),
    ("*", "/", "%"),
    ("**",),
)
"""Binary operators, from the weakest to the strongest."""

_STRENGTH = {operator: level for level, operators in enumerate(_LEVELS) for operator in operators}
_PREFIXES = frozenset({"+", "-", "!", "~", "++", "--"})
_MAX_PREFIXES = 20
"""Signs before one operand (``!!x`` has two)."""


def expression_statement(cursor: Cursor) -> Node:
    """An expression, or a command: a call without parentheses.

    Only here may the closure of a call begin on the next line.
    """
    return _within(cursor, True, _assignment_or_command)


def expression(cursor: Cursor) -> Node:
    """Any expression but a command."""
    return _within(cursor, False, _assignment)


def _within(cursor: Cursor, closure_below: bool, rule: Callable[[Cursor], Node]) -> Node:
    outer, cursor.closure_below = cursor.closure_below, closure_below
    found = cursor.nested(rule)
    cursor.closure_below = outer
    return found


def _assignment(cursor: Cursor, *, commands: bool = False) -> Node:
    """``target = value``, a command where they are allowed, or anything below."""
    left = _ternary(cursor)
    if cursor.kind() == "op" and cursor.text() in _ASSIGNMENTS:
        if not _assignable(left):
            raise cursor.unexpected(", what stands before it cannot be assigned to")
        operator = cursor.advance().text
        cursor.skip_lines()
        value = expression_statement(cursor)
        return cursor.node(Assign, left, left, operator, value)
    if commands and _callable(left) and _starts_argument(cursor):
        return _command(cursor, left)
    return left


def _assignment_or_command(cursor: Cursor) -> Node:
    return _assignment(cursor, commands=True)


def _callable(node: Node) -> bool:
    """Whether what stands here without an operator is a call's arguments."""
    if isinstance(node, Other):
        return node.kind in {"index", "new"}
    return not isinstance(node, Assign)


def _assignable(node: Node) -> bool:
    return isinstance(node, Name | Property) or (
        isinstance(node, Other) and node.kind in {"index", "parentheses"}
    )


def _command(cursor: Cursor, head: Node) -> Node:
    """``a b, c: d e f``: the call a(b, c: d) and on its value e(f)."""
    cursor.closure_below = False
    while True:
        arguments = [_command_argument(cursor)]
        while cursor.is_op(","):
            cursor.advance()
            cursor.skip_lines()
            arguments.append(_command_argument(cursor))
        head = cursor.node(Call, head, head, tuple(arguments))
        head = path(cursor, head)
        if cursor.kind() not in {"id", "str", "num", "gstring"}:
            return head
        name = "" if cursor.kind() == "gstring" else cursor.text()
        primary(cursor)
        head = path(cursor, cursor.node(Property, head, head, name))
        if not _starts_argument(cursor):
            return head


def _starts_argument(cursor: Cursor) -> bool:
    """Whether the first argument of a command can stand here."""
    kind, text = cursor.kind(), cursor.text()
    if kind in {"id", "num", "str", "gstring"}:
        return True
    if kind == "kw":
        return text in OPERAND_KEYWORDS or text in PRIMITIVES or cursor.follows(":")
    return kind == "op" and text in {"!", "~"}


def _command_argument(cursor: Cursor) -> Node:
    """``value``, ``name: value`` or ``*values``."""
    if pair := labelled_value(cursor):
        return pair
    if cursor.is_op("*"):
        return spread(cursor)
    return cursor.grammar.expression(cursor)


def _ternary(cursor: Cursor) -> Node:
    """``a ? b : c``, ``a ?: b``, or anything below."""
    condition = _binary(cursor, 0)
    place = cursor.place
    cursor.skip_lines()
    if cursor.is_op("?"):
        cursor.advance()
        cursor.skip_lines()
        then = cursor.nested(_assignment)
        cursor.skip_lines()
        cursor.expect(":")
        cursor.skip_lines()
        other = cursor.nested(_ternary)
        return cursor.node(Other, condition, "ternary", (condition, then, other))
    if cursor.is_op("?:"):
        cursor.advance()
        cursor.skip_lines()
        other = cursor.nested(_ternary)
        return cursor.node(Other, condition, "?:", (condition, other))
    cursor.place = place
    return condition


def _binary(cursor: Cursor, strength: int) -> Node:
    """Operators of at least that strength, by precedence climbing."""
    left = _unary(cursor)
    while True:
        token = cursor.token()
        level = _STRENGTH.get(token.text) if token.kind in {"op", "kw"} else None
        if level is None or level < strength:
            return left
        cursor.advance()
        cursor.skip_lines()
        if token.text in {"as", "instanceof"}:
            type_name(cursor)
            left = cursor.node(Other, left, token.text, (left,))
        else:
            right = _binary(cursor, level + 1)
            left = cursor.node(Other, left, token.text, (left, right))


def _unary(cursor: Cursor) -> Node:
    """Signs before an operand, casts."""
    prefixes: list[Token] = []
    while cursor.kind() == "op" and cursor.text() in _PREFIXES:
        prefixes.append(cursor.advance())
        if len(prefixes) > _MAX_PREFIXES:
            raise cursor.error(f"more than {_MAX_PREFIXES} operators before an operand")
    found = _cast(cursor) if _starts_cast(cursor) else operand(cursor)
    for prefix in reversed(prefixes):
        found = cursor.node(Other, prefix, prefix.text, (found,))
    return found


def _starts_cast(cursor: Cursor) -> bool:
    """Whether ``(Type)`` and then an operand stand here."""
    if not cursor.is_op("("):
        return False
    end = type_end(cursor, cursor.place + 1)
    if end is None or cursor.tokens[end].text != ")" or cursor.tokens[end].kind != "op":
        return False
    after = cursor.tokens[end + 1]
    if after.kind in {"id", "num", "str", "gstring"}:
        return True
    if after.kind == "kw":
        return after.text in OPERAND_KEYWORDS
    primitive = cursor.tokens[cursor.place + 1].kind == "kw"
    return after.kind == "op" and (after.text in {"(", "["} or (primitive and after.text == "-"))


def _cast(cursor: Cursor) -> Node:
    """``(Type) operand``."""
    start = cursor.expect("(")
    type_name(cursor)
    cursor.expect(")")
    return cursor.node(Other, start, "cast", (cursor.nested(_unary),))
