"""The outline of an HCL file: its blocks and attributes with their places, expressions unread.

It follows HCL's native syntax (https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md) as
far as finding where things begin and end needs: comments, templates, heredocs and brackets. It
judges nothing; Terraform alone says whether a file is right.

Not python-hcl2, which the ``config`` of checks is read with: it gives values without their places.
Not tree-sitter-hcl: its tree holds every token of every expression, and goes on behind what is no
HCL, where a file had better be left to Terraform as it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_DEPTH = 64
"""Nesting (blocks, templates) beyond which a file is not outlined."""

_IDENTIFIER = re.compile(r"[^\W\d][\w-]*")
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_BLANK = re.compile(r"(?:[ \t\r]|/\*[^\n]*?\*/)*")
_HEREDOC = re.compile(r"<<-?([^\W\d][\w-]*)[ \t\r]*\n")
_COMMENT = re.compile(r"#[^\n]*|//[^\n]*|/\*.*?\*/", re.DOTALL)
_COMMENT_BEGIN = re.compile(r"#|//|/\*")
_LINE_COMMENT = re.compile(r"#|//")
_PLAIN = re.compile(r"[^\"{}()\[\]<#/\n,=:]+")
_QUOTED = re.compile(r"[^\"\\$%\n]+")
_LITERAL = re.compile(r'"((?:[^"\\$%]|\\.|\$(?!\{)|%(?!\{))*)"\Z', re.DOTALL)


class NotOutlined(ValueError):
    """The text is not HCL, or nested too deeply; what is wrong with it is Terraform's to say."""


@dataclass(frozen=True, slots=True)
class HclAttribute:
    """``name = expression``. ``start`` and ``end`` enclose the expression in the text, ``at`` is
    where the name begins."""

    name: str
    start: int
    end: int
    at: int


@dataclass(frozen=True, slots=True)
class Body:
    """What stands between braces, or in a file."""

    attributes: tuple[HclAttribute, ...]
    blocks: tuple["Block", ...]

    def attribute(self, name: str) -> HclAttribute | None:
        """The first attribute of that name."""
        return next((item for item in self.attributes if item.name == name), None)

    def named(self, *types: str) -> Iterator["Block"]:
        """The blocks of these types, in order."""
        return (block for block in self.blocks if block.type in types)


@dataclass(frozen=True, slots=True)
class Block:
    """``type "label" { body }``. ``start`` and ``end`` enclose all of it."""

    type: str
    labels: tuple[str, ...]
    start: int
    end: int
    body: Body


def outline(text: str) -> Body:
    """The outline of a file.

    Raises:
        NotOutlined: the text is not HCL.
    """
    scanner = _Scanner(text)
    body = scanner.body(depth=0)
    if scanner.at < len(text):
        raise NotOutlined(f"unexpected {text[scanner.at]!r} at offset {scanner.at}")
    return body


def literal(text: str, attribute: HclAttribute | None) -> str | None:
    """The value of an attribute that is a quoted string without templates, None otherwise."""
    if attribute is None:
        return None
    match = _LITERAL.match(text[attribute.start : attribute.end])
    return match[1] if match else None


def comments(text: str) -> Iterator[tuple[int, int]]:
    """Where the comments begin and end, in order; of a text that is no HCL, or cut, too.

    What is never closed lasts to the end of the text, a quoted string to that of its line.
    """
    return _Scanner(text).comments()


def object_items(text: str, attribute: HclAttribute) -> tuple[HclAttribute, ...]:
    """The items of an attribute that is an object (``{ a = 1, b = 2 }``), () otherwise.

    Raises:
        NotOutlined: the object's items cannot be told apart.
    """
    if text[attribute.start : attribute.start + 1] != "{":
        return ()
    return _Scanner(text, attribute.start + 1).items(attribute.end - 1)


