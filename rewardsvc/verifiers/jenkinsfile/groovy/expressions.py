"""Groovy's expressions, among them command expressions (``sh script: 'x', returnStdout: true``)."""

from collections.abc import Callable
from typing import Any, TypeVar

from rewardsvc.verifiers.jenkinsfile.groovy.lexer import GroovyError, Token
from rewardsvc.verifiers.jenkinsfile.groovy.nodes import (
    Assign,
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

_N = TypeVar("_N", bound=Node)

_PRIMITIVES = frozenset(
    ["boolean", "byte", "char", "double", "float", "int", "long", "short", "void"]
)
_VALUES = {"true": True, "false": False, "null": None}
_OPERANDS = frozenset({"this", "super", "true", "false", "null", "new"})
_ASSIGNMENTS = frozenset(
    ["=", "+=", "-=", "*=", "/=", "%=", "**=", "<<=", ">>=", ">>>=", "&=", "|=", "^="]
)
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
_STRENGTH = {operator: level for level, operators in enumerate(_LEVELS) for operator in operators}
_POWER = _STRENGTH["**"]
_DOTS = frozenset({".", "?.", "*.", ".@", ".&"})
_PREFIXES = frozenset({"+", "-", "!", "~", "++", "--"})
_MAX_PARAMETER_TOKENS = 80
"""Looked at behind a ``{`` for the ``->`` of a closure's parameters."""

_MAX_DIGITS = 18
_LARGEST = 2**63
"""Larger numbers are read as a float: what checks see must fit into JSON everywhere."""

MAX_NESTING = 150
"""Statements and expressions within each other; three for a closure in a closure."""

_MAX_PREFIXES = 20
"""Signs before one operand (``!!x`` has two)."""


class Expressions:
    """Reads expressions from a list of tokens; ``place`` is the index of the current one."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.place = 0
        self._depth = 0
        self._closure_below = False

    # Tokens.

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

    def is_primitive(self) -> bool:
        """Whether the name of a primitive type stands here (``int``)."""
        return self.kind() == "kw" and self.text() in _PRIMITIVES

    def follows(self, text: str) -> bool:
        """Whether the token after this one is that operator or keyword."""
        token = self.tokens[min(self.place + 1, len(self.tokens) - 1)]
        return token.kind in {"op", "kw"} and token.text == text

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

    def ends_statement(self) -> bool:
        """Whether nothing more of a statement can stand here."""
        return self.kind() in {"nl", "end"} or (
            self.kind() == "op" and self.text() in {";", "}", ")", ":"}
        )

    # Types, by looking ahead.

    def type_end(self, place: int) -> int | None:
        """The index behind a type that begins at an index; None where none does."""
        tokens = self.tokens
        if tokens[place].kind == "kw" and tokens[place].text in _PRIMITIVES:
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
            end = self.generics_end(place)
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

    def generics_end(self, place: int) -> int | None:
        """The index behind ``<…>``; None where it is a comparison."""
        depth = 0
        tokens = self.tokens
        for at in range(place, min(place + _MAX_PARAMETER_TOKENS, len(tokens))):
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
                or (token.kind == "kw" and token.text in {"extends", "super", *_PRIMITIVES})
            ):
                return None
        return None

    def type_name(self) -> None:
        """Read a type."""
        end = self.type_end(self.place)
        if end is None:
            raise self.unexpected(", a type is due")
        self.place = end

    def qualified_name(self) -> str:
        """Read ``a.b.C``."""
        name = self.identifier()
        while self.is_op(".") and self.next_kind() == "id":
            self.advance()
            name += "." + self.advance().text
        return name

    def starts_declaration(self) -> bool:
        """Whether a type and a name stand here (``String a``), as Groovy guesses it."""
        end = self.type_end(self.place)
        if end is None or self.tokens[end].kind not in {"id", "str"}:
            return False
        if self.kind() == "kw":
            return True
        names = [token for token in self.tokens[self.place : end] if token.kind == "id"]
        last = self.place
        while self.tokens[last + 1].text == "." and last + 2 < end:
            last += 2
        return bool(names) and self.tokens[last].text[0].isupper()

    def formal_parameters(self, closing: str) -> tuple[str, ...]:
        """Parameters of a method or a closure, up to but without ``closing``."""
        names: list[str] = []
        self.skip_lines()
        while not self.is_op(closing):
            while (self.kind() == "kw" and self.text() in {"def", "final"}) or self.is_op("@"):
                at = self.advance()
                if at.text == "@":
                    self.qualified_name()
            end = self.type_end(self.place)
            if end is not None and (
                self.tokens[end].kind == "id" or self.tokens[end].text == "..."
            ):
                self.place = end
            if self.is_op("..."):
                self.advance()
            names.append(self.identifier())
            if self.is_op("="):
                self.advance()
                self.skip_lines()
                self.expression()
            self.skip_lines()
            if not self.is_op(","):
                break
            self.advance()
            self.skip_lines()
        return tuple(names)

    # Expressions.

    def expression_statement(self) -> Node:
        """An expression, or a command: a call without parentheses.

        Only here may the closure of a call begin on the next line.
        """
        return self._within(True, lambda: self.assignment(commands=True))

    def expression(self) -> Node:
        """Any expression but a command."""
        return self._within(False, self.assignment)

    def _within(self, closure_below: bool, rule: Callable[[], Node]) -> Node:
        outer, self._closure_below = self._closure_below, closure_below
        found = self.nested(rule)
        self._closure_below = outer
        return found

    def assignment(self, *, commands: bool = False) -> Node:
        """``target = value``, a command where they are allowed, or anything below."""
        left = self.ternary()
        if self.kind() == "op" and self.text() in _ASSIGNMENTS:
            if not _assignable(left):
                raise self.unexpected(", what stands before it cannot be assigned to")
            operator = self.advance().text
            self.skip_lines()
            value = self.expression_statement()
            return self.node(Assign, left, left, operator, value)
        if commands and _callable(left) and self.starts_argument():
            return self.command(left)
        return left

    def starts_argument(self) -> bool:
        """Whether the first argument of a command can stand here."""
        kind, text = self.kind(), self.text()
        if kind in {"id", "num", "str", "gstring"}:
            return True
        if kind == "kw":
            return text in _OPERANDS or text in _PRIMITIVES or self.follows(":")
        return kind == "op" and text in {"!", "~"}

    def command(self, head: Node) -> Node:
        """``a b, c: d e f``: the call a(b, c: d) and on its value e(f)."""
        self._closure_below = False
        while True:
            arguments = [self.command_argument()]
            while self.is_op(","):
                self.advance()
                self.skip_lines()
                arguments.append(self.command_argument())
            head = self.node(Call, head, head, tuple(arguments))
            head = self.path(head)
            if self.kind() not in {"id", "str", "num", "gstring"}:
                return head
            name = "" if self.kind() == "gstring" else self.text()
            self.primary()
            head = self.path(self.node(Property, head, head, name))
            if not self.starts_argument():
                return head

    def command_argument(self) -> Node:
        """``value``, ``name: value`` or ``*values``."""
        if pair := self.labelled_value():
            return pair
        if self.is_op("*"):
            return self.spread()
        return self.expression()

    def ternary(self) -> Node:
        """``a ? b : c``, ``a ?: b``, or anything below."""
        condition = self.binary(0)
        place = self.place
        self.skip_lines()
        if self.is_op("?"):
            self.advance()
            self.skip_lines()
            then = self.nested(self.assignment)
            self.skip_lines()
            self.expect(":")
            self.skip_lines()
            other = self.nested(self.ternary)
            return self.node(Other, condition, "ternary", (condition, then, other))
        if self.is_op("?:"):
            self.advance()
            self.skip_lines()
            other = self.nested(self.ternary)
            return self.node(Other, condition, "?:", (condition, other))
        self.place = place
        return condition

    def nested(self, rule: Callable[[], Node]) -> Node:
        """What a rule reads that may contain itself: so deep and no deeper."""
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise self.error(f"nested deeper than {MAX_NESTING}")
        found = rule()
        self._depth -= 1
        return found

    def binary(self, strength: int) -> Node:
        """Operators of at least that strength, by precedence climbing."""
        left = self.unary()
        while True:
            token = self.token()
            level = _STRENGTH.get(token.text) if token.kind in {"op", "kw"} else None
            if level is None or level < strength:
                return left
            self.advance()
            self.skip_lines()
            if token.text in {"as", "instanceof"}:
                self.type_name()
                left = self.node(Other, left, token.text, (left,))
            else:
                right = self.binary(level + 1)
                left = self.node(Other, left, token.text, (left, right))

    def unary(self) -> Node:
        """Signs before an operand, casts."""
        prefixes: list[Token] = []
        while self.kind() == "op" and self.text() in _PREFIXES:
            prefixes.append(self.advance())
            if len(prefixes) > _MAX_PREFIXES:
                raise self.error(f"more than {_MAX_PREFIXES} operators before an operand")
        found = self.cast() if self.starts_cast() else self.operand()
        for prefix in reversed(prefixes):
            found = self.node(Other, prefix, prefix.text, (found,))
        return found

    def starts_cast(self) -> bool:
        """Whether ``(Type)`` and then an operand stand here."""
        if not self.is_op("("):
            return False
        end = self.type_end(self.place + 1)
        if end is None or self.tokens[end].text != ")" or self.tokens[end].kind != "op":
            return False
        after = self.tokens[end + 1]
        if after.kind in {"id", "num", "str", "gstring"}:
            return True
        if after.kind == "kw":
            return after.text in _OPERANDS
        primitive = self.tokens[self.place + 1].kind == "kw"
        return after.kind == "op" and (
            after.text in {"(", "["} or (primitive and after.text == "-")
        )

    def cast(self) -> Node:
        """``(Type) operand``."""
        start = self.expect("(")
        self.type_name()
        self.expect(")")
        return self.node(Other, start, "cast", (self.nested(self.unary),))

    def operand(self) -> Node:
        """A value and what follows it."""
        return self.path(self.primary())

    def path(self, found: Node) -> Node:
        """What follows a value: members, calls, indexes, closures."""
        while True:
            token = self.token()
            if token.kind == "nl":
                if not self.continues_below():
                    return found
                self.skip_lines()
                continue
            if token.kind != "op":
                return found
            if token.text in _DOTS:
                self.advance()
                self.skip_lines()
                found = self.node(Property, found, found, self.member())
            elif token.text == "(":
                found = self.node(Call, found, found, self.arguments())
            elif token.text == "{":
                found = self.with_closure(found)
            elif token.text == "[":
                self.advance()
                inner = self.entries("]")
                self.expect("]")
                found = self.node(Other, found, "index", (found, *inner))
            elif token.text in {"++", "--"}:
                self.advance()
                found = self.node(Other, found, token.text, (found,))
            else:
                return found

    def continues_below(self) -> bool:
        """Whether the next line goes on with a member, or with the closure of a call."""
        place = self.place
        while self.tokens[place].kind == "nl":
            place += 1
        token = self.tokens[place]
        below = token.text in _DOTS or (token.text == "{" and self._closure_below)
        return token.kind == "op" and below

    def member(self) -> str:
        """The name behind a dot; "" where it is computed."""
        if self.kind() in {"id", "kw", "str"}:
            return self.advance().text
        if self.kind() == "gstring":
            self.string()
            return ""
        if self.is_op("("):
            self.advance()
            self.expression()
            self.expect(")")
            return ""
        raise self.unexpected(", the name of a member is due")

    def with_closure(self, found: Node) -> Node:
        """A call with the closure that stands behind it."""
        closure = self.closure()
        if isinstance(found, Call) and not self.was_closed(found):
            return self.node(Call, found, found.callee, (*found.arguments, closure))
        return self.node(Call, found, found, (closure,))

    def was_closed(self, call: Call) -> bool:
        """Whether a call already has its closure: ``a {…} {…}`` calls the value of ``a {…}``."""
        return bool(call.arguments) and isinstance(call.arguments[-1], Closure)

    def primary(self) -> Node:
        """A name, a literal, ``(…)``, ``[…]``, ``{…}``, ``new``."""
        token = self.token()
        match token.kind:
            case "id":
                self.advance()
                return self.node(Name, token, token.text)
            case "str":
                self.advance()
                return self.node(Literal, token, token.text)
            case "num":
                self.advance()
                return self.node(Literal, token, _number(token.text))
            case "gstring":
                return self.string()
            case "kw":
                return self.keyword_value(token)
            case "op" if token.text == "(":
                self.advance()
                inner = self.expression()
                several = [inner]
                while self.is_op(","):
                    self.advance()
                    several.append(self.expression())
                self.expect(")")
                if len(several) > 1 and not self.is_op("="):
                    raise self.unexpected(", '=' is due after several names in parentheses")
                return self.node(Other, token, "parentheses", tuple(several))
            case "op" if token.text == "[":
                return self.list_or_map()
            case "op" if token.text == "{":
                return self.closure()
        raise self.unexpected()

    def keyword_value(self, token: Token) -> Node:
        """``true``, ``null``, ``this``, ``new`` …"""
        if token.text in _VALUES:
            self.advance()
            return self.node(Literal, token, _VALUES[token.text])
        if token.text in {"this", "super"} or token.text in _PRIMITIVES:
            self.advance()
            return self.node(Name, token, token.text)
        if token.text == "new":
            return self.new()
        raise self.unexpected()

    def new(self) -> Node:
        """``new Type(…)``, ``new Type[…]``."""
        start = self.advance()
        end = self.type_end(self.place)
        if end is None:
            raise self.unexpected(", a type is due")
        name = self.text()
        arrayed = self.tokens[end - 1].text == "]"
        self.place = end
        if self.is_op("("):
            inner = self.arguments()
            if self.is_op("{"):  # an anonymous class
                self.expect("{")
                inner = (*inner, *self.members(name))
                self.expect("}")
            return self.node(Other, start, "new", inner, name)
        if self.is_op("["):
            sizes: list[Node] = []
            while self.is_op("["):
                self.advance()
                sizes.append(self.expression())
                self.expect("]")
            return self.node(Other, start, "new", tuple(sizes), name)
        if not arrayed:
            raise self.unexpected(", the arguments of a constructor are due")
        return self.node(Other, start, "new", (), name)

    def string(self) -> GString:
        """A string with interpolation."""
        start = self.token()
        parts: list[str | Node] = []
        while self.kind() == "gstring":
            parts.append(self.advance().text)
            token = self.token()
            if token.kind == "dollar":
                self.advance()
                parts.append(self.dotted(token))
            else:
                parts.append(self.closure())
        parts.append(self.advance().text)
        return self.node(GString, start, tuple(part for part in parts if part != ""))

    def dotted(self, token: Token) -> Node:
        """``$a.b`` within a string."""
        first, *rest = token.text.split(".")
        found: Node = self.node(Name, token, first)
        for name in rest:
            found = self.node(Property, token, found, name)
        return found

    def closure(self) -> Closure:
        """``{ a, b -> … }``."""
        start = self.expect("{")
        parameters: tuple[str, ...] = ()
        if self.has_parameters():
            parameters = self.formal_parameters("->")
            self.expect("->")
        body = self.statements(frozenset())
        self.expect("}")
        return self.node(Closure, start, parameters, body)

    def statements(self, until: frozenset[str]) -> tuple[Node, ...]:
        """Statements, which the grammar above this one reads."""
        raise NotImplementedError

    def members(self, owner: str) -> tuple[Node, ...]:
        """The members of a class, which the grammar above this one reads."""
        raise NotImplementedError

    def has_parameters(self) -> bool:
        """Whether a ``->`` ends the parameters of the closure whose ``{`` was just read."""
        depth = 0
        begun = False
        last = min(self.place + _MAX_PARAMETER_TOKENS, len(self.tokens))
        for at in range(self.place, last):
            token = self.tokens[at]
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
                    return self.arrow_below(at)
            else:
                begun = True
        return False

    def arrow_below(self, place: int) -> bool:
        """Whether the next line goes on with the ``->``."""
        while self.tokens[place].kind == "nl":
            place += 1
        return self.tokens[place].kind == "op" and self.tokens[place].text == "->"

    def list_or_map(self) -> Items:
        """``[a, b]``, ``[a: b]``, ``[:]``."""
        start = self.expect("[")
        if self.is_op(":"):
            self.advance()
            self.expect("]")
            return self.node(Items, start, ())
        found = self.entries("]")
        self.expect("]")
        pairs = sum(isinstance(entry, Pair) for entry in found)
        if pairs not in {0, len(found)}:
            raise self.error("a list and a map in one", start)
        return self.node(Items, start, found)

    def arguments(self) -> tuple[Node, ...]:
        """``(…)`` behind a callee."""
        self.expect("(")
        found = self.entries(")")
        self.expect(")")
        return found

    def entries(self, closing: str) -> tuple[Node, ...]:
        """What stands between brackets, with commas."""
        found: list[Node] = []
        while True:
            self.skip_lines()
            if self.is_op(closing):
                return tuple(found)
            if self.is_op(",") and found:
                self.advance()
                continue
            found.append(self.entry())
            self.skip_lines()
            if not self.is_op(closing) and not self.is_op(","):
                raise self.unexpected(f", ',' or {closing!r} is due")

    def entry(self) -> Node:
        """``value``, ``key: value`` or ``*values``."""
        if pair := self.labelled_value():
            return pair
        if self.is_op("*"):
            return self.spread()
        found = self.expression()
        if self.is_op(":") and isinstance(found, GString | Items | Closure | Other):
            self.advance()
            self.skip_lines()
            return self.node(Pair, found, found, self.expression())
        return found

    def labelled_value(self) -> Node | None:
        """``key: value``; None, and nothing read, where no label stands here."""
        token = self.token()
        if token.kind not in {"id", "kw", "str", "num"} or not self.follows(":"):
            return None
        self.advance()
        self.advance()
        self.skip_lines()
        return self.node(Pair, token, token.text, self.expression())

    def spread(self) -> Node:
        """``*values`` and ``*: map``."""
        start = self.advance()
        if self.is_op(":"):
            self.advance()
        return self.node(Other, start, "spread", (self.expression(),))


def _callable(node: Node) -> bool:
    """Whether what stands here without an operator is a call's arguments."""
    if isinstance(node, Other):
        return node.kind in {"index", "new"}
    return not isinstance(node, Assign)


def _assignable(node: Node) -> bool:
    return isinstance(node, Name | Property) or (
        isinstance(node, Other) and node.kind in {"index", "parentheses"}
    )


def _number(text: str) -> int | float:
    digits = text.replace("_", "").rstrip("gGlLiI")
    if digits[:2] in {"0x", "0X", "0b", "0B"}:
        number: int | float = int(digits[2:] or "0", 16 if digits[1] in "xX" else 2)
        return number if number < _LARGEST else float(min(number, 10**300))
    digits = digits.rstrip("dDfF")
    if digits.isdigit() and len(digits) <= _MAX_DIGITS:
        return int(digits)
    return min(float(digits), 1e300)
