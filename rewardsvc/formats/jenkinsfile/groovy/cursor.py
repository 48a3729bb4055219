"""Where the parser is among the tokens, and how nodes and errors are made from there.

The grammar's rules are functions of a cursor. A rule reads from the current token on and gives its
node; a question (``has_parameters``) reads nothing. The modules of the grammar, each calling those
before it, and the rules of :class:`Grammar` wherever they contain themselves: types, operands,
expressions, declarations, statements.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from rewardsvc.formats.jenkinsfile.groovy.lexer import GroovyError, Token
from rewardsvc.formats.jenkinsfile.groovy.nodes import Node

MAX_NESTING = 150
"""Statements and expressions within each other; three for a closure in a closure."""

_N = TypeVar("_N", bound=Node)


@dataclass(frozen=True, slots=True)
class Grammar:
    """The rules that contain those they are made of: modules below theirs call them through this.

    ``statements`` takes the keywords that end them beside ``}``, ``members`` the class's name.
    """

    expression: Callable[["Cursor"], Node]
    statements: Callable[["Cursor", frozenset[str]], tuple[Node, ...]]
    members: Callable[["Cursor", str], tuple[Node, ...]]


class Cursor:
    """A place among tokens, and what rules must know of those around them.

    ``place`` is the index of the current token; ``blocks`` counts the blocks around it;
    ``closure_below`` says whether the closure of a call may begin on the next line.
    """

    def __init__(self, tokens: list[Token], grammar: Grammar) -> None:
        self.tokens = tokens
        self.grammar = grammar
        self.place = 0
        self.blocks = -1
        self.closure_below = False
        self._depth = 0

    def token(self) -> Token:
        """The current token."""
        return self.tokens[self.place]

    def kind(self) -> str:
        """The kind of the current token."""
        return self.tokens[self.place].kind

    def text(self) -> str:
        """The text of the current token."""
        return self.tokens[self.place].text

    def next_kind(self) -> str:
        """The kind of the token after this one."""
        return self.tokens[min(self.place + 1, len(self.tokens) - 1)].kind

    def is_op(self, text: str) -> bool:
        """Whether that operator or bracket stands here."""
        token = self.tokens[self.place]
        return token.kind == "op" and token.text == text

    def is_keyword(self, text: str) -> bool:
        """Whether that keyword stands here."""
        token = self.tokens[self.place]
        return token.kind == "kw" and token.text == text

    def follows(self, text: str) -> bool:
        """Whether the token after this one is that operator or keyword."""
        token = self.tokens[min(self.place + 1, len(self.tokens) - 1)]
        return token.kind in {"op", "kw"} and token.text == text

    def ends_statement(self) -> bool:
        """Whether nothing more of a statement can stand here."""
        return self.kind() in {"nl", "end"} or (
            self.kind() == "op" and self.text() in {";", "}", ")", ":"}
        )

    def ends_block(self) -> bool:
        """Whether a block or the file ends here."""
        return self.kind() == "end" or self.is_op("}")

    def advance(self) -> Token:
        """Go on; gives the token that was read. It stays at the end."""
        token = self.tokens[self.place]
        if token.kind != "end":
            self.place += 1
        return token

    def expect(self, text: str) -> Token:
        """Read that operator or bracket; anything else is an error."""
        if not self.is_op(text):
            raise self.unexpected(f", {text!r} is due")
        return self.advance()

    def identifier(self) -> str:
        """Read a name."""
        if self.kind() != "id":
            raise self.unexpected(", a name is due")
        return self.advance().text

    def skip_lines(self) -> None:
        """Go on to the next token that is no line end."""
        while self.kind() == "nl":
            self.place += 1

    def skip_to_keyword(self, text: str, *, separator: bool = False) -> bool:
        """Go on to a keyword that may stand on a later line; stay where it does not."""
        place = self.place
        while self.kind() == "nl" or (separator and self.is_op(";")):
            self.place += 1
        if self.is_keyword(text):
            return True
        self.place = place
        return False

    def unexpected(self, more: str = "") -> GroovyError:
        """The error that what stands here cannot stand here."""
        token = self.token()
        names = {"end": "the end of the file", "nl": "the end of the line"}
        what = names.get(token.kind, repr(token.text[:40]))
        return self.error(f"unexpected {what}{more}", token)

    def error(self, message: str, token: Token | None = None) -> GroovyError:
        """An error at a token, this one unless another is given."""
        return GroovyError(message, (token or self.token()).line)

    def node(self, make: Callable[..., _N], start: Token | Node, *values: Any) -> _N:
        """A node from the beginning of ``start`` to the end of the token before this one."""
        end = self.tokens[self.place - 1].end if self.place else 0
        return make(start.start, max(end, start.end), start.line, *values)

    def nested(self, rule: Callable[["Cursor"], Node]) -> Node:
        """What a rule reads that may contain itself: so deep and no deeper."""
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise self.error(f"nested deeper than {MAX_NESTING}")
        found = rule(self)
        self._depth -= 1
        return found
