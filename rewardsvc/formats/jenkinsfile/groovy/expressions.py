"""Expressions: assignments and ``? :`` over what operators join."""

from collections.abc import Callable

from rewardsvc.formats.jenkinsfile.groovy.commands import command, starts_argument
from rewardsvc.formats.jenkinsfile.groovy.cursor import Cursor
from rewardsvc.formats.jenkinsfile.groovy.nodes import Assign, Name, Node, Other, Property
from rewardsvc.formats.jenkinsfile.groovy.operators import binary

_ASSIGNMENTS = frozenset(
    ["=", "+=", "-=", "*=", "/=", "%=", "**=", "<<=", ">>=", ">>>=", "&=", "|=", "^="]
)


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
    if commands and _callable(left) and starts_argument(cursor):
        return command(cursor, left)
    return left


def _assignment_or_command(cursor: Cursor) -> Node:
    return _assignment(cursor, commands=True)


def _ternary(cursor: Cursor) -> Node:
    """``a ? b : c``, ``a ?: b``, or anything below."""
    condition = binary(cursor, 0)
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


def _callable(node: Node) -> bool:
    """Whether what stands here without an operator is a call's arguments."""
    if isinstance(node, Other):
        return node.kind in {"index", "new"}
    return not isinstance(node, Assign)


def _assignable(node: Node) -> bool:
    return isinstance(node, Name | Property) or (
        isinstance(node, Other) and node.kind in {"index", "parentheses"}
    )
