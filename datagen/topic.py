"""What a topic is: one kind of thing to build, with a typed space of specifications.

A topic is declared once (docs/adding-a-category.md shows how). From a random generator it samples
a specification; from that alone follow the instruction, the reference answer and the checks that
pin the intent of that very specification.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from random import Random
from typing import Any, Generic, TypeVar

from datagen.brief import Brief
from datagen.phrasing import word
from rewardsvc.checks.named import read_named_check
from rewardsvc.formats import FORMATS
from rewardsvc.types import JsonValue, Means, Task

Spec = TypeVar("Spec")
"""A frozen dataclass of strings, numbers, booleans and tuples of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic(Generic[Spec]):
    """One kind of thing to build. The functions are pure: equal arguments, equal results."""

    name: str
    """Unique over all categories, e.g. ``ray-cluster``."""
    format: str
    sample: Callable[[Random], Spec]
    brief: Callable[[Spec], Brief]
    """What the instruction must say, with the checks that pin it."""
    answer: Callable[[Spec], str]
    """The reference file, without fences."""

    def pose(self, category: str, spec: Spec, rng: Random) -> "Posed":
        """The task of a specification, worded with ``rng``, and its reference answer."""
        brief = self.brief(spec)
        return Posed(
            topic=self.name,
            spec=as_json(spec),
            brief=brief,
            task=Task(
                category=category,
                format=self.format,
                instruction=word(brief, rng),
                checks=brief.checks,
            ),
            reference=fenced(self.format, self.answer(spec)),
        )


@dataclass(frozen=True, slots=True)
class Posed:
    """A specification made into a task, with its reference answer (a completion)."""

    topic: str
    spec: dict[str, JsonValue]
    brief: Brief
    task: Task
    reference: str

    def with_checks(self, named: Sequence[JsonValue]) -> "Posed":
        """The task with checks for requirements that a teacher added.

        Raises:
            ValueError: one of them is no named check of the format; says which and why.
        """
        format = FORMATS[self.task.format]
        added = tuple(read_named_check(each, format).render() for each in named)
        return replace(self, task=replace(self.task, checks=(*self.task.checks, *added)))

    def asked(self, instruction: str, means: Means) -> Task:
        """The task as it is put to a model: in a teacher's words, with what a server must have.

        Verification and the data set's row both get it from here, and so the same task.
        """
        return replace(self.task, instruction=instruction, means=means)

    @property
    def id(self) -> str:
        """Topic and a digest of the specification: equal specifications, equal ids."""
        text = json.dumps(self.spec, sort_keys=True)
        return f"{self.topic}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Category:
    """A subject that people train for: its topics, in the order of the data set's rows."""

    name: str
    summary: str
    topics: tuple[Topic[Any], ...]


def as_json(spec: Any) -> dict[str, JsonValue]:
    """A specification as JSON data."""
    data: dict[str, JsonValue] = json.loads(json.dumps(asdict(spec)))
    return data


def fenced(format: str, text: str) -> str:
    """A file as an answer: one fence with the label of its format."""
    return f"```{FORMATS[format].fence}\n{text.rstrip()}\n```\n"
