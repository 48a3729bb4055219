"""The declarative model, and what Jenkins refuses in it."""

from dataclasses import dataclass, field

from rewardsvc.formats.jenkinsfile.groovy.nodes import Node
from rewardsvc.types import JsonValue


@dataclass(frozen=True, slots=True)
class Objection:
    """What Jenkins refuses, with the line."""

    code: str
    message: str
    line: int


@dataclass(slots=True)
class Model:
    """What a file came to. ``tree`` is the documented ``ast``; ``works`` whether any stage that
    may run has a step that does something."""

    tree: dict[str, JsonValue] = field(default_factory=dict)
    objections: list[Objection] = field(default_factory=list)
    found: bool = False
    """Whether there is a ``pipeline`` block at all."""
    works: bool = False
    steps: list[Node] = field(default_factory=list)
    """The statements of every ``steps`` and ``post`` block."""
