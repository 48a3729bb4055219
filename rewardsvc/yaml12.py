"""YAML 1.2 core schema: text → JSON values, one per document, or one kind of error with its line.

libyaml parses (it reads YAML 1.1's grammar, which differs from 1.2's in corners that no
configuration file visits); what a plain scalar means is decided here, by the core schema of YAML
1.2.2 section 10.3: ``yes``, ``on`` and ``2024-01-01`` are strings, ``0o17`` is 15, ``010`` is 10.
Beyond the specification, because the tools that read these files do the same:

- a key that occurs twice in a mapping is an error;
- ``<<`` merges, where the caller's tool merges (``merge``);
- keys are strings, as in JSON: ``80:`` is the key "80";
- what has no JSON value (``.inf``, ``.nan``, a mapping as key) is an error.

Depth, number of nodes and what aliases expand to are bounded.

Not ruamel.yaml: told that a file is YAML 1.2, it still makes a date of ``2024-01-01``, 3 of
``0b11`` and 1000 of ``1_000`` (0.19), parses in Python, and bounds nothing.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]

from rewardsvc.types import JsonValue

MAX_DEPTH = 100
"""Nested collections; custom resources reach about 40."""

MAX_NODES = 200_000
"""Scalars and collections of all documents of a text, aliases counted by what they expand to."""

MAX_LOOKUPS = 100
"""Lines that are looked up in one text."""

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_JSON = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NUMERIC_START = frozenset("0123456789+-.")
_MAX_INT_DIGITS = 18
"""More are read as a float, as Go's and JavaScript's readers do beyond 64 bits."""

_TOO_DEEP = "exceeded maximum nesting depth"
"""What libyaml says from PyYAML 6.0.4 on, where it reads ahead beyond a limit of its own (1000)."""

_PREFIX = "tag:yaml.org,2002:"


class YamlError(ValueError):
    """A text that is not YAML of the kind described above. ``line`` is 1-based."""

    def __init__(self, message: str, line: int) -> None:
        self.message = message
        self.line = line
        super().__init__(f"line {line}: {message}")


@dataclass(frozen=True, slots=True)
class Document:
    """One document. ``value`` is None also where it is empty; ``line`` is where it begins."""

    value: JsonValue
    line: int


LocalTag = Callable[[JsonValue], JsonValue]
"""What a local tag (``!reference``) makes of the value that it stands before."""


def load_documents(
    text: str, *, merge: bool = True, tags: Mapping[str, LocalTag] | None = None
) -> list[Document]:
    """The documents of a text, in order; none for an empty text.

    Raises:
        YamlError: it is not YAML, a key occurs twice, a tag is not among ``tags``, or a bound is
            exceeded.
    """
    return _Builder(merge, tags or {}).build(text)


class Lines:
    """Where the nodes of a text stand, for diagnostics.

    It parses again, when it is first asked: those who find no fault pay nothing. After
    ``MAX_LOOKUPS`` of a kind it answers 0 or (), for nobody reads so many.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._documents: list[Any] | None = None
        self._lookups = 0
        self._places_asked = 0

    def line_of(self, document: int, path: Sequence[str | int]) -> int:
        """The 1-based line of the node at a path in the document of that index.

        Where the path leads nowhere (a merged key, an alias), the line of the nearest node
        above; 0 where the text does not parse this way.
        """
        self._lookups += 1
        if self._lookups > MAX_LOOKUPS:
            return 0
        if self._documents is None:
            self._documents = _composed(self._text)
        if document >= len(self._documents) or self._documents[document] is None:
            return 0
        node = self._documents[document]
        line: int = node.start_mark.line
        for part in path:
            child = None
            if isinstance(node, yaml.MappingNode):
                for key, value in node.value:
                    if isinstance(key, yaml.ScalarNode) and key.value == str(part):
                        child, line = value, key.start_mark.line
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
                child = node.value[part] if part < len(node.value) else None
                line = child.start_mark.line if child is not None else line
            if child is None:
                break
            node = child
        return line + 1

    def path_at(
        self, document: int, line: int, column: int, *, first_key: bool
    ) -> tuple[str | int, ...]:
        """The way to the node that stands at a 1-based line and column; () where none does.

        A key's own place counts as that of its value. Where a mapping begins with a key, both stand
        at one place: ``first_key`` says which of them it is.
        """
        self._places_asked += 1
        if self._places_asked > MAX_LOOKUPS:
            return ()
        if self._documents is None:
            self._documents = _composed(self._text)
        if document >= len(self._documents) or self._documents[document] is None:
            return ()
        at = (line - 1, column - 1)
        path: list[str | int] = []
        node = self._documents[document]
        while (step := _step_to(node, at, first_key)) is not None:
            part, node = step
            path.append(part)
        return tuple(path)


