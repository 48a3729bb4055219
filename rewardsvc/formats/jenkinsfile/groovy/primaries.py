"""Primary expressions: a name, a literal, ``(…)``, ``[…]``, ``{…}``, ``new``."""

from rewardsvc.formats.jenkinsfile.groovy.arguments import arguments
from rewardsvc.formats.jenkinsfile.groovy.closures import closure
from rewardsvc.formats.jenkinsfile.groovy.cursor import Cursor
from rewardsvc.formats.jenkinsfile.groovy.lexer import Token
from rewardsvc.formats.jenkinsfile.groovy.literals import gstring, list_or_map, number
from rewardsvc.formats.jenkinsfile.groovy.nodes import Literal, Name, Node, Other
from rewardsvc.formats.jenkinsfile.groovy.types import PRIMITIVES, type_end

OPERAND_KEYWORDS = frozenset({"this", "super", "true", "false", "null", "new"})
"""Keywords that an operand may begin with; names of primitive types may too."""

_VALUES = {"true": True, "false": False, "null": None}


def primary(cursor: Cursor) -> Node:
    """A name, a literal, ``(…)``, ``[…]``, ``{…}``, ``new``."""
    token = cursor.token()
    match token.kind:
        case "id":
            cursor.advance()
            return cursor.node(Name, token, token.text)
        case "str":
            cursor.advance()
            return cursor.node(Literal, token, token.text)
        case "num":
            cursor.advance()
            return cursor.node(Literal, token, number(token.text))
        case "gstring":
            return gstring(cursor)
        case "kw":
            return _keyword_value(cursor, token)
        case "op" if token.text == "(":
            cursor.advance()
            inner = cursor.grammar.expression(cursor)
            several = [inner]
            while cursor.is_op(","):
                cursor.advance()
                several.append(cursor.grammar.expression(cursor))
            cursor.expect(")")
            if len(several) > 1 and not cursor.is_op("="):
                raise cursor.unexpected(", '=' is due after several names in parentheses")
            return cursor.node(Other, token, "parentheses", tuple(several))
        case "op" if token.text == "[":
            return list_or_map(cursor)
        case "op" if token.text == "{":
            return closure(cursor)
    raise cursor.unexpected()


def _keyword_value(cursor: Cursor, token: Token) -> Node:
    """``true``, ``null``, ``this``, ``new`` …"""
    if token.text in _VALUES:
        cursor.advance()
        return cursor.node(Literal, token, _VALUES[token.text])
    if token.text in {"this", "super"} or token.text in PRIMITIVES:
        cursor.advance()
        return cursor.node(Name, token, token.text)
    if token.text == "new":
        return _new(cursor)
    raise cursor.unexpected()


def _new(cursor: Cursor) -> Node:
    """``new Type(…)``, ``new Type[…]``."""
    start = cursor.advance()
    end = type_end(cursor, cursor.place)
    if end is None:
        raise cursor.unexpected(", a type is due")
    name = cursor.text()
    arrayed = cursor.tokens[end - 1].text == "]"
    cursor.place = end
    if cursor.is_op("("):
        inner = arguments(cursor)
        if cursor.is_op("{"):  # an anonymous class
            cursor.expect("{")
            inner = (*inner, *cursor.grammar.members(cursor, name))
            cursor.expect("}")
        return cursor.node(Other, start, "new", inner, name)
    if cursor.is_op("["):
        sizes: list[Node] = []
        while cursor.is_op("["):
            cursor.advance()
            sizes.append(cursor.grammar.expression(cursor))
            cursor.expect("]")
        return cursor.node(Other, start, "new", tuple(sizes), name)
    if not arrayed:
        raise cursor.unexpected(", the arguments of a constructor are due")
    return cursor.node(Other, start, "new", (), name)
