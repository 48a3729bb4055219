"""Groovy's tokens. Rules are those of Groovy 2.4's own lexer (``groovy.g``).

Line ends are tokens, but not between ``(`` and ``)`` or ``[`` and ``]``. A string with
interpolation is a run of tokens: ``gstring`` (begin), for each value ``dollar`` or the tokens
from ``{`` to ``}``, ``gstring`` (middle) …, ``gstring`` (end).
"""

import re
from dataclasses import dataclass
from typing import Literal

MAX_TOKENS = 60_000
"""A Jenkinsfile of 500 lines has about 5,000."""

MAX_DEPTH = 45
"""Brackets within brackets; the parser takes about ten of Python's 1,000 frames for each."""

KEYWORDS = frozenset(
    [
        "as",
        "assert",
        "boolean",
        "break",
        "byte",
        "case",
        "catch",
        "char",
        "class",
        "const",
        "continue",
        "def",
        "default",
        "do",
        "double",
        "else",
        "enum",
        "extends",
        "false",
        "final",
        "finally",
        "float",
        "for",
        "goto",
        "if",
        "implements",
        "import",
        "in",
        "instanceof",
        "int",
        "interface",
        "long",
        "native",
        "new",
        "null",
        "package",
        "private",
        "protected",
        "public",
        "return",
        "short",
        "static",
        "strictfp",
        "super",
        "switch",
        "synchronized",
        "this",
        "throw",
        "throws",
        "trait",
        "transient",
        "true",
        "try",
        "void",
        "volatile",
        "while",
        "abstract",
    ]
)


class GroovyError(ValueError):
    """A text that is not Groovy. ``line`` is 1-based."""

    def __init__(self, message: str, line: int) -> None:
        self.message = message
        self.line = line
        super().__init__(f"line {line}: {message}")


Kind = Literal["id", "kw", "num", "str", "gstring", "gend", "dollar", "op", "nl", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    """``text``: an operator or a name as written; of a string its value."""

    kind: Kind
    text: str
    start: int
    end: int
    line: int


_ESCAPE = r"\\(?:[btnfr\"'\\$\n]|u+[0-9a-fA-F]{4}|[0-7]{1,3})"
_TOKEN = re.compile(
    r"""(?P<space>[ \t\f\r]+|\\\r?\n)
    |(?P<line>//[^\n]*)
    |(?P<comment>/\*)
    |(?P<nl>\n)
    |(?P<id>(?:[^\W\d]|\$(?!/))[\w$]*)
    |(?P<num>0[xX][0-9a-fA-F_]+[gGlLiI]?|0[bB][01_]+[gGlLiI]?
        |\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?[gGlLiIdDfF]?)
    |(?P<dollarslash>\$/)
    |(?P<raw>'''|')
    |(?P<quote>\"{3}|\")
    |(?P<op>>>>=|\*\*=|<=>|==~|\.\.\.|\.\.<|>>>|<<=|>>=|->|\+\+|--|\*\*|===|==|!=|<=|>=|&&|\|\||<<|>>
        |=~|\?\.|\?:|\*\.|\.@|\.&|\.\.|\+=|-=|\*=|/=|%=|&=|\|=|\^=|[-+*/%=<>!~?:;,.@&|^(){}\[\]])
    """,
    re.VERBOSE,
)
_SHEBANG = re.compile(r"#![^\n]*")
_RAW = {
    "'": re.compile(rf"(?:[^'\\\n]|{_ESCAPE})*"),
    "'''": re.compile(rf"(?:[^'\\]|{_ESCAPE}|'(?!''))*"),
}
_TEXT = {
    '"': re.compile(rf'(?:[^"\\$\n]|{_ESCAPE})*'),
    '"""': re.compile(rf'(?:[^"\\$]|{_ESCAPE}|"(?!""))*'),
    "/": re.compile(r"(?:[^/\\$]|\\.|\\\n|\$(?![A-Za-z_{]))*"),
    "$/": re.compile(r"(?:[^/$]|\$[$/]|\$(?![A-Za-z_{])|/(?!\$))*"),
}
_CLOSING = {"$/": "/$"}
_INTERPOLATED = re.compile(r"\$([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)")
_UNESCAPE = re.compile(r"\\(?:u+([0-9a-fA-F]{4})|([0-7]{1,3})|(.))", re.DOTALL)
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "\n": ""}
_ENDS_EXPRESSION = frozenset({")", "]", "}", "++", "--"})
_ENDING_KEYWORDS = frozenset({"this", "super", "true", "false", "null"})
_PAIRS = {")": "(", "]": "[", "}": "{"}


