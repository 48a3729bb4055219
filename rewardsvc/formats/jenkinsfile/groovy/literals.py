"""Literals that have parts, GStrings among them, and the values of numbers."""

from rewardsvc.formats.jenkinsfile.groovy.arguments import entries
from rewardsvc.formats.jenkinsfile.groovy.closures import closure
from rewardsvc.formats.jenkinsfile.groovy.cursor import Cursor
from rewardsvc.formats.jenkinsfile.groovy.lexer import Token
from rewardsvc.formats.jenkinsfile.groovy.nodes import GString, Items, Name, Node, Pair, Property

_MAX_DIGITS = 18
_LARGEST = 2**63
"""Larger numbers are read as a float: what checks see must fit into JSON everywhere."""


def list_or_map(cursor: Cursor) -> Items:
    """``[a, b]``, ``[a: b]``, ``[:]``."""
    start = cursor.expect("[")
    if cursor.is_op(":"):
        cursor.advance()
        cursor.expect("]")
        return cursor.node(Items, start, ())
    found = entries(cursor, "]")
    cursor.expect("]")
    pairs = sum(isinstance(entry, Pair) for entry in found)
    if pairs not in {0, len(found)}:
        raise cursor.error("a list and a map in one", start)
    return cursor.node(Items, start, found)


def gstring(cursor: Cursor) -> GString:
    """A string with interpolation."""
    start = cursor.token()
    parts: list[str | Node] = []
    while cursor.kind() == "gstring":
        parts.append(cursor.advance().text)
        token = cursor.token()
        if token.kind == "dollar":
            cursor.advance()
            parts.append(_dotted(cursor, token))
        else:
            parts.append(closure(cursor))
    parts.append(cursor.advance().text)
    return cursor.node(GString, start, tuple(part for part in parts if part != ""))


def _dotted(cursor: Cursor, token: Token) -> Node:
    """``$a.b`` within a string."""
    first, *rest = token.text.split(".")
    found: Node = cursor.node(Name, token, first)
    for name in rest:
        found = cursor.node(Property, token, found, name)
    return found


def number(text: str) -> int | float:
    """The value of a number as written (``0x1F``, ``1_000L``, ``1.5e3``)."""
    digits = text.replace("_", "").rstrip("gGlLiI")
    if digits[:2] in {"0x", "0X", "0b", "0B"}:
        value: int | float = int(digits[2:] or "0", 16 if digits[1] in "xX" else 2)
        return value if value < _LARGEST else float(min(value, 10**300))
    digits = digits.rstrip("dDfF")
    if digits.isdigit() and len(digits) <= _MAX_DIGITS:
        return int(digits)
    return min(float(digits), 1e300)