def _step_to(node: Any, at: tuple[int, int], first_key: bool) -> tuple[str | int, Any] | None:
    """The key or index of a collection below which a position is, and what stands there."""
    if isinstance(node, yaml.MappingNode):
        if not first_key and at == _position(node.start_mark):
            return None
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if _position(key.start_mark) <= at < _position(key.end_mark):
                return key.value, None
            if _position(value.start_mark) <= at < _position(value.end_mark):
                return key.value, value
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            if _position(item.start_mark) <= at < _position(item.end_mark):
                return index, item
    return None


def _position(mark: Any) -> tuple[int, int]:
    return mark.line, mark.column


def _composed(text: str) -> list[Any]:
    """libyaml's nodes; none where it refuses what we take (an anchor that is set twice)."""
    try:
        return list(yaml.compose_all(text, Loader=yaml.CSafeLoader))
    except (yaml.YAMLError, RecursionError):
        return []


@dataclass(slots=True)
class _Open:
    """A collection that is being read."""

    value: dict[str, Any] | list[Any]
    line: int
    anchor: str | None
    tag: str | None
    nodes_before: int
    depth: int = 1
    key: str | None = None
    merging: bool = False
    merges: list[tuple[JsonValue, int]] = field(default_factory=list)


class _Builder:
    """Builds values from libyaml's events."""

    def __init__(self, merge: bool, tags: Mapping[str, LocalTag]) -> None:
        self._merge = merge
        self._tags = tags
        self._nodes = 0
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[JsonValue, int, int]] = {}  # value, nodes, depth
        self._root: JsonValue = None

    def build(self, text: str) -> list[Document]:
        documents: list[Document] = []
        line = 1
        try:
            next_event = CParser(text).get_event
            while event := next_event():
                kind = type(event)
                if kind is yaml.ScalarEvent:
                    self._scalar(event)
                elif kind is yaml.MappingStartEvent:
                    self._open(event, {})
                elif kind is yaml.SequenceStartEvent:
                    self._open(event, [])
                elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                    self._close()
                elif kind is yaml.AliasEvent:
                    self._alias(event)
                elif kind is yaml.DocumentStartEvent:
                    line = _line(event)
                    self._anchors.clear()
                    self._root = None
                elif kind is yaml.DocumentEndEvent:
                    documents.append(Document(self._root, line))
        except yaml.MarkedYAMLError as error:
            mark: Any = error.problem_mark or error.context_mark
            if error.problem == _TOO_DEEP:
                error.context, error.problem = "", f"nested deeper than {MAX_DEPTH}"
            message = ": ".join(part for part in (error.context, error.problem) if part)
            raise YamlError(message, mark.line + 1 if mark else 0) from error
        except yaml.reader.ReaderError as error:
            line = text.encode()[: error.position].count(b"\n") + 1
            raise YamlError(f"a character that YAML forbids: {error.reason}", line) from error
        except UnicodeEncodeError as error:
            raise YamlError("a character that UTF-8 cannot hold", 0) from error
        return documents

    def _scalar(self, event: Any) -> None:
        self._count(1, event)
        top = self._stack[-1] if self._stack else None
        if top is not None and top.key is None and type(top.value) is dict:
            self._key(top, event)
            return
        value = self._value_of(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1, 0)
        merging = top is not None and top.merging
        self._add(value, 0, _line(event) if merging else 0)  # few lines are asked for

    def _value_of(self, event: Any) -> JsonValue:
        tag: str | None = event.tag
        text: str = event.value
        if tag is None or tag == "!":
            return _plain(text, event) if event.implicit[0] else text
        line = _line(event)
        if not tag.startswith(_PREFIX):
            return self._local(tag, text, line)
        name = tag.removeprefix(_PREFIX)
        if name in {"str", "binary", "timestamp"}:
            return text
        value = _plain(text, event)
        if name == "float" and type(value) is int:
            return float(value)
        expected = {"null": type(None), "bool": bool, "int": int, "float": float}.get(name)
        if expected is None or type(value) is not expected:
            raise YamlError(f"{text!r} is not a !!{name}", line)
        return value

    def _key(self, top: _Open, event: Any) -> None:
        key: str = event.value
        if event.anchor is not None:
            self._anchors[event.anchor] = (key, 1, 0)
        assert isinstance(top.value, dict)
        top.merging = self._merge and key == "<<" and event.implicit[0]
        if top.merges if top.merging else key in top.value:
            raise YamlError(f"the key {key!r} occurs twice in a mapping", _line(event))
        top.key = key

    def _open(
        self,
        event: Any,
        value: dict[str, Any] | list[Any],
    ) -> None:
        line = _line(event)
        if self._stack and type(self._stack[-1].value) is dict and self._stack[-1].key is None:
            raise YamlError("a mapping or list as a key has no JSON value", line)
        if len(self._stack) >= MAX_DEPTH:
            raise YamlError(f"nested deeper than {MAX_DEPTH}", line)
        if event.anchor is not None:
            self._anchors.pop(event.anchor, None)  # not known inside itself
        before = self._nodes
        self._count(1, event)
        self._stack.append(_Open(value, line, event.anchor, event.tag, before))

    def _close(self) -> None:
        done = self._stack.pop()
        value: JsonValue = done.value
        for merged, line in done.merges:
            _merge_into(done.value, merged, line)
        if done.tag is not None and not done.tag.startswith(_PREFIX) and done.tag != "!":
            value = self._local(done.tag, value, done.line)
        if done.anchor is not None:
            self._anchors[done.anchor] = (value, self._nodes - done.nodes_before, done.depth)
        self._add(value, done.depth, done.line)

    def _alias(self, event: Any) -> None:
        line = _line(event)
        known = self._anchors.get(event.anchor)
        if known is None:
            raise YamlError(f"*{event.anchor} refers to no anchor before it", line)
        value, nodes, depth = known
        self._count(nodes, event)
        if len(self._stack) + depth > MAX_DEPTH:
            raise YamlError(f"nested deeper than {MAX_DEPTH}", line)
        top = self._stack[-1] if self._stack else None
        if top is not None and type(top.value) is dict and top.key is None:
            if not isinstance(value, str):
                raise YamlError("an alias as a key must stand for a string", line)
            if value in top.value:
                raise YamlError(f"the key {value!r} occurs twice in a mapping", line)
            top.key = value
            return
        self._add(value, depth, line)

    def _add(self, value: JsonValue, depth: int, line: int) -> None:
        if not self._stack:
            self._root = value
            return
        top = self._stack[-1]
        if depth >= top.depth:
            top.depth = depth + 1
        if isinstance(top.value, list):
            top.value.append(value)
            return
        key = top.key
        assert key is not None
        top.key = None
        if top.merging:
            top.merging = False
            top.merges.append((value, line))
        else:
            top.value[key] = value

    def _count(self, nodes: int, event: Any) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            words = f"more than {MAX_NODES} nodes once aliases are expanded"
            raise YamlError(words, _line(event))

    def _local(self, tag: str, value: JsonValue, line: int) -> JsonValue:
        make = self._tags.get(tag)
        if make is None:
            raise YamlError(f"the tag {tag} means nothing here", line)
        return make(value)


def _line(event: Any) -> int:
    """Where an event begins, 1-based."""
    line: int = event.start_mark.line
    return line + 1


def _plain(text: str, event: Any) -> JsonValue:
    """What a plain scalar means in the core schema."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if text[0] not in _NUMERIC_START:
        return text
    if _NOT_JSON.fullmatch(text):
        raise YamlError(f"{text} has no JSON value", _line(event))
    if _INT.fullmatch(text):
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        if len(text) <= _MAX_INT_DIGITS:
            return int(text.removeprefix("0o").removeprefix("0x"), base)
        number = float(text) if base == 10 else math.inf
    elif _FLOAT.fullmatch(text):
        number = float(text)
    else:
        return text
    if not math.isfinite(number):
        raise YamlError(f"{text[:40]} is out of range", _line(event))
    return number


def _merge_into(target: JsonValue, merged: JsonValue, line: int) -> None:
    """YAML's merge key: what the mapping itself says wins, then the earlier of a list."""
    for source in merged if isinstance(merged, list) else [merged]:
        if not isinstance(source, dict):
            raise YamlError("<< must stand before a mapping or a list of mappings", line)
        for key, value in source.items():
            target.setdefault(key, value)
