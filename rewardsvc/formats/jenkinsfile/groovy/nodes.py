"""The syntax tree: what a Jenkinsfile's model looks at has a type, everything else is `Other`."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """``start`` and ``end`` are offsets into the text, ``line`` is 1-based."""

    start: int
    end: int
    line: int


@dataclass(frozen=True, slots=True)
class Name(Node):
    """An identifier, ``this`` or ``super``."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A string without interpolation, a number, true, false or null."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class GString(Node):
    """A string with interpolation: its texts and what stands between them."""

    parts: tuple["str | Node", ...]


@dataclass(frozen=True, slots=True)
class Pair(Node):
    """``key: value`` in a map or among arguments."""

    key: "str | Node"
    value: Node


@dataclass(frozen=True, slots=True)
class Items(Node):
    """A list literal, or, where all of it is pairs, a map literal."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Closure(Node):
    """``{ a, b -> … }``, and the block of a statement."""

    parameters: tuple[str, ...]
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Property(Node):
    """``owner.name``; ``name`` is "" where it is computed."""

    owner: Node
    name: str


@dataclass(frozen=True, slots=True)
class Call(Node):
    """``callee(arguments)``, with or without the parentheses; a closure behind it is the last."""

    callee: Node
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Assign(Node):
    """``target = value`` and ``target += value`` …"""

    target: Node
    operator: str
    value: Node


@dataclass(frozen=True, slots=True)
class Other(Node):
    """Anything else, with what it contains in the order of the text.

    ``kind`` is an operator (``"=="``), ``"index"``, ``"ternary"``, ``"cast"``, ``"new"``,
    ``"parentheses"``, ``"spread"`` or, for statements, their keyword (``"if"``, ``"def"``,
    ``"import"``, ``"method"``, ``"class"``, ``"label"``, ``"annotation"``, ``"block"`` …).
    """

    kind: str
    children: tuple[Node, ...]
    name: str = ""


def children(node: Node) -> Iterator[Node]:
    """What stands directly in a node."""
    match node:
        case GString(parts=parts):
            yield from (part for part in parts if isinstance(part, Node))
        case Pair(key=key, value=value):
            if isinstance(key, Node):
                yield key
            yield value
        case Items(items=items):
            yield from items
        case Closure(body=body):
            yield from body
        case Property(owner=owner):
            yield owner
        case Call(callee=callee, arguments=arguments):
            yield callee
            yield from arguments
        case Assign(target=target, value=value):
            yield target
            yield value
        case Other(children=inner):
            yield from inner


def descendants(node: Node) -> Iterator[Node]:
    """A node and everything in it."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(list(children(one))))
