"""The reading of one file: its model, and what every section's function needs."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal as OneOf

from rewardsvc.formats.jenkinsfile.calls import Invocation, Values, invocation
from rewardsvc.formats.jenkinsfile.groovy.nodes import Node
from rewardsvc.nearest import mistyped
from rewardsvc.types import JsonValue

Code = OneOf[
    "agent", "agent-field", "argument", "bare-dollar", "block", "block-step", "closure-argument",
    "cron", "directive", "dockerfile", "duplicate", "empty", "environment", "environment-value",
    "flag", "input", "input-field", "library", "matrix", "mixed", "nested", "number",
    "object-method", "option", "parallel", "parallel-agent", "pipeline", "post",
    "repeated-argument", "required",
    "section", "stage-name", "stage-option", "stage-work", "stages", "step", "tools", "when",
    "when-children",
]  # fmt: skip
"""Of objections; each has a row in :mod:`rewardsvc.formats.jenkinsfile.refusals`."""


@dataclass(frozen=True, slots=True)
class Objection:
    """What Jenkins refuses, with the line."""

    code: Code
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


_WORD = re.compile(r"\w++")


class Sections(dict[str, JsonValue]):
    """The sections of a block, and what of it was refused: one mistake costs once, and what a
    mistyped or unreadable section was to be is not lacking as well."""

    def __init__(self) -> None:
        super().__init__()
        self.unknown: list[str] = []
        """The names of those that the block does not have."""
        self.unread: list[str] = []
        """What was written where there is no section."""

    @property
    def refused(self) -> bool:
        """Whether anything in the block was."""
        return bool(self.unknown or self.unread)

    def lack(self, name: str) -> bool:
        """Whether a section is neither there nor what something that was refused was to be."""
        return not (
            name in self
            or mistyped(name, self.unknown)
            or any(name in _WORD.findall(code) for code in self.unread)
        )


class Reader:
    """Makes the model of one file: ``model`` grows while the sections' functions read it."""

    def __init__(self, text: str) -> None:
        self.values = Values(text)
        self.model = Model()

    def refuse(self, code: Code, message: str, at: Invocation | Node) -> None:
        """Note what Jenkins refuses, at the line of a call or a node."""
        self.model.objections.append(Objection(code, message, at.line))

    def block(self, call: Invocation, *, empty: bool = False) -> tuple[Node, ...] | None:
        """The statements of a section's block; None, and an objection, where it has none."""
        if call.closure is None:
            self.refuse("block", f"{call.name} needs a block: {call.name} {{ … }}", call)
            return None
        if not call.closure.body and not empty:
            self.refuse("empty", f"{call.name} is empty", call)
            return None
        return call.closure.body

    def sections(
        self, owner: str, body: Iterable[Node], handlers: Mapping[str, "Handler"]
    ) -> "Sections":
        """What the handlers give, by section; others and repeated ones are refused. ``owner`` is
        the block they stand in, as a message names it."""
        found = Sections()
        for node in body:
            call = invocation(node)
            if call is None:
                what = self.quoted(node, 80)
                self.refuse("section", f"not a valid section of {owner}: {what}", node)
                found.unread.append(self.values.code(node))
                continue
            handler = handlers.get(call.name)
            if handler is None:
                known = ", ".join(handlers)
                self.refuse(
                    "section", f"{call.name!r} is no section of {owner}; it may have {known}", call
                )
                found.unknown.append(call.name)
            elif call.name in found:
                self.refuse("section", f"{owner} has {call.name!r} twice", call)
            else:
                found[call.name] = handler(self, call)
        return found

    def quoted(self, node: Node, most: int = 60) -> str:
        """What was written, on one line and cut, for a message."""
        return " ".join(self.values.code(node).split())[:most]


Handler = Callable[[Reader, Invocation], JsonValue]
"""Reads one section or directive and gives its part of the tree."""
