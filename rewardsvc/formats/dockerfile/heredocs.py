"""Heredocs in a line, as BuildKit finds them: shell words of their own (parser.go, ParseHeredoc).

A delimiter may be quoted in parts (``<<E"O"F``) and begin with a digit; what is quoted as a whole
(``"a <<EOF"``) is none.
"""

import re
from dataclasses import dataclass

_BEGIN = re.compile(r"\d*<<(-?)(?=[^<\s])")
_WORD = re.compile(r"""[^\s"'\\]+|"(?:[^"\\]|\\.)*"|'[^']*'|\\.""", re.DOTALL)
_PIECE = re.compile(r"""[^\s"'\\<>|&;()]+|"(?:[^"\\]|\\.)*"|'[^']*'|\\.""", re.DOTALL)
_OLD_NAME = re.compile(r"[A-Za-z_].*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Heredoc:
    """Where it stands in the line, the line that ends it, and whether tabs before that go."""

    start: int
    end: int
    name: str
    quoted: bool
    strip_tabs: bool


def heredocs_in(line: str) -> list[Heredoc]:
    """The heredocs of a line, in order."""
    found = []
    position = 0
    while position < len(line):
        if line[position].isspace():
            position += 1
            continue
        begin = _BEGIN.match(line, position)
        heredoc = _heredoc(line, begin) if begin else None
        if heredoc is not None:
            found.append(heredoc)
            position = heredoc.end
        while position < len(line) and not line[position].isspace():
            word = _WORD.match(line, position)
            position = word.end() if word else len(line)  # a quote that is never closed
    return found


def _heredoc(line: str, begin: re.Match[str]) -> Heredoc | None:
    """The heredoc that begins there; what a shell's sign cuts short must look like a name."""
    position = begin.end()
    pieces: list[str] = []
    quoted = False
    while piece := _PIECE.match(line, position):
        text = piece[0]
        if text[0] in "\"'":
            quoted, text = True, text[1:-1]
        elif text[0] == "\\":
            quoted, text = True, text[1:]
        pieces.append(text)
        position = piece.end()
    name = "".join(pieces)
    whole = position == len(line) or line[position].isspace()
    if not name or not (whole or _OLD_NAME.fullmatch(name)):
        return None
    return Heredoc(begin.start(), position, name, quoted, bool(begin[1]))
