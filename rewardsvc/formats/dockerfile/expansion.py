"""Variables in a Dockerfile's words: what BuildKit's lexer cannot read.

The source is ``frontend/dockerfile/shell/lex.go`` of BuildKit 0.27 (``processStopOn``,
``processDollar``): ``$X``, ``${X}``, ``${X:-word}``, ``${X#pattern}``, ``${X/a/b}``, quotes and the
escape character. Whether a variable is there, is not asked.
"""

from collections.abc import Iterator, Sequence

from rewardsvc.formats.dockerfile.source import DockerfileSource
from rewardsvc.formats.dockerfile.syntax import Instruction
from rewardsvc.types import Diagnostic

_OF_WORDS = frozenset({"ENV", "LABEL", "ARG", "FROM", "EXPOSE", "VOLUME", "COPY", "ADD"})
_OF_A_WHOLE = frozenset({"USER", "WORKDIR", "STOPSIGNAL"})
_SPECIAL = frozenset("@*#?-$!")
MAX_DEPTH = 50
"""Substitutions within each other; deeper ones are not looked into."""


def unreadable(source: DockerfileSource) -> Iterator[Diagnostic]:
    """Substitutions and quotes that are not closed, or that there are not: once an instruction."""
    for instruction in source.instructions if not source.foreign else ():
        for word in _words(instruction, source.escape):
            if words := fault(word, source.escape):
                message = f"{instruction.name}: {word[:80]!r}: {words}"
                yield source.problem("expansion", message, instruction.line)
                break


def fault(word: str, escape: str = "\\") -> str:
    """Why BuildKit cannot process a word; "" where it can."""
    try:
        _Lexer(word, escape).until("", 0)
    except _UnreadableError as error:
        return str(error)
    return ""


def _words(instruction: Instruction, escape: str) -> Sequence[str]:
    rest = instruction.rest
    if instruction.name in _OF_A_WHOLE:
        return (rest,)
    if instruction.name not in _OF_WORDS or "<<" in rest:
        return ()
    if instruction.words is not None:
        return instruction.words
    if instruction.name in {"ENV", "LABEL", "ARG"}:
        return _quoted_words(rest, escape)
    return rest.split()


def _quoted_words(text: str, escape: str) -> list[str]:
    """Words with their quotes (``parser/line_parsers.go`` parseWords)."""
    words: list[str] = []
    word, quote = "", ""
    characters = iter(text)
    for character in characters:
        if not quote and character.isspace():
            words += [word] if word else []
            word = ""
            continue
        word += character
        if character == escape and quote != "'":
            word += next(characters, "")
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
    return [*words, word] if word else words


class _UnreadableError(ValueError):
    """What the lexer stops at."""


class _Lexer:
    def __init__(self, text: str, escape: str) -> None:
        self._text = text
        self._escape = escape
        self._at = 0

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _next(self) -> str:
        found = self._peek()
        self._at += len(found)
        return found

    def until(self, stop: str, depth: int) -> None:
        """Read up to a character, "" for the end."""
        while character := self._peek():
            if character == stop:
                self._next()
                return
            if character == "$":
                self._dollar(depth)
            elif character == "'":
                self._single()
            elif character == '"':
                self._double(depth)
            elif self._next() == self._escape:
                self._next()
        if stop:
            raise _UnreadableError(f"missing {stop!r} of a substitution")

    def _single(self) -> None:
        end = self._text.find("'", self._at + 1)
        if end < 0:
            raise _UnreadableError("a single quote is not closed")
        self._at = end + 1

    def _double(self, depth: int) -> None:
        self._next()
        while character := self._peek():
            if character == "$":
                self._dollar(depth)
                continue
            self._next()
            if character == '"':
                return
            if character == self._escape and self._peek() in {'"', "$", self._escape}:
                self._next()
        raise _UnreadableError("a double quote is not closed")

    def _dollar(self, depth: int) -> None:
        self._next()
        if self._peek() != "{":
            self._name()
            return
        self._next()
        if not self._peek():
            raise _UnreadableError("missing '}' of a substitution")
        if self._peek() in "{}:":
            raise _UnreadableError("bad substitution")
        if depth > MAX_DEPTH:
            self._at = len(self._text)
            return
        self._name()
        sign = self._next()
        if sign == "}":
            return
        modifier = sign
        if sign == ":":
            sign = self._next()
            modifier += sign
            if sign in "/":
                sign = "!"  # ":" goes with what follows only, and an end is none
        if not sign:
            raise _UnreadableError("missing '}' of a substitution")
        if sign == "/":
            if self._peek() == "/":
                self._next()
            self.until("/", depth + 1)
            self.until("}", depth + 1)
            return
        if modifier[0] == ":" or sign in "+-?#%":
            self.until("}", depth + 1)
        if sign not in "+-?#%":
            raise _UnreadableError(f"unsupported modifier ({modifier}) in substitution")

    def _name(self) -> None:
        if self._peek().isdigit():
            while self._peek().isdigit():
                self._next()
        elif self._peek() in _SPECIAL:
            self._next()
        else:
            while self._peek().isalnum() or self._peek() == "_":
                self._next()