class _Scanner:
    def __init__(self, text: str, at: int = 0) -> None:
        self.text = text
        self.at = at

    def comments(self) -> Iterator[tuple[int, int]]:
        while self.at < len(self.text):
            self._skip(_PLAIN)
            begin = self.at
            commented = _COMMENT_BEGIN.match(self.text, begin) is not None
            try:
                if self.text[begin : begin + 1] == '"':
                    self.string(0)
                elif not self._comment_or_heredoc():
                    self.at += 1
            except NotOutlined:  # of a string, what was read is behind us
                self.at = len(self.text) if self.at == begin else self.at
            if commented:
                yield begin, self.at

    def body(self, depth: int) -> Body:
        if depth > MAX_DEPTH:
            raise NotOutlined("nested too deeply")
        attributes: list[HclAttribute] = []
        blocks: list[Block] = []
        while True:
            self._skip(_SPACE)
            if self.at >= len(self.text) or self.text[self.at] == "}":
                return Body(tuple(attributes), tuple(blocks))
            start = self.at
            name = self._identifier()
            self._skip(_BLANK)
            if self.text[self.at : self.at + 1] == "=":
                self.at += 1
                attributes.append(self._attribute(name, start, stops="}"))
            else:
                blocks.append(self._block(name, start, depth))

    def items(self, end: int) -> tuple[HclAttribute, ...]:
        found: list[HclAttribute] = []
        while True:
            self._skip(_SPACE)
            if self.at >= end:
                return tuple(found)
            begin = self.at
            if self.text[self.at] == "(":
                name = ""
                self._expression(stops="=:")
            elif self.text[self.at] == '"':
                self.string(0)
                name = self.text[begin + 1 : self.at - 1]
            else:
                name = self._identifier()
            self._skip(_BLANK)
            if self.text[self.at : self.at + 1] not in ("=", ":"):
                raise NotOutlined(f"no value for {name!r}")
            self.at += 1
            found.append(self._attribute(name, begin, stops=",}"))
            self._skip(_SPACE)
            if self.text[self.at : self.at + 1] == ",":
                self.at += 1

    def _attribute(self, name: str, at: int, stops: str) -> HclAttribute:
        self._skip(_BLANK)
        start = self.at
        self._expression(stops)
        end = start + len(self.text[start : self.at].rstrip())
        return HclAttribute(name, start, end, at)

    def _block(self, name: str, start: int, depth: int) -> Block:
        labels: list[str] = []
        while self.text[self.at : self.at + 1] != "{":
            begin = self.at
            if self.text[self.at : self.at + 1] == '"':
                self.string(0)
                labels.append(self.text[begin + 1 : self.at - 1])
            else:
                labels.append(self._identifier())
            self._skip(_BLANK)
        self.at += 1
        body = self.body(depth + 1)
        if self.at >= len(self.text):
            raise NotOutlined(f"block {name} is not closed")
        self.at += 1
        return Block(name, tuple(labels), start, self.at, body)

    def _expression(self, stops: str) -> None:
        """Move to the end of an expression: a line's end or one of ``stops`` outside brackets."""
        open_brackets = 0
        while self.at < len(self.text):
            self._skip(_PLAIN)
            char = self.text[self.at : self.at + 1]
            if not open_brackets and (char == "\n" or (char and char in stops)):
                return
            if not open_brackets and _LINE_COMMENT.match(self.text, self.at):
                return
            if self._comment_or_heredoc():
                continue
            if char == '"':
                self.string(0)
            elif char in ("{", "(", "["):
                open_brackets += 1
                self.at += 1
            elif char in ("}", ")", "]"):
                if not open_brackets:
                    return
                open_brackets -= 1
                self.at += 1
            else:
                self.at += 1

    def _comment_or_heredoc(self) -> bool:
        if comment := _COMMENT.match(self.text, self.at):
            self.at = comment.end()
            return True
        if self.text.startswith("/*", self.at):
            raise NotOutlined("a comment is not closed")
        if heredoc := _HEREDOC.match(self.text, self.at):
            end = re.compile(rf"^[ \t]*{re.escape(heredoc[1])}[ \t\r]*$", re.MULTILINE)
            closing = end.search(self.text, heredoc.end())
            if closing is None:
                raise NotOutlined(f"heredoc {heredoc[1]} is not closed")
            self.at = closing.end()
            return True
        return False

    def string(self, depth: int) -> None:
        """Move behind the quoted string that begins here, and the templates in it."""
        if depth > MAX_DEPTH:
            raise NotOutlined("nested too deeply")
        self.at += 1
        while self.at < len(self.text):
            self._skip(_QUOTED)
            pair = self.text[self.at : self.at + 2]
            if pair[:1] == '"':
                self.at += 1
                return
            if pair[:1] == "\n":
                break
            if self.text[self.at : self.at + 3] in ("$${", "%%{"):
                self.at += 3
            elif pair in ("${", "%{"):
                self.at += 2
                self._template(depth)
            else:
                self.at += 2 if pair[:1] == "\\" else 1
        raise NotOutlined("a quoted string is not closed")

    def _template(self, depth: int) -> None:
        open_braces = 1
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == '"':
                self.string(depth + 1)
                continue
            open_braces += (char == "{") - (char == "}")
            self.at += 1
            if not open_braces:
                return
        raise NotOutlined("a template is not closed")

    def _identifier(self) -> str:
        match = _IDENTIFIER.match(self.text, self.at)
        if match is None:
            raise NotOutlined(f"no name at offset {self.at}")
        self.at = match.end()
        return match[0]

    def _skip(self, pattern: re.Pattern[str]) -> None:
        """Pass over what matches here."""
        if match := pattern.match(self.text, self.at):
            self.at = match.end()
