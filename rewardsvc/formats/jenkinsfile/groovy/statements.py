"""Scripts and their statements: blocks of them, and control flow."""

from rewardsvc.formats.jenkinsfile.groovy.cursor import Cursor, Grammar
from rewardsvc.formats.jenkinsfile.groovy.declarations import (
    MODIFIERS,
    TYPE_KEYWORDS,
    annotated,
    declaration,
    import_statement,
    members,
    type_declaration,
)
from rewardsvc.formats.jenkinsfile.groovy.expressions import expression, expression_statement
from rewardsvc.formats.jenkinsfile.groovy.lexer import tokenize
from rewardsvc.formats.jenkinsfile.groovy.nodes import Assign, Name, Node, Other
from rewardsvc.formats.jenkinsfile.groovy.operands import block, has_parameters
from rewardsvc.formats.jenkinsfile.groovy.types import (
    starts_declaration,
    starts_primitive,
    type_end,
    type_name,
)


def parse(text: str) -> tuple[Node, ...]:
    """The statements of a script.

    Raises:
        GroovyError: Groovy's compiler refuses it, or a bound of the lexer is exceeded.
    """
    cursor = Cursor(tokenize(text), _GRAMMAR)
    try:
        return _script(cursor)
    except RecursionError as error:  # binary operators of all strengths within brackets
        raise cursor.error("nested too deeply") from error


def _script(cursor: Cursor) -> tuple[Node, ...]:
    body = _statements(cursor, frozenset())
    if cursor.kind() != "end":
        raise cursor.unexpected()
    return body


def _statements(cursor: Cursor, until: frozenset[str]) -> tuple[Node, ...]:
    """Statements up to ``}``, the end or one of the keywords ``until`` (of a switch)."""
    found: list[Node] = []
    cursor.blocks += 1
    while True:
        while cursor.kind() == "nl" or cursor.is_op(";"):
            cursor.advance()
        if cursor.ends_block() or (cursor.kind() == "kw" and cursor.text() in until):
            cursor.blocks -= 1
            return tuple(found)
        found.append(_statement(cursor))
        if not (cursor.kind() == "nl" or cursor.is_op(";") or cursor.ends_block()):
            raise cursor.unexpected()


def _statement(cursor: Cursor) -> Node:
    """One statement, without its separator."""
    return cursor.nested(_any_statement)


def _any_statement(cursor: Cursor) -> Node:
    kind, text = cursor.kind(), cursor.text()
    if kind == "kw":
        special = _STATEMENTS.get(text)
        if special is not None and not (text == "synchronized" and not cursor.follows("(")):
            return special(cursor)
        if text in TYPE_KEYWORDS:
            return type_declaration(cursor)
        if text in MODIFIERS or (starts_primitive(cursor) and cursor.next_kind() != "op"):
            return declaration(cursor)
    if kind == "op" and text == "@":
        return annotated(cursor)
    if kind == "op" and text == "{":
        cursor.advance()
        if not has_parameters(cursor):
            raise cursor.error("a block that belongs to nothing")
        cursor.place -= 1
    if kind in {"id", "str"} and cursor.follows(":"):
        return _labelled(cursor)
    if starts_declaration(cursor):
        return declaration(cursor)
    return expression_statement(cursor)


def _labelled(cursor: Cursor) -> Node:
    """``label: statement``."""
    start = cursor.advance()
    cursor.expect(":")
    cursor.skip_lines()
    inner = () if cursor.ends_block() else (_statement(cursor),)
    return cursor.node(Other, start, "label", inner, start.text)


def _body(cursor: Cursor) -> Node:
    """A block or one statement, after a condition."""
    cursor.skip_lines()
    if cursor.is_op("{"):
        return block(cursor)
    return _statement(cursor)


def _condition(cursor: Cursor) -> Node:
    """``( … )`` behind a keyword."""
    cursor.expect("(")
    inner = expression(cursor)
    cursor.expect(")")
    return inner


def _if(cursor: Cursor) -> Node:
    """``if (…) … else …``."""
    start = cursor.advance()
    test = _condition(cursor)
    if isinstance(test, Assign):
        raise cursor.error("an assignment is no condition; write ==", start)
    parts = [test, _body(cursor)]
    if cursor.skip_to_keyword("else", separator=True):
        cursor.advance()
        parts.append(_body(cursor))
    return cursor.node(Other, start, "if", tuple(parts))


def _while(cursor: Cursor) -> Node:
    """``while (…) …``."""
    start = cursor.advance()
    test = _condition(cursor)
    if cursor.is_op(";"):
        return cursor.node(Other, start, "while", (test,))
    return cursor.node(Other, start, "while", (test, _body(cursor)))


