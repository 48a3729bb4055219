"""Operators and their precedence, signs and casts."""

from rewardsvc.formats.jenkinsfile.groovy.cursor import Cursor
from rewardsvc.formats.jenkinsfile.groovy.lexer import Token
from rewardsvc.formats.jenkinsfile.groovy.nodes import Node, Other
from rewardsvc.formats.jenkinsfile.groovy.paths import operand
from rewardsvc.formats.jenkinsfile.groovy.primaries import OPERAND_KEYWORDS
from rewardsvc.formats.jenkinsfile.groovy.types import type_end, type_name

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


def binary(cursor: Cursor, strength: int) -> Node:
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
            right = binary(cursor, level + 1)
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
