"""What a topic is: one kind of thing to build, with a typed space of specifications.

A topic is declared once (docs/adding-a-category.md shows how). From a random generator it samples
a specification; from that alone follow the instruction, the reference answer and the checks that
pin the intent of that very specification.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from random import Random
from typing import Any, Generic, TypeVar

from datagen.brief import Brief
from datagen.phrasing import word
from rewardsvc.extract import render_answer
from rewardsvc.formats import FORMATS
from rewardsvc.types import Fixture, JsonValue, Task

Spec = TypeVar("Spec")
"""A frozen dataclass of strings, numbers, booleans and tuples of them."""

BENCH_ONLY = "for the benchmark alone, so nothing to train on is made of it (datagen bench)"
"""Why a topic is refused."""

_NO_PATH = "."
"""Of no file: a single one carries its path then, as several do."""


def _nothing(_: object) -> Mapping[str, str]:
    return {}


def _no_fixtures(_: object) -> tuple[Fixture, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic(Generic[Spec]):
    """One kind of thing to build. The functions are pure: equal arguments, equal results."""

    name: str
    """Unique over all categories, e.g. ``ray-cluster``."""
    format: str
    sample: Callable[[Random], Spec]
    brief: Callable[[Spec], Brief]
    """What the instruction must say, with the checks that pin it."""
    answer: Callable[[Spec], str | Mapping[str, str]]
    """The reference, without fences: the text of one file, or the texts of several by their paths,
    which the task then asks for."""
    given: Callable[[Spec], Mapping[str, str]] = _nothing
    """The files that the task gives with its instruction, by their paths: a chart to change, a base
    to build on, values of an environment."""
    given_label: str = ""
    """Of the fences of what is given, where it is in another language than the answer."""
    fixtures: Callable[[Spec], tuple[Fixture, ...]] = _no_fixtures
    """What an answer is run on that the task does not show, with what must come of it."""
    bench_only: bool = False
    """Whether it is for the benchmark alone (``datagen bench``): no training row is made of it."""

    def pose(self, category: str, spec: Spec, rng: Random) -> "Posed":
        """The task of a specification, worded with ``rng``, and its reference answer."""
        brief, answer, given = self.brief(spec), self.answer(spec), self.given(spec)
        files = () if isinstance(answer, str) else tuple(answer)
        return Posed(
            topic=self.name,
            spec=as_json(spec),
            brief=brief,
            task=Task(
                category=category,
                format=self.format,
                instruction=word(brief, rng, several=len(files) > 1),
                input=with_paths(self.format, given, self.given_label) if given else "",
                files=files,
                checks=brief.checks,
                fixtures=self.fixtures(spec),
            ),
            reference=rendered(self.format, answer),
        )


@dataclass(frozen=True, slots=True)
class Posed:
    """A specification made into a task, with its reference answer (a completion)."""

    topic: str
    spec: dict[str, JsonValue]
    brief: Brief
    task: Task
    reference: str

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

    @property
    def taught(self) -> tuple[Topic[Any], ...]:
        """Those that training rows are made of."""
        return tuple(topic for topic in self.topics if not topic.bench_only)


def as_json(spec: Any) -> dict[str, JsonValue]:
    """A specification as JSON data."""
    data: dict[str, JsonValue] = json.loads(json.dumps(asdict(spec)))
    return data


def fenced(format: str, text: str) -> str:
    """A file as an answer: one fence with the label of its format."""
    return f"```{FORMATS[format].fence}\n{text.rstrip()}\n```\n"


def rendered(format: str, answer: str | Mapping[str, str]) -> str:
    """A file, or several by their paths, as an answer: in fences with the label of their format.

    Raises:
        ValueError: there is no file, or a path that extraction would refuse.
    """
    if isinstance(answer, str):
        return fenced(format, answer)
    return with_paths(format, answer)


def with_paths(format: str, files: Mapping[str, str], label: str = "") -> str:
    """Files in fences with a label, that of their format without one; each with its path, be it
    only one.

    Raises:
        ValueError: there is no file, or a path that extraction would refuse.
    """
    return render_answer(files, label or FORMATS[format].fence, default=_NO_PATH)
