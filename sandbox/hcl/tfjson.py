"""The outline of a ``.tf.json`` file, in the terms of the native syntax's outline.

https://developer.hashicorp.com/terraform/language/syntax/json: which property is a block is a
matter of its name, so only the blocks that somebody here looks at are blocks; everything else is
an attribute. A block that a list repeats is several blocks.

Not ``json``: it gives values without their places.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sandbox.hcl.outline import MAX_DEPTH, Block, Body, HclAttribute, NotOutlined

_SPACE = re.compile(r"[ \t\r\n]*")
STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"')
_SCALAR = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")

_TOP: Mapping[str, int] = {
    "check": 1,
    "data": 2,
    "ephemeral": 2,
    "import": 0,
    "locals": 0,
    "module": 1,
    "moved": 0,
    "output": 1,
    "provider": 1,
    "removed": 0,
    "resource": 2,
    "terraform": 0,
    "variable": 1,
}
"""Blocks of a file, and how many labels each has."""

_WITHIN: Mapping[str, Mapping[str, int]] = {
    "check": {"data": 2},
    "resource": {"lifecycle": 0},
    "terraform": {"backend": 1, "cloud": 0, "required_providers": 0},
}
"""Blocks of blocks, likewise."""

_NOTHING: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class _Value:
    start: int
    end: int
    members: tuple["_Member", ...] = ()
    items: tuple["_Value", ...] = ()
    kind: str = ""


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    at: int
    value: _Value


def outline_json(text: str) -> Body:
    """The outline of a file.

    Raises:
        NotOutlined: the text is not JSON, or nested too deeply.
    """
    reader = _Reader(text)
    value = reader.value(0)
    reader.skip()
    if reader.at < len(text):
        raise NotOutlined(f"unexpected {text[reader.at]!r} at offset {reader.at}")
    return _body((value,), _TOP)


def _body(objects: tuple[_Value, ...], blocks: Mapping[str, int]) -> Body:
    attributes: list[HclAttribute] = []
    found: list[Block] = []
    for member in (member for each in objects for member in each.members):
        value = member.value
        if member.name in blocks:
            found += _blocks(member, value, (), blocks[member.name])
        else:
            attributes.append(HclAttribute(member.name, value.start, value.end, member.at))
    return Body(tuple(attributes), tuple(found))


def _blocks(
    member: _Member, value: _Value, labels: tuple[str, ...], wanted: int
) -> Iterator[Block]:
    """The blocks below a property whose name is their type; the levels below it are labels."""
    for each in value.items or (value,):
        if each.kind != "{":
            continue  # Terraform shall say so
        if len(labels) < wanted:
            for label in each.members:
                yield from _blocks(member, label.value, (*labels, label.name), wanted)
        else:
            body = _body((each,), _WITHIN.get(member.name, _NOTHING))
            yield Block(member.name, labels, member.at, each.end, body)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def value(self, depth: int) -> _Value:
        if depth > MAX_DEPTH:
            raise NotOutlined("nested too deeply")
        self.skip()
        start = self.at
        char = self.text[self.at : self.at + 1]
        if char == "{":
            members = tuple(self._members(depth))
            return _Value(start, self.at, members=members, kind=char)
        if char == "[":
            items = tuple(self._items(depth))
            return _Value(start, self.at, items=items, kind=char)
        match = (STRING if char == '"' else _SCALAR).match(self.text, self.at)
        if match is None:
            raise NotOutlined(f"no value at offset {self.at}")
        self.at = match.end()
        return _Value(start, self.at)

    def skip(self) -> None:
        """Pass over white space."""
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def _members(self, depth: int) -> Iterator[_Member]:
        self.at += 1
        if self._taken("}"):
            return
        while True:
            self.skip()
            name = STRING.match(self.text, self.at)
            if name is None:
                raise NotOutlined(f"no name at offset {self.at}")
            at, self.at = self.at, name.end()
            self._take(":")
            yield _Member(name[0][1:-1], at, self.value(depth + 1))
            if self._taken("}"):
                return
            self._take(",")

    def _items(self, depth: int) -> Iterator[_Value]:
        self.at += 1
        if self._taken("]"):
            return
        while True:
            yield self.value(depth + 1)
            if self._taken("]"):
                return
            self._take(",")

    def _taken(self, char: str) -> bool:
        self.skip()
        if self.text[self.at : self.at + 1] != char:
            return False
        self.at += 1
        return True

    def _take(self, char: str) -> None:
        if not self._taken(char):
            raise NotOutlined(f"no {char!r} at offset {self.at}")