@dataclass(slots=True)
class _Bracket:
    """An open bracket; ``quote`` is the string that goes on after it, "" outside of strings."""

    text: str
    line: int
    quote: str = ""


def tokenize(text: str) -> list[Token]:
    """The tokens of a text, the last of kind ``end``.

    Raises:
        GroovyError: a character, string, comment or bracket that Groovy does not take, or too
            many tokens or brackets within brackets.
    """
    lexer = _Lexer(text)
    lexer.run()
    return lexer.tokens


def comments(text: str) -> list[tuple[int, int]]:
    """Where the comments begin and end, in order; of a text that is no Groovy, or cut, too.

    What is never closed lasts to the end of the text, a string of one line to that of its line.
    """
    lexer = _Lexer(text, tolerant=True)
    lexer.run()
    return lexer.comments


class _Lexer:
    """``tolerant``: what Groovy does not take is read as well as may be, and refused otherwise."""

    def __init__(self, text: str, *, tolerant: bool = False) -> None:
        self._text = text.replace("\r\n", " \n")  # of equal length, for the offsets
        self._tolerant = tolerant
        self._at = 0
        self._line = 1
        self.tokens: list[Token] = []
        self.comments: list[tuple[int, int]] = []
        self._open: list[_Bracket] = []

    def run(self) -> None:
        if shebang := _SHEBANG.match(self._text):
            self._at = shebang.end()
        while self._at < len(self._text):
            self._next()
            if len(self.tokens) > MAX_TOKENS:
                self._refuse(f"more than {MAX_TOKENS} tokens")
        if self._open:
            last = self._open[-1]
            self._refuse(f"the {last.text!r} of line {last.line} is not closed")
        self._add("end", "", self._at)

    def _refuse(self, message: str, line: int | None = None) -> None:
        if not self._tolerant:
            raise GroovyError(message, self._line if line is None else line)

    def _next(self) -> None:
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            self._refuse(f"unexpected character {self._text[self._at]!r}")
            self._at += 1
            return
        kind, found, start = match.lastgroup, match[0], self._at
        self._at = match.end()
        if kind == "space":
            self._line += found.count("\n")
        elif kind == "line":
            self.comments.append((start, self._at))
        elif kind == "comment":
            self._comment(start)
        elif kind == "nl":
            self._line_end(start)
        elif kind == "id":
            self._add("kw" if found in KEYWORDS else "id", found, start)
        elif kind == "num":
            self._add("num", found, start)
        elif kind == "raw":
            self._raw(found, start)
        elif kind == "quote":
            self._string(found, start)
        elif kind == "dollarslash" or (found in {"/", "/="} and not self._after_operand()):
            quote = "$/" if kind == "dollarslash" else "/"
            self._at = start + len(quote)
            self._string(quote, start)
        else:
            self._operator(found, start)

    def _add(self, kind: Kind, text: str, start: int, line: int | None = None) -> None:
        where = self._line if line is None else line
        self.tokens.append(Token(kind, text, start, self._at, where))

    def _comment(self, start: int) -> None:
        end = self._text.find("*/", self._at)
        if end < 0:
            self._refuse("a comment that does not end")
        self._at = len(self._text) if end < 0 else end + 2
        self._line += self._text.count("\n", start, self._at)
        self.comments.append((start, self._at))

    def _line_end(self, start: int) -> None:
        inside = bool(self._open) and self._open[-1].text != "{"
        if not inside and self.tokens and self.tokens[-1].kind != "nl":
            self._add("nl", "\n", start)
        self._line += 1

    def _after_operand(self) -> bool:
        """Whether a slash divides here; it begins a string where an operand is due."""
        if not self.tokens:
            return False
        last = self.tokens[-1]
        if last.kind == "op":
            return last.text in _ENDS_EXPRESSION
        return last.kind not in {"nl", "kw"} or last.text in _ENDING_KEYWORDS

    def _raw(self, quote: str, start: int) -> None:
        line = self._line
        body = self._body(_RAW[quote])
        self._close(quote, line)
        self._add("str", _unescaped(body), start, line)

    def _string(self, quote: str, start: int) -> None:
        line, text = self._line, self._chunk(quote)
        if self._text.startswith("$", self._at):
            self._add("gstring", text, start, line)
            self._interpolation(quote)
        else:
            self._close(_CLOSING.get(quote, quote), line)
            self._add("str", text, start, line)

    def _chunk(self, quote: str) -> str:
        body = self._body(_TEXT[quote])
        return _unescaped(body) if quote in {'"', '"""'} else body

    def _body(self, pattern: re.Pattern[str]) -> str:
        """What is written of a string, up to its end or what is put in."""
        start = self._at
        while True:
            match = pattern.match(self._text, self._at)
            assert match is not None  # it also matches nothing
            self._at = match.end()
            self._line += match[0].count("\n")
            if not self._text.startswith("\\", self._at):
                return self._text[start : self._at]
            escape = self._text[self._at : self._at + 2]
            self._refuse(f"{escape!r} is no escape that Groovy knows")
            self._at += len(escape)

    def _interpolation(self, quote: str) -> None:
        """At a ``$`` within a string."""
        while True:
            start = self._at
            if self._text.startswith("${", start):
                self._at += 2
                self._push("{", quote)
                self._add("op", "{", start)
                return
            name = _INTERPOLATED.match(self._text, start)
            if name is None:
                self._refuse("a $ in a string that names nothing; write \\$")
                self._at += 1
            else:
                self._at = name.end()
                self._add("dollar", name[1], start)
            if self._rest(quote):
                return

    def _rest(self, quote: str) -> bool:
        """The text after an interpolated value; False where another value follows."""
        start, line, text = self._at, self._line, self._chunk(quote)
        if self._text.startswith("$", self._at):
            self._add("gstring", text, start, line)
            return False
        self._close(_CLOSING.get(quote, quote), line)
        self._add("gend", text, start, line)
        return True

    def _operator(self, found: str, start: int) -> None:
        if found in {"(", "[", "{"}:
            self._push(found)
        elif found in _PAIRS:
            if not self._open or self._open[-1].text != _PAIRS[found]:
                self._refuse(f"unexpected {found!r}")
                return
            quote = self._open.pop().quote
            self._add("op", found, start)
            if quote and not self._rest(quote):
                self._interpolation(quote)
            return
        self._add("op", found, start)

    def _push(self, bracket: str, quote: str = "") -> None:
        if len(self._open) >= MAX_DEPTH:
            self._refuse(f"brackets nested deeper than {MAX_DEPTH}")
        self._open.append(_Bracket(bracket, self._line, quote))

    def _close(self, quote: str, line: int) -> None:
        if self._text.startswith(quote, self._at):
            self._at += len(quote)
        else:
            self._refuse("a string that does not end", line)


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text

    def character(match: re.Match[str]) -> str:
        if match[1]:
            code = int(match[1], 16)
            return "\N{REPLACEMENT CHARACTER}" if 0xD800 <= code <= 0xDFFF else chr(code)
        if match[2]:
            return chr(int(match[2], 8))
        return _ESCAPED.get(match[3], match[3])

    return _UNESCAPE.sub(character, text)
