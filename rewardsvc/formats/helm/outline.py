"""Where things stand in a template, which is text with actions in it and no YAML yet.

Lines with nothing but actions (``{{- if … }}``, ``{{- include … }}``) are looked through; what the
others say is told by their indentation, as it will be when the actions are gone. So it is a good
guess, for diagnostics and for edits, and nothing is judged by it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from rewardsvc.yaml12 import MAX_LOOKUPS

ACTION = re.compile(
    r"\{\{-?\s*+/\*(?:[^*]|\*(?!/))*+(?:\*/\s*+-?\}\}|\*/|\Z)"
    r"|\{\{(?:[^}\"`]|\"(?:[^\"\\\n]|\\.)*+\"|`[^`]*+`|\}(?!\}))*+(?:\}\}|\Z|(?=[\"`]))"
)
"""An action of text/template, or a comment; strings in it may hold braces. One that is not closed
reaches as far as it can be read, so that nothing is read twice."""

HIDDEN = "\x00"
"""What stands in place of each character of an action, so that the others keep their places."""

_ITEM = re.compile(r"-(?: ++|$)")
_BLOCK = re.compile(r"[|>][-+0-9]*+[ \t]*+(?:#.*+)?")

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A key or an item on a line of its own. ``number`` is 1-based, ``document`` counts from 0.

    ``value``: what stands behind it on the line, "" where nothing, with its actions; ``at``: where
    in the text that begins. ``end``: the number of the last line that belongs to it.
    """

    number: int
    document: int
    path: Path
    value: str
    at: int
    end: int


class Outline:
    """The lines of a template, read once."""

    def __init__(self, text: str) -> None:
        self.lines: Sequence[Line] = tuple(_with_ends(_Reading(text).lines()))
        self._first: dict[Path, int] = {}
        for line in self.lines:
            self._first.setdefault(line.path, line.number)

    def line_of(self, path: Sequence[str | int]) -> int:
        """The line of a path, or of the nearest above; 1 where there is none."""
        for length in range(len(path), 0, -1):
            if (found := self._first.get(tuple(path[:length]))) is not None:
                return found
        return 1


class TemplatePlaces:
    """Where what a template rendered stands in the template, which is read when somebody asks.

    Satisfies :class:`rewardsvc.verification.yaml_files.Places`; answers 0 after so many questions.
    """

    def __init__(self, template: str) -> None:
        self._template = template
        self._outline: Outline | None = None
        self._lookups = 0

    def line_of(self, document: int, path: Sequence[str | int]) -> int:
        """See :class:`rewardsvc.verification.yaml_files.Places`."""
        self._lookups += 1
        if self._lookups > MAX_LOOKUPS:
            return 0
        if self._outline is None:
            self._outline = Outline(self._template)
        return self._outline.line_of(path)


def hidden(text: str) -> str:
    """The text with its actions blotted out; every other character stays where it is."""
    return ACTION.sub(lambda match: re.sub(r"[^\n]", HIDDEN, match[0]), text)


@dataclass(slots=True)
class _Open:
    indent: int
    part: str | int


@dataclass(slots=True)
class _Reading:
    """Reads the lines one after the other. ``block``: the indentation of what a block of text
    stands behind, None outside of one."""

    text: str
    open: list[_Open] = field(default_factory=list)
    document: int = 0
    block: int | None = None

    def lines(self) -> Iterator[Line]:
        start, last = 0, None
        for number, line in enumerate(hidden(self.text).split("\n"), start=1):
            content = line.strip(" \t\r")
            indent = len(line) - len(line.lstrip(" "))
            if not content.strip(HIDDEN + " ") or content.startswith("#"):
                pass
            elif self.block is not None and indent > self.block:
                last = replace(last, end=number) if last is not None else None
            elif content.startswith("---"):
                self.open, self.block = [], None
                self.document += 1
            elif found := self._line(line.rstrip(" \t\r"), indent, number, start):
                if last is not None:
                    yield last
                last = found
            start += len(line) + 1
        if last is not None:
            yield last

    def _line(self, line: str, column: int, number: int, start: int) -> Line | None:
        """What one line says; None where it goes on with another's text."""
        self.block = None
        outer = column
        item = False
        while match := _ITEM.match(line, column):
            item = True
            self._open_item(column)
            outer, column = column, match.end()
        key, behind = _key(line[column:])
        if key:
            while self.open and self.open[-1].indent >= column:
                self.open.pop()
            self.open.append(_Open(column, "*" if HIDDEN in key else key))
            outer, column = column, column + behind
        elif not item:
            return None
        value = line[column:]
        at = column + len(value) - len(value.lstrip(" \t"))
        if _BLOCK.fullmatch(value.strip(" \t")):
            self.block = outer
        path = tuple(each.part for each in self.open)
        written = self.text[start + at : start + len(line)]
        return Line(number, self.document, path, written, start + at, number)

    def _open_item(self, column: int) -> None:
        while self.open and self.open[-1].indent > column:
            self.open.pop()
        index = 0
        if self.open and self.open[-1].indent == column:
            part = self.open[-1].part
            if isinstance(part, int):
                index = part + 1
                self.open.pop()
        self.open.append(_Open(column, index))


def _key(text: str) -> tuple[str, int]:
    """The key that a text begins with, and where its value begins; ("", 0) where it has none."""
    if text[:1] in {'"', "'"}:
        end = text.find(text[0], 1)
        rest = text[end + 1 :].lstrip(" ")
        if end < 0 or not (rest == ":" or rest.startswith(": ")):
            return "", 0
        return text[1:end], len(text) - len(rest) + 1
    if text[:1] in set("{[#&*!|>%@`"):
        return "", 0
    at = text.find(": ")
    if at < 0:
        at = len(text) - 1 if text.endswith(":") else -1
    key = text[:at].rstrip(" ") if at > 0 else ""
    return (key, at + 1) if key else ("", 0)


def _with_ends(lines: Iterator[Line]) -> Iterator[Line]:
    """The lines, each with all that is below it."""
    found = list(lines)
    ends = [line.end for line in found]
    opened: list[int] = []
    for index, line in enumerate(found):
        while opened and not _is_below(line, found[opened[-1]]):
            ends_of = opened.pop()
            if opened:
                ends[opened[-1]] = max(ends[opened[-1]], ends[ends_of])
        opened.append(index)
    while len(opened) > 1:
        ends_of = opened.pop()
        ends[opened[-1]] = max(ends[opened[-1]], ends[ends_of])
    return (replace(line, end=end) for line, end in zip(found, ends, strict=True))


def _is_below(line: Line, other: Line) -> bool:
    length = len(other.path)
    inside = line.document == other.document and len(line.path) > length
    return inside and line.path[:length] == other.path
