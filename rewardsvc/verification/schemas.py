"""JSON schemas, compiled once, and what they object to in a value."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import jsonschema_rs

from rewardsvc.types import JsonValue
from rewardsvc.verification.ladder import shortened
from sandbox.errors import ToolchainError

MAX_VIOLATIONS = 200
"""Counted in one value; beyond, the credit is next to nothing anyway."""


_SHOWN_ALTERNATIVES = 3
"""Of alternatives that are equally near."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One objection of a schema. ``path`` leads to the value that it concerns."""

    path: tuple[str | int, ...]
    message: str

    @property
    def place(self) -> str:
        """The path as people write it: ``spec.containers[0].image``."""
        text = ""
        for part in self.path:
            text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
        return text


class Schema:
    """A compiled schema. Safe to use from several threads."""

    def __init__(self, schema: JsonValue, definitions: "Definitions | None" = None) -> None:
        """Compile; ``definitions`` holds the documents that the schema's references lead to."""
        registry = definitions.registry if definitions is not None else None
        self._validator = jsonschema_rs.validator_for(
            schema, registry=registry, base_uri="assay:///schemas/schema.json", offline=True
        )

    def accepts(self, value: JsonValue) -> bool:
        """Whether there is nothing to object to; takes a fraction of the time of saying what."""
        return self._validator.is_valid(value)

    def violations(self, value: JsonValue) -> list[Violation]:
        """What the schema objects to; nothing where it accepts the value."""
        if self.accepts(value):
            return []
        found = []
        for error in self._validator.iter_errors(value):
            telling = _most_telling(error)
            message = shortened(_wanted(telling) or telling.message)
            found.append(Violation(tuple(telling.instance_path), message))
            if len(found) == MAX_VIOLATIONS:
                break
        return found


@dataclass(frozen=True, slots=True)
class Definitions:
    """Documents that schemas refer to by address."""

    registry: jsonschema_rs.Registry

    @classmethod
    def of(cls, documents: Mapping[str, JsonValue]) -> "Definitions":
        """From addresses to parsed documents."""
        return cls(jsonschema_rs.Registry(list(documents.items())))


def read_schema(path: Path) -> dict[str, Any]:
    """A schema file, parsed.

    Raises:
        ToolchainError: it is not there or is not JSON: our installation is broken.
    """
    try:
        return cast(dict[str, Any], json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ToolchainError(f"the schema {path.name} cannot be read: {error}") from error


def _most_telling(error: jsonschema_rs.ValidationError) -> jsonschema_rs.ValidationError:
    """Of a failed anyOf or oneOf, the error of the branch that got furthest into the value."""
    for _ in range(20):
        context: Sequence[Sequence[jsonschema_rs.ValidationError]] = getattr(
            error.kind, "context", ()
        )
        branches = [branch for branch in context if branch]
        if not branches:
            return error
        deepest = max(
            branches,
            key=lambda branch: (max(len(inner.instance_path) for inner in branch), -len(branch)),
        )
        inner = max(deepest, key=lambda found: len(found.instance_path))
        if len(inner.instance_path) <= len(error.instance_path):
            return error
        error = inner
    return error


def _wanted(error: jsonschema_rs.ValidationError) -> str:
    """What the nearest alternative of a failed anyOf or oneOf wants; "" where it is none.

    Nearest are those that take the value's type, and of them the ones with the fewest objections;
    where none takes it, the types that they take.
    """
    branches: list[Sequence[jsonschema_rs.ValidationError]] = [
        branch for branch in getattr(error.kind, "context", ()) if branch
    ]
    if not branches:
        return ""
    fitting = [branch for branch in branches if not any(map(_is_type, branch))]
    if fitting:
        fewest = min(map(len, fitting))
        nearest = [
            "; ".join(dict.fromkeys(_wanted(each) or each.message for each in branch))
            for branch in fitting
            if len(branch) == fewest
        ]
        return ", or ".join(list(dict.fromkeys(nearest))[:_SHOWN_ALTERNATIVES])
    types = [name for branch in branches for each in branch for name in _types(each)]
    value = json.dumps(error.instance, ensure_ascii=False, default=str)
    return f"{value} is not of type {' or '.join(dict.fromkeys(types))}" if types else ""


def _is_type(error: jsonschema_rs.ValidationError) -> bool:
    return bool(_types(error))


def _types(error: jsonschema_rs.ValidationError) -> list[str]:
    """The types that an objection to a value's type names."""
    found = getattr(error.kind, "types", None)
    return [json.dumps(str(name)) for name in found] if found else []
