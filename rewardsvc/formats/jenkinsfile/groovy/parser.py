"""Groovy's grammar by recursive descent; rules are those of Groovy 2.4's own (``groovy.g``).

The lookahead is bounded, nothing is read twice: the time is linear in the number of tokens. The
modules of the grammar, each calling those before it, and the rules of :class:`Grammar` wherever
they contain themselves: types, closures, arguments, literals, primaries, paths, operators,
commands, expressions, declarations, statements.
"""

from rewardsvc.formats.jenkinsfile.groovy.cursor import Cursor, Grammar
from rewardsvc.formats.jenkinsfile.groovy.declarations import members
from rewardsvc.formats.jenkinsfile.groovy.expressions import expression
from rewardsvc.formats.jenkinsfile.groovy.lexer import tokenize
from rewardsvc.formats.jenkinsfile.groovy.nodes import Node
from rewardsvc.formats.jenkinsfile.groovy.statements import statements

_GRAMMAR = Grammar(expression, statements, members)


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
    body = statements(cursor, frozenset())
    if cursor.kind() != "end":
        raise cursor.unexpected()
    return body
