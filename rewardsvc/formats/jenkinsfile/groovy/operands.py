"""Operands: a value, what follows it (members, calls, indexes, closures), what brackets hold."""

from rewardsvc.formats.jenkinsfile.groovy.cursor import Cursor
from rewardsvc.formats.jenkinsfile.groovy.lexer import Token
from rewardsvc.formats.jenkinsfile.groovy.nodes import (
    Call,
    Closure,
    GString,
    Items,
    Literal,
    Name,
    Node,
    Other,
    Pair,
    Property,
)
from rewardsvc.formats.jenkinsfile.groovy.types import PRIMITIVES, qualified_name, type_end

OPERAND_KEYWORDS = frozenset({"this", "super", "true", "false", "null", "new"})
"""Keywords that an operand may begin with; names of primitive types may too."""

_VALUES = {"true": True, "false": False, "null": None}
_DOTS = frozenset({".", "?.", "*.", ".@", ".&"})
_MAX_PARAMETER_TOKENS = 80
"""Looked at behind a ``{`` for the ``->`` of a closure's parameters."""
_MAX_DIGITS = 18
_LARGEST = 2**63
"""Larger numbers are read as a float: what checks see must fit into JSON everywhere."""


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
            inner = _entries(cursor, "]")
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
        _gstring(cursor)
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
            return cursor.node(Literal, token, _number(token.text))
        case "gstring":
            return _gstring(cursor)
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
            return _list_or_map(cursor)
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


def _list_or_map(cursor: Cursor) -> Items:
    """``[a, b]``, ``[a: b]``, ``[:]``."""
    start = cursor.expect("[")
    if cursor.is_op(":"):
        cursor.advance()
        cursor.expect("]")
        return cursor.node(Items, start, ())
    found = _entries(cursor, "]")
    cursor.expect("]")
    pairs = sum(isinstance(entry, Pair) for entry in found)
    if pairs not in {0, len(found)}:
        raise cursor.error("a list and a map in one", start)
    return cursor.node(Items, start, found)


def _gstring(cursor: Cursor) -> GString:
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


def _number(text: str) -> int | float:
    """The value of a number as written (``0x1F``, ``1_000L``, ``1.5e3``)."""
    digits = text.replace("_", "").rstrip("gGlLiI")
    if digits[:2] in {"0x", "0X", "0b", "0B"}:
        value: int | float = int(digits[2:] or "0", 16 if digits[1] in "xX" else 2)
        return value if value < _LARGEST else float(min(value, 10**300))
    digits = digits.rstrip("dDfF")
    if digits.isdigit() and len(digits) <= _MAX_DIGITS:
        return int(digits)
    return min(float(digits), 1e300)


def arguments(cursor: Cursor) -> tuple[Node, ...]:
    """``(…)`` behind a callee."""
    cursor.expect("(")
    found = _entries(cursor, ")")
    cursor.expect(")")
    return found


def _entries(cursor: Cursor, closing: str) -> tuple[Node, ...]:
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
