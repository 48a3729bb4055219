"""Closures (``{ a, b -> … }``), the blocks of statements, and formal parameters."""

from rewardsvc.formats.jenkinsfile.groovy.cursor import Cursor
from rewardsvc.formats.jenkinsfile.groovy.nodes import Closure
from rewardsvc.formats.jenkinsfile.groovy.types import qualified_name, type_end

_MAX_PARAMETER_TOKENS = 80
"""Looked at behind a ``{`` for the ``->`` of a closure's parameters."""


def closure(cursor: Cursor) -> Closure:
    """``{ a, b -> … }``."""
    start = cursor.expect("{")
    parameters: tuple[str, ...] = ()
    if has_parameters(cursor):
        parameters = formal_parameters(cursor, "->")
        cursor.expect("->")
    body = cursor.grammar.statements(cursor, frozenset())
    cursor.expect("}")
    return cursor.node(Closure, start, parameters, body)


def block(cursor: Cursor) -> Closure:
    """``{ … }`` of a statement."""
    start = cursor.expect("{")
    inner = cursor.grammar.statements(cursor, frozenset())
    cursor.expect("}")
    return cursor.node(Closure, start, (), inner)


def formal_parameters(cursor: Cursor, closing: str) -> tuple[str, ...]:
    """Parameters of a method or a closure, up to but without ``closing``."""
    names: list[str] = []
    cursor.skip_lines()
    while not cursor.is_op(closing):
        while (cursor.kind() == "kw" and cursor.text() in {"def", "final"}) or cursor.is_op("@"):
            at = cursor.advance()
            if at.text == "@":
                qualified_name(cursor)
        end = type_end(cursor, cursor.place)
        if end is not None and (
            cursor.tokens[end].kind == "id" or cursor.tokens[end].text == "..."
        ):
            cursor.place = end
        if cursor.is_op("..."):
            cursor.advance()
        names.append(cursor.identifier())
        if cursor.is_op("="):
            cursor.advance()
            cursor.skip_lines()
            cursor.grammar.expression(cursor)
        cursor.skip_lines()
        if not cursor.is_op(","):
            break
        cursor.advance()
        cursor.skip_lines()
    return tuple(names)


def has_parameters(cursor: Cursor) -> bool:
    """Whether a ``->`` ends the parameters of the closure whose ``{`` was just read."""
    depth = 0
    begun = False
    last = min(cursor.place + _MAX_PARAMETER_TOKENS, len(cursor.tokens))
    for at in range(cursor.place, last):
        token = cursor.tokens[at]
        if token.kind == "op":
            if token.text in {"(", "[", "{"}:
                depth += 1
            elif token.text in {")", "]", "}"}:
                depth -= 1
                if depth < 0:
                    return False
            elif token.text == "->" and depth == 0:
                return True
            elif token.text == ";" and depth == 0:
                return False
            begun = token.text != ","
        elif token.kind == "nl":
            if begun and depth == 0:
                return _arrow_below(cursor, at)
        else:
            begun = True
    return False


def _arrow_below(cursor: Cursor, place: int) -> bool:
    """Whether the next line goes on with the ``->``."""
    while cursor.tokens[place].kind == "nl":
        place += 1
    return cursor.tokens[place].kind == "op" and cursor.tokens[place].text == "->"
