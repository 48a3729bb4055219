"""The words of a Rego text, with where they stand: no grammar, only what is a string and what not.

https://www.openpolicyagent.org/docs/latest/policy-reference/#grammar

Not regorus's tree of a module: regorus runs out of this process only, and a policy is read and
rewritten before it goes there.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+|\#[^\n]*)
      | (?P<line>\n)
      | (?P<text>"(?:\\.|[^"\\\n])*+"?|`[^`]*+`)
      | (?P<word>[^\W\d]\w*)
      | (?P<number>\d[\w.]*)
      | (?P<sign>:=|==|!=|<=|>=|.)""",
    re.VERBOSE | re.DOTALL,
)
_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a string (``text``), a number or a sign.

    ``depth``: in how many brackets it stands; a bracket stands in those around it.
    ``first``: whether it is the first of its line.
    """

    kind: str
    value: str
    start: int
    end: int
    depth: int
    first: bool


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text, without white space and comments."""
    depth = 0
    first = True
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind == "space":
            continue
        if kind == "line":
            first = True
            continue
        value = match[0]
        if value in _CLOSING:
            depth -= 1
        yield Token(kind, value, match.start(), match.end(), depth, first)
        if value in _OPENING:
            depth += 1
        first = False


def replaced(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """A text with pieces of it (from, to) replaced; of two at one place, the shorter one first."""
    parts: list[str] = []
    done = 0
    for start, end, new in sorted(edits):
        parts += (text[done:start], new)
        done = end
    return "".join((*parts, text[done:]))
