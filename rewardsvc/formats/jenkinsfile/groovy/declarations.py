"""Declarations: variables, methods, classes, imports, and the annotations before them."""

from rewardsvc.formats.jenkinsfile.groovy.cursor import Cursor
from rewardsvc.formats.jenkinsfile.groovy.expressions import expression_statement
from rewardsvc.formats.jenkinsfile.groovy.nodes import Node, Other
from rewardsvc.formats.jenkinsfile.groovy.operands import arguments, block, formal_parameters
from rewardsvc.formats.jenkinsfile.groovy.types import (
    generics_end,
    names_type,
    qualified_name,
    starts_primitive,
    type_name,
    type_names,
)

MODIFIERS = frozenset(
    {"def", "final", "static", "public", "private", "protected", "abstract", "transient"}
    | {"volatile", "native", "strictfp", "synchronized"}
)
TYPE_KEYWORDS = frozenset({"class", "interface", "enum", "trait"})


def declaration(cursor: Cursor, *, modified: bool = False) -> Node:
    """A variable, a method or a class, from its modifiers or its type on.

    ``modified`` says that annotations stand before it: like a modifier, they make a type optional.
    """
    while cursor.kind() == "kw" and cursor.text() in MODIFIERS:
        cursor.advance()
        cursor.skip_lines()
        modified = True
    if cursor.is_op("@"):
        return annotated(cursor)
    if cursor.kind() == "kw" and cursor.text() in TYPE_KEYWORDS:
        return type_declaration(cursor)
    if cursor.is_op("("):
        return _several(cursor)
    if cursor.is_op("<"):
        cursor.place = generics_end(cursor, cursor.place) or cursor.place
    if not (modified and cursor.kind() in {"id", "str"} and not names_type(cursor)):
        type_name(cursor)
    name = cursor.advance() if cursor.kind() in {"id", "str"} else None
    if name is None:
        raise cursor.unexpected()
    if cursor.is_op("("):
        return _method(cursor, name.text)
    if name.kind == "str":
        raise cursor.unexpected(", the parameters of a method are due")
    return _variables(cursor, name.text)


def annotated(cursor: Cursor) -> Node:
    """A declaration, or an import, and the annotations before it."""
    start = cursor.token()
    found: list[Node] = []
    while cursor.is_op("@") and not cursor.follows("interface"):
        found.append(_annotation(cursor))
        cursor.skip_lines()
    if cursor.kind() == "kw" and cursor.text() in {"import", "package"}:
        found.append(import_statement(cursor))
    elif cursor.ends_block():
        raise cursor.unexpected()
    else:
        found.append(declaration(cursor, modified=True))
    return cursor.node(Other, start, "annotated", tuple(found))


def _annotation(cursor: Cursor) -> Node:
    """``@Name(…)``."""
    start = cursor.expect("@")
    name = qualified_name(cursor)
    values: tuple[Node, ...] = ()
    if cursor.is_op("(") and cursor.token().start == cursor.tokens[cursor.place - 1].end:
        values = arguments(cursor)
    return cursor.node(Other, start, "annotation", values, name)


def import_statement(cursor: Cursor) -> Node:
    """``import …``, ``package …``."""
    start = cursor.advance()
    if start.text == "import" and cursor.is_keyword("static"):
        cursor.advance()
    name = cursor.identifier()
    while cursor.is_op("."):
        cursor.advance()
        if cursor.is_op("*"):
            cursor.advance()
            break
        name += "." + cursor.identifier()
    if cursor.is_keyword("as"):
        cursor.advance()
        cursor.identifier()
    return cursor.node(Other, start, start.text, (), name)


def _variables(cursor: Cursor, name: str) -> Node:
    """``name = value, other``, from behind the first name on."""
    token = cursor.tokens[cursor.place - 1]
    values: list[Node] = []
    while True:
        if cursor.is_op("="):
            cursor.advance()
            cursor.skip_lines()
            values.append(expression_statement(cursor))
        if not cursor.is_op(","):
            break
        cursor.advance()
        cursor.skip_lines()
        cursor.identifier()
    return cursor.node(Other, token, "def", tuple(values), name)


def _several(cursor: Cursor) -> Node:
    """``def (a, b) = …``."""
    first = cursor.expect("(")
    while True:
        if names_type(cursor) or starts_primitive(cursor):
            type_name(cursor)
        cursor.identifier()
        if not cursor.is_op(","):
            break
        cursor.advance()
    cursor.expect(")")
    value: tuple[Node, ...] = ()
    if cursor.is_op("="):
        cursor.advance()
        cursor.skip_lines()
        value = (expression_statement(cursor),)
    return cursor.node(Other, first, "def", value)


def _method(cursor: Cursor, name: str) -> Node:
    """``(…) throws … { … }`` behind the name of a method."""
    token = cursor.expect("(")
    if cursor.blocks:
        raise cursor.error("a method within a block", token)
    formal_parameters(cursor, ")")
    cursor.expect(")")
    if cursor.skip_to_keyword("throws"):
        cursor.advance()
        type_names(cursor)
    place = cursor.place
    cursor.skip_lines()
    if not cursor.is_op("{"):
        cursor.place = place
        return cursor.node(Other, token, "method", (), name)
    return cursor.node(Other, token, "method", (block(cursor),), name)


def type_declaration(cursor: Cursor) -> Node:
    """``class``, ``interface``, ``enum``, ``trait``."""
    start = cursor.advance()
    name = cursor.identifier()
    if cursor.is_op("<"):
        cursor.place = generics_end(cursor, cursor.place) or cursor.place
    cursor.skip_lines()
    while cursor.kind() == "kw" and cursor.text() in {"extends", "implements"}:
        cursor.advance()
        cursor.skip_lines()
        type_names(cursor)
        cursor.skip_lines()
    cursor.expect("{")
    if start.text == "enum":
        _enum_constants(cursor)
    body = members(cursor, name)
    cursor.expect("}")
    return cursor.node(Other, start, "class", body, name)


def _enum_constants(cursor: Cursor) -> None:
    """The constants at the beginning of an enum."""
    cursor.skip_lines()
    while cursor.kind() == "id":
        cursor.advance()
        if cursor.is_op("("):
            arguments(cursor)
        cursor.skip_lines()
        if not cursor.is_op(","):
            break
        cursor.advance()
        cursor.skip_lines()


def members(cursor: Cursor, owner: str) -> tuple[Node, ...]:
    """The members of a class called ``owner``."""
    found: list[Node] = []
    outer, cursor.blocks = cursor.blocks, 0
    while True:
        while cursor.kind() == "nl" or cursor.is_op(";"):
            cursor.advance()
        if cursor.ends_block():
            cursor.blocks = outer
            return tuple(found)
        if cursor.is_op("{"):
            found.append(block(cursor))
        elif cursor.is_keyword("static") and cursor.follows("{"):
            cursor.advance()
            found.append(block(cursor))
        elif cursor.kind() == "id" and cursor.text() == owner and cursor.follows("("):
            cursor.advance()
            found.append(_method(cursor, owner))
        elif cursor.is_op("@"):
            found.append(annotated(cursor))
        else:
            found.append(declaration(cursor))
        if not (cursor.kind() == "nl" or cursor.is_op(";") or cursor.ends_block()):
            raise cursor.unexpected()