def _for(cursor: Cursor) -> Node:
    """``for (…) …``."""
    start = cursor.advance()
    cursor.expect("(")
    parts = _for_header(cursor)
    cursor.expect(")")
    parts.append(_body(cursor))
    return cursor.node(Other, start, "for", tuple(parts))


def _for_header(cursor: Cursor) -> list[Node]:
    """What stands between the parentheses of ``for``."""
    if name := _loop_variable(cursor):
        return [name, expression(cursor)]
    parts: list[Node] = []
    for part in range(3):
        if part:
            cursor.expect(";")
        if not (cursor.is_op(";") or cursor.is_op(")")):
            parts.append(_statement(cursor))
    return parts


def _loop_variable(cursor: Cursor) -> Node | None:
    """``x in``, ``def x in``, ``String x :``; None, and nothing read, where it is neither."""
    place = cursor.place
    while cursor.kind() == "kw" and cursor.text() in {"def", "final"}:
        cursor.advance()
    typed = cursor.place > place
    if not (cursor.kind() == "id" and (cursor.follows("in") or (typed and cursor.follows(":")))):
        end = type_end(cursor, cursor.place)
        if end is None:
            cursor.place = place
            return None
        cursor.place, typed = end, True
    if cursor.kind() == "id" and (cursor.follows("in") or cursor.follows(":")):
        token = cursor.advance()
        cursor.advance()
        return cursor.node(Name, token, token.text)
    cursor.place = place
    return None


def _switch(cursor: Cursor) -> Node:
    """``switch (…) { case … }``."""
    start = cursor.advance()
    parts = [_condition(cursor)]
    cursor.skip_lines()
    cursor.expect("{")
    cursor.skip_lines()
    while not cursor.is_op("}"):
        if cursor.is_keyword("case"):
            cursor.advance()
            parts.append(expression(cursor))
        elif cursor.is_keyword("default"):
            cursor.advance()
        else:
            raise cursor.unexpected()
        cursor.expect(":")
        parts.extend(_statements(cursor, frozenset({"case", "default"})))
    cursor.expect("}")
    return cursor.node(Other, start, "switch", tuple(parts))


def _try(cursor: Cursor) -> Node:
    """``try { … } catch (…) { … } finally { … }``."""
    start = cursor.advance()
    cursor.skip_lines()
    parts: list[Node] = [block(cursor)]
    handled = False
    while cursor.skip_to_keyword("catch"):
        cursor.advance()
        cursor.expect("(")
        while cursor.is_keyword("final") or cursor.is_keyword("def"):
            cursor.advance()
        if not (cursor.kind() == "id" and cursor.follows(")")):
            type_name(cursor)
            while cursor.is_op("|"):
                cursor.advance()
                type_name(cursor)
        cursor.identifier()
        cursor.expect(")")
        cursor.skip_lines()
        parts.append(block(cursor))
        handled = True
    if cursor.skip_to_keyword("finally"):
        cursor.advance()
        cursor.skip_lines()
        parts.append(block(cursor))
        handled = True
    if not handled:
        raise cursor.error("a try without catch or finally", start)
    return cursor.node(Other, start, "try", tuple(parts))


def _synchronized(cursor: Cursor) -> Node:
    """``synchronized (…) { … }``."""
    start = cursor.advance()
    parts = (_condition(cursor), _body(cursor))
    return cursor.node(Other, start, "synchronized", parts)


def _return(cursor: Cursor) -> Node:
    """``return …``."""
    start = cursor.advance()
    value = () if cursor.ends_statement() else (expression(cursor),)
    return cursor.node(Other, start, start.text, value)


def _throw(cursor: Cursor) -> Node:
    """``throw …``."""
    start = cursor.advance()
    return cursor.node(Other, start, "throw", (expression(cursor),))


def _jump(cursor: Cursor) -> Node:
    """``break``, ``continue``."""
    start = cursor.advance()
    if cursor.kind() == "id":
        cursor.advance()
    return cursor.node(Other, start, start.text, ())


def _assert(cursor: Cursor) -> Node:
    """``assert … : …``."""
    start = cursor.advance()
    parts = [expression(cursor)]
    if cursor.is_op(":") or cursor.is_op(","):
        cursor.advance()
        cursor.skip_lines()
        parts.append(expression(cursor))
    return cursor.node(Other, start, "assert", tuple(parts))


_STATEMENTS = {
    "if": _if,
    "while": _while,
    "for": _for,
    "switch": _switch,
    "try": _try,
    "synchronized": _synchronized,
    "return": _return,
    "throw": _throw,
    "break": _jump,
    "continue": _jump,
    "assert": _assert,
    "import": import_statement,
    "package": import_statement,
}
_GRAMMAR = Grammar(expression, _statements, members)
