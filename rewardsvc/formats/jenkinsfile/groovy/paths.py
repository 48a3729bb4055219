"""Path expressions: a value and the members, calls, indexes and closures that follow it."""

from rewardsvc.formats.jenkinsfile.groovy.arguments import arguments, entries
from rewardsvc.formats.jenkinsfile.groovy.closures import closure
from rewardsvc.formats.jenkinsfile.groovy.cursor import Cursor
from rewardsvc.formats.jenkinsfile.groovy.literals import gstring
from rewardsvc.formats.jenkinsfile.groovy.nodes import Call, Closure, Node, Other, Property
from rewardsvc.formats.jenkinsfile.groovy.primaries import primary

_DOTS = frozenset({".", "?.", "*.", ".@", ".&"})


def operand(cursor: Cursor) -> Node:
    """A value and what follows it."""
    return path(cursor, primary(cursor))


def path(cursor: Cursor, found: Node) -> Node:
    """What follows a value: members, calls, indexes, closures."""
    while True:
        token = cursor.token()
        if token.kind == "nl":
            if not _continues_below(cursor):
                return found
            cursor.skip_lines()
            continue
        if token.kind != "op":
            return found
        if token.text in _DOTS:
            cursor.advance()
            cursor.skip_lines()
            found = cursor.node(Property, found, found, _member(cursor))
        elif token.text == "(":
            found = cursor.node(Call, found, found, arguments(cursor))
        elif token.text == "{":
            found = _with_closure(cursor, found)
        elif token.text == "[":
            cursor.advance()
            inner = entries(cursor, "]")
            cursor.expect("]")
            found = cursor.node(Other, found, "index", (found, *inner))
        elif token.text in {"++", "--"}:
            cursor.advance()
            found = cursor.node(Other, found, token.text, (found,))
        else:
            return found


def _member(cursor: Cursor) -> str:
    """The name behind a dot; "" where it is computed."""
    if cursor.kind() in {"id", "kw", "str"}:
        return cursor.advance().text
    if cursor.kind() == "gstring":
        gstring(cursor)
        return ""
    if cursor.is_op("("):
        cursor.advance()
        cursor.grammar.expression(cursor)
        cursor.expect(")")
        return ""
    raise cursor.unexpected(", the name of a member is due")


def _with_closure(cursor: Cursor, found: Node) -> Node:
    """A call with the closure that stands behind it."""
    block = closure(cursor)
    if isinstance(found, Call) and not _was_closed(found):
        return cursor.node(Call, found, found.callee, (*found.arguments, block))
    return cursor.node(Call, found, found, (block,))


def _was_closed(call: Call) -> bool:
    """Whether a call already has its closure: ``a {…} {…}`` calls the value of ``a {…}``."""
    return bool(call.arguments) and isinstance(call.arguments[-1], Closure)


def _continues_below(cursor: Cursor) -> bool:
    """Whether the next line goes on with a member, or with the closure of a call."""
    place = cursor.place
    while cursor.tokens[place].kind == "nl":
        place += 1
    token = cursor.tokens[place]
    below = token.text in _DOTS or (token.text == "{" and cursor.closure_below)
    return token.kind == "op" and below
