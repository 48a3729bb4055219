"""A plan as rules look at it: the resources that it makes, with what is known of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rewardsvc.types import Diagnostic, JsonValue
from sandbox.hcl.outline import Block
from sandbox.hcl.survey import OutlinedFile, outlines

Problem = tuple[str, str]
"""The argument that something is wrong with, and what."""


@dataclass(frozen=True, slots=True)
class PlannedResource:
    """A managed resource of the root module or one below. ``values`` are those that are known at
    plan; ``expressions`` what the configuration says of its arguments."""

    address: str
    type: str
    name: str
    values: Mapping[str, Any]
    expressions: Mapping[str, Any]

    def blocks(self, name: str) -> list[Mapping[str, Any]]:
        """The nested blocks of a name."""
        found = self.values.get(name)
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    def text(self, name: str) -> str | None:
        """The text of an argument, None where there is none or it is not known."""
        value = self.values.get(name)
        return value if isinstance(value, str) else None

    def number(self, name: str) -> float | None:
        """The number of an argument."""
        return number_of(self.values.get(name))

    def refers_to(self, name: str) -> tuple[str, ...]:
        """The resources that an argument refers to, each once: ``aws_vpc.main``."""
        expression = self.expressions.get(name)
        references = expression.get("references", ()) if isinstance(expression, dict) else ()
        return tuple(
            dict.fromkeys(".".join(each.split(".")[:2]) for each in references if "." in each)
        )


@dataclass(frozen=True)
class Planned:
    """All of them, and the files that they stand in."""

    resources: tuple[PlannedResource, ...]
    files: Mapping[str, bytes]

    @cached_property
    def sources(self) -> tuple[OutlinedFile, ...]:
        """The files' outlines, which only a place to point at asks for."""
        return outlines(self.files)

    @classmethod
    def of(cls, plan: JsonValue, files: Mapping[str, bytes]) -> "Planned":
        """From ``terraform show -json``."""
        if not isinstance(plan, dict):
            return cls((), files)
        planned: Any = plan.get("planned_values") or {}
        configuration: Any = plan.get("configuration") or {}
        said = {
            f"{each['type']}.{each['name']}": each.get("expressions") or {}
            for each in (configuration.get("root_module") or {}).get("resources") or ()
        }
        modules = _modules(planned.get("root_module") or {})
        return cls(
            tuple(
                PlannedResource(
                    each["address"], each["type"], each["name"], each.get("values") or {},
                    said.get(f"{each['type']}.{each['name']}", {}),
                )
                for module in modules
                for each in module.get("resources") or ()
                if each.get("mode") == "managed"
            ),
            files,
        )  # fmt: skip

    def of_type(self, *types: str) -> Iterator[PlannedResource]:
        """Those of some types."""
        return (each for each in self.resources if each.type in types)

    def problem(
        self, code: str, resource: PlannedResource, argument: str, words: str
    ) -> Diagnostic:
        """A warning at the argument, or at the resource where that does not stand there."""
        message = f"{resource.address}: {words}"
        for source in self.sources:
            for block in source.body.named("resource"):
                if block.labels == (resource.type, resource.name):
                    at = _place(block, argument)
                    return Diagnostic("warning", message, code, source.path, source.line(at))
        return Diagnostic("warning", message, code)


def in_resources(
    code: str, types: Sequence[str], problems: Callable[[PlannedResource], Iterable[Problem]]
) -> Callable[[Planned], Iterator[Diagnostic]]:
    """A rule about one resource, asked of each of some types; of all where none is named."""

    def find(planned: Planned) -> Iterator[Diagnostic]:
        for resource in planned.of_type(*types) if types else planned.resources:
            for argument, words in problems(resource):
                yield planned.problem(code, resource, argument, words)

    return find


def number_of(value: Any) -> float | None:
    """A number, also one that is written as a text."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _modules(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    waiting = [module]
    while waiting:
        each = waiting.pop(0)
        yield each
        waiting += each.get("child_modules") or ()


def _place(block: Block, argument: str) -> int:
    attribute = block.body.attribute(argument)
    if attribute is not None:
        return attribute.at
    inner = next(block.body.named(argument), None)
    return inner.start if inner is not None else block.start
