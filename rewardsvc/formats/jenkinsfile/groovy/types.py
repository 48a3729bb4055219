"""Types, most of them by looking ahead: ``String``, ``Map<String, int[]>``, ``a.b.C``."""

from rewardsvc.formats.jenkinsfile.groovy.cursor import Cursor

PRIMITIVES = frozenset(
    ["boolean", "byte", "char", "double", "float", "int", "long", "short", "void"]
)
_MAX_TOKENS = 80
"""Looked at behind a ``<`` for the ``>`` of a type's arguments."""


def starts_primitive(cursor: Cursor) -> bool:
    """Whether the name of a primitive type stands here (``int``)."""
    return cursor.kind() == "kw" and cursor.text() in PRIMITIVES


def type_end(cursor: Cursor, place: int) -> int | None:
    """The index behind a type that begins at an index; None where none does."""
    tokens = cursor.tokens
    if tokens[place].kind == "kw" and tokens[place].text in PRIMITIVES:
        place += 1
    elif tokens[place].kind == "id":
        place += 1
        while (
            tokens[place].text == "."
            and tokens[place].kind == "op"
            and tokens[place + 1].kind == "id"
        ):
            place += 2
    else:
        return None
    if tokens[place].kind == "op" and tokens[place].text == "<":
        end = generics_end(cursor, place)
        if end is None:
            return None
        place = end
    while (
        tokens[place].kind == "op"
        and tokens[place].text == "["
        and tokens[place + 1].kind == "op"
        and tokens[place + 1].text == "]"
    ):
        place += 2
    return place


def type_name(cursor: Cursor) -> None:
    """Read a type."""
    end = type_end(cursor, cursor.place)
    if end is None:
        raise cursor.unexpected(", a type is due")
    cursor.place = end


def type_names(cursor: Cursor) -> None:
    """Types with commas."""
    type_name(cursor)
    while cursor.is_op(","):
        cursor.advance()
        cursor.skip_lines()
        type_name(cursor)


def generics_end(cursor: Cursor, place: int) -> int | None:
    """The index behind ``<…>``; None where it is a comparison."""
    depth = 0
    tokens = cursor.tokens
    for at in range(place, min(place + _MAX_TOKENS, len(tokens))):
        token = tokens[at]
        if token.kind == "op" and token.text == "<":
            depth += 1
        elif token.kind == "op" and token.text in {">", ">>", ">>>"}:
            depth -= len(token.text)
            if depth <= 0:
                return at + 1 if depth == 0 else None
        elif not (
            token.kind == "id"
            or (token.kind == "op" and token.text in {",", ".", "?", "[", "]", "&"})
            or (token.kind == "kw" and token.text in {"extends", "super", *PRIMITIVES})
        ):
            return None
    return None


def qualified_name(cursor: Cursor) -> str:
    """Read ``a.b.C``."""
    name = cursor.identifier()
    while cursor.is_op(".") and cursor.next_kind() == "id":
        cursor.advance()
        name += "." + cursor.advance().text
    return name


def names_type(cursor: Cursor) -> bool:
    """Whether the identifier here is a type: another name follows it."""
    end = type_end(cursor, cursor.place)
    return end is not None and cursor.tokens[end].kind in {"id", "str"}


def starts_declaration(cursor: Cursor) -> bool:
    """Whether a type and a name stand here (``String a``), as Groovy guesses it."""
    end = type_end(cursor, cursor.place)
    if end is None or cursor.tokens[end].kind not in {"id", "str"}:
        return False
    if cursor.kind() == "kw":
        return True
    names = [token for token in cursor.tokens[cursor.place : end] if token.kind == "id"]
    last = cursor.place
    while cursor.tokens[last + 1].text == "." and last + 2 < end:
        last += 2
    return bool(names) and cursor.tokens[last].text[0].isupper()
