"""What stands between brackets: arguments, the entries of lists and maps."""

from rewardsvc.formats.jenkinsfile.groovy.cursor import Cursor
from rewardsvc.formats.jenkinsfile.groovy.nodes import Closure, GString, Items, Node, Other, Pair


def arguments(cursor: Cursor) -> tuple[Node, ...]:
    """``(…)`` behind a callee."""
    cursor.expect("(")
    found = entries(cursor, ")")
    cursor.expect(")")
    return found


def entries(cursor: Cursor, closing: str) -> tuple[Node, ...]:
    """What stands between brackets, with commas."""
    found: list[Node] = []
    while True:
        cursor.skip_lines()
        if cursor.is_op(closing):
            return tuple(found)
        if cursor.is_op(",") and found:
            cursor.advance()
            continue
        found.append(_entry(cursor))
        cursor.skip_lines()
        if not cursor.is_op(closing) and not cursor.is_op(","):
            raise cursor.unexpected(f", ',' or {closing!r} is due")


def _entry(cursor: Cursor) -> Node:
    """``value``, ``key: value`` or ``*values``."""
    if pair := labelled_value(cursor):
        return pair
    if cursor.is_op("*"):
        return spread(cursor)
    found = cursor.grammar.expression(cursor)
    if cursor.is_op(":") and isinstance(found, GString | Items | Closure | Other):
        cursor.advance()
        cursor.skip_lines()
        return cursor.node(Pair, found, found, cursor.grammar.expression(cursor))
    return found


def labelled_value(cursor: Cursor) -> Node | None:
    """``key: value``; None, and nothing read, where no label stands here."""
    token = cursor.token()
    if token.kind not in {"id", "kw", "str", "num"} or not cursor.follows(":"):
        return None
    cursor.advance()
    cursor.advance()
    cursor.skip_lines()
    return cursor.node(Pair, token, token.text, cursor.grammar.expression(cursor))


def spread(cursor: Cursor) -> Node:
    """``*values`` and ``*: map``."""
    start = cursor.advance()
    if cursor.is_op(":"):
        cursor.advance()
    return cursor.node(Other, start, "spread", (cursor.grammar.expression(cursor),))
