"""Fenced blocks of a Markdown text: their labels, the paths that they carry, their bodies.

The rules are those of CommonMark 0.31 for fenced code blocks, except that an opening fence may be
indented by any amount, as models indent fences below list items. To a parser of Markdown
(markdown-it-py) one that is indented by four is code, and no fence.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

MAX_PATH_BYTES = 200
"""Of a path that a fence carries; in UTF-8, for file systems allow a name 255 bytes."""

_OPENING = re.compile(r"^([ \t]*+)(?:(`{3,}+)([^`\n]*+)|(~{3,}+)([^\n]*+))$", re.MULTILINE)
_LABEL = re.compile(r"[^\s:{}=,\"']*")
_COLON_PATH = re.compile(r":[ \t]*(?:\"([^\"]*)\"|'([^']*)'|([^\s{}]+))")
_ATTRIBUTE = re.compile(
    r"(?<![^\s{,])(?:path|file|filename|title)[ \t]*=[ \t]*"
    r"(?:\"([^\"]*)\"|'([^']*)'|([^\s{},\"']+))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FencedBlock:
    """One fenced block. ``line`` is that of its opening fence, 1-based.

    ``language`` is its label as written and ``path`` what it says of a path, "" where nothing.
    """

    language: str
    path: str
    text: str
    line: int
    closed: bool


def fenced_blocks(text: str) -> Iterator[FencedBlock]:
    """The blocks in order, in time linear in the length of the text. Never raises."""
    position, line = 0, 1
    while opening := _OPENING.search(text, position):
        line += text.count("\n", position, opening.start())
        indent = opening[1]
        fence = opening[2] or opening[4]
        info = opening[3] if opening[2] else opening[5]
        start = min(opening.end() + 1, len(text))
        # Up to three columns more than the opening, so that a fence inside an indented literal
        # of YAML does not end the block.
        closing = re.compile(
            rf"^[ \t]{{0,{len(indent) + 3}}}{re.escape(fence[0])}{{{len(fence)},}}+[ \t]*+$",
            re.MULTILINE,
        ).search(text, start)
        end = closing.start() if closing else len(text)
        body = text[start:end]
        if indent:
            body = re.sub(rf"^[ \t]{{1,{len(indent)}}}", "", body, flags=re.MULTILINE)
        if body and not body.endswith("\n"):
            body += "\n"
        language, path = _parse_info(info)
        yield FencedBlock(language, path, body, line, closing is not None)
        position = closing.end() if closing else len(text)
        line += text.count("\n", opening.start(), position)
        if not closing:
            return


def _parse_info(info: str) -> tuple[str, str]:
    """The label and the path ("" where none) of what follows an opening fence."""
    info = info.strip()[:1000]
    label = _LABEL.match(info)
    assert label is not None  # it matches the empty string
    found = _COLON_PATH.match(info, label.end()) or _ATTRIBUTE.search(info, label.end())
    path = next((group for group in found.groups() if group), "") if found else ""
    return label[0], path


def clean_path(path: str) -> str | None:
    """The path without ``./`` and doubled slashes; None where it is not usable in a work tree."""
    if not path or path.startswith(("/", "~")):
        return None
    if len(path.encode("utf-8", "replace")) > MAX_PATH_BYTES:
        return None
    if not path.isprintable() or path != path.strip() or set(path) & set("\"'`\\:"):
        return None
    clean = PurePosixPath(path)
    if ".." in clean.parts or not clean.parts or path.endswith("/"):
        return None
    return str(clean)


class Paths:
    """Paths that can lie beside each other in a work tree: no two are the same, and none is a
    folder of another."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def __contains__(self, path: str) -> bool:
        return path in self._files

    def add(self, path: str) -> bool:
        """Whether there is room for a clean path; it is taken then."""
        above = [str(folder) for folder in PurePosixPath(path).parents]
        if path in self._files or path in self._folders or not self._files.isdisjoint(above):
            return False
        self._files.add(path)
        self._folders.update(above)
        return True
