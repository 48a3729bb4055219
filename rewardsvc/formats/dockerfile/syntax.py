"""Dockerfile text → instructions, as BuildKit's frontend reads it (Dockerfile reference, 1.x).

Parser directives, comments, continuation lines, heredocs and flags. Ours, because dockerfile-parse
2.0 knows neither heredocs nor flags and loses instructions after a comment that ends in a
backslash.
"""

import re
from dataclasses import dataclass

from rewardsvc.formats.dockerfile.heredocs import Heredoc, heredocs_in
from sandbox.jsontext import read_json

MAX_INSTRUCTIONS = 1000
"""Docker itself allows 127 layers."""

_NAMES = """
ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL
STOPSIGNAL USER VOLUME WORKDIR
"""
KNOWN = frozenset(_NAMES.split())

_DIRECTIVE = re.compile(r"[ \t]*#[ \t]*([A-Za-z][A-Za-z0-9]*)[ \t]*=[ \t]*(\S.*)")
_FLAG = re.compile(r"""--([a-z][a-z0-9-]*)(?:=((?:"[^"]*"|'[^']*'|[^\s"'])*))?(?:\s+|$)""")
_QUOTE = re.compile(r"[\"']")
_TAKES_HEREDOC = frozenset({"RUN", "COPY", "ADD"})
_TAKES_FLAGS = frozenset({"FROM", "RUN", "COPY", "ADD", "HEALTHCHECK"})
_TAKES_JSON = frozenset({"RUN", "CMD", "ENTRYPOINT", "SHELL", "COPY", "ADD", "VOLUME"})


class DockerfileError(ValueError):
    """The text is no Dockerfile; ``line`` is 1-based."""

    def __init__(self, message: str, line: int) -> None:
        self.message = message
        self.line = line
        super().__init__(f"line {line}: {message}")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction.

    ``value``: what follows the name, with continuation lines joined and heredocs appended.
    ``flags``: ``--name=value``, in order, None where there is no ``=``.
    ``rest``: the value without flags and heredocs.
    ``words``: the arguments where they are given as a JSON list of strings, else None.
    ``heredocs`` and ``end``: the 0-based lines where its heredocs begin and where the next
    instruction may.
    """

    name: str
    value: str
    rest: str
    flags: tuple[tuple[str, str | None], ...]
    words: tuple[str, ...] | None
    line: int
    heredocs: int
    end: int

    def flag(self, name: str) -> tuple[str, ...]:
        """The values of a flag."""
        return tuple(value or "" for key, value in self.flags if key == name)


def parse(text: str) -> list[Instruction]:
    """The instructions of a Dockerfile, in order; none where there are only comments.

    Raises:
        DockerfileError: an unknown instruction, one without arguments, an open heredoc.
    """
    lines = text.split("\n")
    escape, position = directives(lines)
    found = []
    while position < len(lines):
        line = lines[position]
        if not line.strip() or line.lstrip().startswith("#"):
            position += 1
            continue
        start = position
        logical, position = _joined(lines, position, escape)
        name, _, value = logical.strip().partition(" ")
        name, tab, after = name.partition("\t")
        value = (after + " " + value if tab else value).strip()
        instruction, position = _instruction(name.upper(), value, lines, start, position)
        found.append(instruction)
        if len(found) > MAX_INSTRUCTIONS:
            raise DockerfileError(f"more than {MAX_INSTRUCTIONS} instructions", start + 1)
    return found


def split_words(text: str, escape: str = "\\") -> list[str]:
    """Words as a shell splits them: quotes group and go, the escape character escapes."""
    words: list[str] = []
    word: list[str] | None = None
    quote = ""
    characters = iter(text)
    for character in characters:
        if quote:
            if character == quote:
                quote = ""
            elif character == escape and quote == '"':
                following = next(characters, "")
                _append(word, following if following in '"\\$' else character + following)
            else:
                _append(word, character)
        elif character.isspace():
            if word is not None:
                words.append("".join(word))
            word = None
        else:
            word = [] if word is None else word
            if character in "'\"":
                quote = character
            elif character == escape:
                word.append(next(characters, ""))
            else:
                word.append(character)
    if word is not None:
        words.append("".join(word))
    return words


def _append(word: list[str] | None, text: str) -> None:
    if word is not None:
        word.append(text)


def directives(lines: list[str]) -> tuple[str, int]:
    """The escape character, and the first line that is no parser directive."""
    escape = "\\"
    for position, line in enumerate(lines):
        match = _DIRECTIVE.fullmatch(line)
        if not match or match[1].lower() not in {"escape", "syntax", "check"}:
            return escape, position
        if match[1].lower() == "escape":
            escape = match[2].rstrip()
            if escape not in {"\\", "`"}:
                raise DockerfileError(f"the escape character cannot be {escape}", position + 1)
    return escape, len(lines)


def _joined(lines: list[str], position: int, escape: str) -> tuple[str, int]:
    """The logical line that starts there, and where the next begins."""
    parts: list[str] = []
    while position < len(lines):
        line = lines[position]
        position += 1
        if parts and (not line.strip() or line.lstrip().startswith("#")):
            continue  # comments and empty lines inside an instruction are dropped
        stripped = line.rstrip()
        if not stripped.endswith(escape):
            parts.append(line)
            break
        parts.append(stripped[:-1])
    return "".join(parts), position


def _instruction(
    name: str, value: str, lines: list[str], start: int, position: int
) -> tuple[Instruction, int]:
    if name not in KNOWN:
        raise DockerfileError(f"unknown instruction {name[:40]!r}", start + 1)
    if not value:
        raise DockerfileError(f"{name} requires arguments", start + 1)
    inner, rest = name, value
    if name == "ONBUILD":
        inner, _, rest = value.partition(" ")
        inner, rest = inner.upper(), rest.strip()
        if inner not in KNOWN or not rest:
            raise DockerfileError(f"ONBUILD {inner[:40]} is not an instruction", start + 1)
    flags: list[tuple[str, str | None]] = []
    behind = 0
    while inner in _TAKES_FLAGS and (match := _FLAG.match(rest, behind)):
        flags.append((match[1], _QUOTE.sub("", match[2]) if match[2] is not None else None))
        behind = match.end()
    rest = rest[behind:]
    heredocs = position
    if inner in _TAKES_HEREDOC:
        for heredoc in heredocs_in(rest):
            body, position = _heredoc(lines, position, heredoc, start)
            value += "\n" + body
    words = _json_words(rest) if inner in _TAKES_JSON and rest.startswith("[") else None
    instruction = Instruction(name, value, rest, tuple(flags), words, start + 1, heredocs, position)
    return instruction, position


def _heredoc(lines: list[str], position: int, heredoc: Heredoc, start: int) -> tuple[str, int]:
    for last in range(position, len(lines)):
        line = lines[last].lstrip("\t") if heredoc.strip_tabs else lines[last]
        if line == heredoc.name:
            return "\n".join(lines[position:last]), last + 1
    raise DockerfileError(f"the heredoc {heredoc.name[:40]} is never closed", start + 1)


def _json_words(text: str) -> tuple[str, ...] | None:
    """The strings of a JSON list; None where it is a shell command that begins with a bracket."""
    try:
        words = read_json(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(words, list) and all(isinstance(word, str) for word in words):
        return tuple(words)
    return None
