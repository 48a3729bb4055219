"""Command expressions, calls without parentheses (``sh script: 'x', returnStdout: true``)."""

from rewardsvc.formats.jenkinsfile.groovy.arguments import labelled_value, spread
from rewardsvc.formats.jenkinsfile.groovy.cursor import Cursor
from rewardsvc.formats.jenkinsfile.groovy.nodes import Call, Node, Property
from rewardsvc.formats.jenkinsfile.groovy.paths import path
from rewardsvc.formats.jenkinsfile.groovy.primaries import OPERAND_KEYWORDS, primary
from rewardsvc.formats.jenkinsfile.groovy.types import PRIMITIVES


def starts_argument(cursor: Cursor) -> bool:
    """Whether the first argument of a command can stand here."""
    kind, text = cursor.kind(), cursor.text()
    if kind in {"id", "num", "str", "gstring"}:
        return True
    if kind == "kw":
        return text in OPERAND_KEYWORDS or text in PRIMITIVES or cursor.follows(":")
    return kind == "op" and text in {"!", "~"}


def command(cursor: Cursor, head: Node) -> Node:
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
        if not starts_argument(cursor):
            return head


def _command_argument(cursor: Cursor) -> Node:
    """``value``, ``name: value`` or ``*values``."""
    if pair := labelled_value(cursor):
        return pair
    if cursor.is_op("*"):
        return spread(cursor)
    return cursor.grammar.expression(cursor)
