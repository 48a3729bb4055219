"""Groovy's grammar by recursive descent; rules are those of Groovy 2.4's own (``groovy.g``).

Each method reads one rule from the current token on and gives its node. The lookahead is bounded,
nothing is read twice: the time is linear in the number of tokens.
"""

from rewardsvc.verifiers.jenkinsfile.groovy.expressions import Expressions
from rewardsvc.verifiers.jenkinsfile.groovy.lexer import tokenize
from rewardsvc.verifiers.jenkinsfile.groovy.nodes import Assign, Closure, Name, Node, Other

_MODIFIERS = frozenset(
    [
        "def",
        "final",
        "static",
        "public",
        "private",
        "protected",
        "abstract",
        "transient",
        "volatile",
        "native",
        "strictfp",
        "synchronized",
    ]
)
_TYPE_KEYWORDS = frozenset({"class", "interface", "enum", "trait"})


def parse(text: str) -> tuple[Node, ...]:
    """The statements of a script.

    Raises:
        GroovyError: Groovy's compiler refuses it, or a bound of the lexer is exceeded.
    """
    parser = _Parser(tokenize(text))
    try:
        return parser.script()
    except RecursionError as error:  # binary operators of all strengths within brackets
        raise parser.error("nested too deeply") from error


class _Parser(Expressions):
    """Statements and declarations; ``blocks`` counts those around the current token."""

    blocks = -1

    def script(self) -> tuple[Node, ...]:
        """A whole file."""
        body = self.statements(frozenset())
        if self.kind() != "end":
            raise self.unexpected()
        return body

    def statements(self, until: frozenset[str]) -> tuple[Node, ...]:
        """Statements up to ``}``, the end or one of the keywords ``until`` (of a switch)."""
        found: list[Node] = []
        self.blocks += 1
        while True:
            while self.kind() == "nl" or self.is_op(";"):
                self.advance()
            if self.ends_block() or (self.kind() == "kw" and self.text() in until):
                self.blocks -= 1
                return tuple(found)
            found.append(self.statement())
            if not (self.kind() == "nl" or self.is_op(";") or self.ends_block()):
                raise self.unexpected()

    def ends_block(self) -> bool:
        """Whether a block or the file ends here."""
        return self.kind() == "end" or self.is_op("}")

    def statement(self) -> Node:
        """One statement, without its separator."""
        return self.nested(self._statement)

    def _statement(self) -> Node:
        kind, text = self.kind(), self.text()
        if kind == "kw":
            special = _STATEMENTS.get(text)
            if special is not None and not (text == "synchronized" and not self.follows("(")):
                return special(self)
            if text in _TYPE_KEYWORDS:
                return self.type_declaration()
            if text in _MODIFIERS or (self.is_primitive() and self.next_kind() != "op"):
                return self.declaration()
        if kind == "op" and text == "@":
            return self.annotated()
        if kind == "op" and text == "{":
            self.advance()
            if not self.has_parameters():
                raise self.error("a block that belongs to nothing")
            self.place -= 1
        if kind in {"id", "str"} and self.follows(":"):
            return self.labelled()
        if self.starts_declaration():
            return self.declaration()
        return self.expression_statement()

    def body(self) -> Node:
        """A block or one statement, after a condition."""
        self.skip_lines()
        if self.is_op("{"):
            return self.block()
        return self.statement()

    def block(self) -> Closure:
        """``{ … }`` of a statement."""
        start = self.expect("{")
        inner = self.statements(frozenset())
        self.expect("}")
        return self.node(Closure, start, (), inner)

    def labelled(self) -> Node:
        """``label: statement``."""
        start = self.advance()
        self.expect(":")
        self.skip_lines()
        inner = () if self.ends_block() else (self.statement(),)
        return self.node(Other, start, "label", inner, start.text)

    # Control flow.

    def condition(self) -> Node:
        """``( … )`` behind a keyword."""
        self.expect("(")
        inner = self.expression()
        self.expect(")")
        return inner

    def if_statement(self) -> Node:
        """``if (…) … else …``."""
        start = self.advance()
        condition = self.condition()
        if isinstance(condition, Assign):
            raise self.error("an assignment is no condition; write ==", start)
        parts = [condition, self.body()]
        if self.skip_to_keyword("else", separator=True):
            self.advance()
            parts.append(self.body())
        return self.node(Other, start, "if", tuple(parts))

    def while_statement(self) -> Node:
        """``while (…) …``."""
        start = self.advance()
        condition = self.condition()
        if self.is_op(";"):
            return self.node(Other, start, "while", (condition,))
        return self.node(Other, start, "while", (condition, self.body()))

    def for_statement(self) -> Node:
        """``for (…) …``."""
        start = self.advance()
        self.expect("(")
        parts = self.for_header()
        self.expect(")")
        parts.append(self.body())
        return self.node(Other, start, "for", tuple(parts))

    def for_header(self) -> list[Node]:
        """What stands between the parentheses of ``for``."""
        if name := self.loop_variable():
            return [name, self.expression()]
        parts: list[Node] = []
        for part in range(3):
            if part:
                self.expect(";")
            if not (self.is_op(";") or self.is_op(")")):
                parts.append(self.statement())
        return parts

    def loop_variable(self) -> Node | None:
        """``x in``, ``def x in``, ``String x :``; None, and nothing read, where it is neither."""
        place = self.place
        while self.kind() == "kw" and self.text() in {"def", "final"}:
            self.advance()
        typed = self.place > place
        if not (self.kind() == "id" and (self.follows("in") or (typed and self.follows(":")))):
            end = self.type_end(self.place)
            if end is None:
                self.place = place
                return None
            self.place, typed = end, True
        if self.kind() == "id" and (self.follows("in") or self.follows(":")):
            token = self.advance()
            self.advance()
            return self.node(Name, token, token.text)
        self.place = place
        return None

    def switch_statement(self) -> Node:
        """``switch (…) { case … }``."""
        start = self.advance()
        parts = [self.condition()]
        self.skip_lines()
        self.expect("{")
        self.skip_lines()
        while not self.is_op("}"):
            if self.is_keyword("case"):
                self.advance()
                parts.append(self.expression())
            elif self.is_keyword("default"):
                self.advance()
            else:
                raise self.unexpected()
            self.expect(":")
            parts.extend(self.statements(frozenset({"case", "default"})))
        self.expect("}")
        return self.node(Other, start, "switch", tuple(parts))

    def try_statement(self) -> Node:
        """``try { … } catch (…) { … } finally { … }``."""
        start = self.advance()
        self.skip_lines()
        parts: list[Node] = [self.block()]
        handled = False
        while self.skip_to_keyword("catch"):
            self.advance()
            self.expect("(")
            while self.is_keyword("final") or self.is_keyword("def"):
                self.advance()
            if not (self.kind() == "id" and self.follows(")")):
                self.type_name()
                while self.is_op("|"):
                    self.advance()
                    self.type_name()
            self.identifier()
            self.expect(")")
            self.skip_lines()
            parts.append(self.block())
            handled = True
        if self.skip_to_keyword("finally"):
            self.advance()
            self.skip_lines()
            parts.append(self.block())
            handled = True
        if not handled:
            raise self.error("a try without catch or finally", start)
        return self.node(Other, start, "try", tuple(parts))

    def synchronized_statement(self) -> Node:
        """``synchronized (…) { … }``."""
        start = self.advance()
        parts = (self.condition(), self.body())
        return self.node(Other, start, "synchronized", parts)

    def return_statement(self) -> Node:
        """``return …``."""
        start = self.advance()
        value = () if self.ends_statement() else (self.expression(),)
        return self.node(Other, start, start.text, value)

    def throw_statement(self) -> Node:
        """``throw …``."""
        start = self.advance()
        return self.node(Other, start, "throw", (self.expression(),))

    def jump_statement(self) -> Node:
        """``break``, ``continue``."""
        start = self.advance()
        if self.kind() == "id":
            self.advance()
        return self.node(Other, start, start.text, ())

    def assert_statement(self) -> Node:
        """``assert … : …``."""
        start = self.advance()
        parts = [self.expression()]
        if self.is_op(":") or self.is_op(","):
            self.advance()
            self.skip_lines()
            parts.append(self.expression())
        return self.node(Other, start, "assert", tuple(parts))

    def import_statement(self) -> Node:
        """``import …``, ``package …``."""
        start = self.advance()
        if start.text == "import" and self.is_keyword("static"):
            self.advance()
        name = self.identifier()
        while self.is_op("."):
            self.advance()
            if self.is_op("*"):
                self.advance()
                break
            name += "." + self.identifier()
        if self.is_keyword("as"):
            self.advance()
            self.identifier()
        return self.node(Other, start, start.text, (), name)

    # Declarations.

    def annotation(self) -> Node:
        """``@Name(…)``."""
        start = self.expect("@")
        name = self.qualified_name()
        arguments: tuple[Node, ...] = ()
        if self.is_op("(") and self.token().start == self.tokens[self.place - 1].end:
            arguments = self.arguments()
        return self.node(Other, start, "annotation", arguments, name)

    def annotated(self) -> Node:
        """A declaration, or an import, and the annotations before it."""
        start = self.token()
        found: list[Node] = []
        while self.is_op("@") and not self.follows("interface"):
            found.append(self.annotation())
            self.skip_lines()
        if self.kind() == "kw" and self.text() in {"import", "package"}:
            found.append(self.import_statement())
        elif self.ends_block():
            raise self.unexpected()
        else:
            found.append(self.declaration(annotated=True))
        return self.node(Other, start, "annotated", tuple(found))

    def declaration(self, *, annotated: bool = False) -> Node:
        """A variable, a method or a class, from its modifiers or its type on."""
        modified = annotated
        while self.kind() == "kw" and self.text() in _MODIFIERS:
            self.advance()
            self.skip_lines()
            modified = True
        if self.is_op("@"):
            return self.annotated()
        if self.kind() == "kw" and self.text() in _TYPE_KEYWORDS:
            return self.type_declaration()
        if self.is_op("("):
            return self.several()
        if self.is_op("<"):
            self.place = self.generics_end(self.place) or self.place
        if not (modified and self.kind() in {"id", "str"} and not self.names_type()):
            self.type_name()
        name = self.advance() if self.kind() in {"id", "str"} else None
        if name is None:
            raise self.unexpected()
        if self.is_op("("):
            return self.method(name.text)
        if name.kind == "str":
            raise self.unexpected(", the parameters of a method are due")
        return self.variables(name.text)

    def names_type(self) -> bool:
        """Whether the identifier here is a type: another name follows it."""
        end = self.type_end(self.place)
        return end is not None and self.tokens[end].kind in {"id", "str"}

    def several(self) -> Node:
        """``def (a, b) = …``."""
        first = self.expect("(")
        while True:
            if self.names_type() or self.is_primitive():
                self.type_name()
            self.identifier()
            if not self.is_op(","):
                break
            self.advance()
        self.expect(")")
        value: tuple[Node, ...] = ()
        if self.is_op("="):
            self.advance()
            self.skip_lines()
            value = (self.expression_statement(),)
        return self.node(Other, first, "def", value)

    def variables(self, name: str) -> Node:
        """``name = value, other``, from behind the first name on."""
        token = self.tokens[self.place - 1]
        values: list[Node] = []
        while True:
            if self.is_op("="):
                self.advance()
                self.skip_lines()
                values.append(self.expression_statement())
            if not self.is_op(","):
                break
            self.advance()
            self.skip_lines()
            self.identifier()
        return self.node(Other, token, "def", tuple(values), name)

    def method(self, name: str) -> Node:
        """``(…) throws … { … }`` behind the name of a method."""
        token = self.expect("(")
        if self.blocks:
            raise self.error("a method within a block", token)
        self.formal_parameters(")")
        self.expect(")")
        if self.skip_to_keyword("throws"):
            self.advance()
            self.type_names()
        place = self.place
        self.skip_lines()
        if not self.is_op("{"):
            self.place = place
            return self.node(Other, token, "method", (), name)
        return self.node(Other, token, "method", (self.block(),), name)

    def type_names(self) -> None:
        """Types with commas."""
        self.type_name()
        while self.is_op(","):
            self.advance()
            self.skip_lines()
            self.type_name()

    def type_declaration(self) -> Node:
        """``class``, ``interface``, ``enum``, ``trait``."""
        start = self.advance()
        name = self.identifier()
        if self.is_op("<"):
            self.place = self.generics_end(self.place) or self.place
        self.skip_lines()
        while self.kind() == "kw" and self.text() in {"extends", "implements"}:
            self.advance()
            self.skip_lines()
            self.type_names()
            self.skip_lines()
        self.expect("{")
        if start.text == "enum":
            self.enum_constants()
        body = self.members(name)
        self.expect("}")
        return self.node(Other, start, "class", body, name)

    def enum_constants(self) -> None:
        """The constants at the beginning of an enum."""
        self.skip_lines()
        while self.kind() == "id":
            self.advance()
            if self.is_op("("):
                self.arguments()
            self.skip_lines()
            if not self.is_op(","):
                break
            self.advance()
            self.skip_lines()

    def members(self, owner: str) -> tuple[Node, ...]:
        """The members of a class called ``owner``."""
        found: list[Node] = []
        outer, self.blocks = self.blocks, 0
        while True:
            while self.kind() == "nl" or self.is_op(";"):
                self.advance()
            if self.ends_block():
                self.blocks = outer
                return tuple(found)
            if self.is_op("{"):
                found.append(self.block())
            elif self.is_keyword("static") and self.follows("{"):
                self.advance()
                found.append(self.block())
            elif self.kind() == "id" and self.text() == owner and self.follows("("):
                self.advance()
                found.append(self.method(owner))
            elif self.is_op("@"):
                found.append(self.annotated())
            else:
                found.append(self.declaration())
            if not (self.kind() == "nl" or self.is_op(";") or self.ends_block()):
                raise self.unexpected()


_STATEMENTS = {
    "if": _Parser.if_statement,
    "while": _Parser.while_statement,
    "for": _Parser.for_statement,
    "switch": _Parser.switch_statement,
    "try": _Parser.try_statement,
    "synchronized": _Parser.synchronized_statement,
    "return": _Parser.return_statement,
    "throw": _Parser.throw_statement,
    "break": _Parser.jump_statement,
    "continue": _Parser.jump_statement,
    "assert": _Parser.assert_statement,
    "import": _Parser.import_statement,
    "package": _Parser.import_statement,
}
