"""JSON schemas, compiled once, and what they object to in a value."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, cast

import jsonschema_rs

from rewardsvc.types import JsonValue
from rewardsvc.verification.objections import Violation, violations_of
from sandbox.errors import ToolchainError

__all__ = ["MAX_VIOLATIONS", "Definitions", "Schema", "Violation", "read_schema"]

MAX_VIOLATIONS = 200
"""Counted in one value; beyond, the credit is next to nothing anyway."""


class Schema:
    """A compiled schema. Safe to use from several threads."""

    def __init__(self, schema: JsonValue, definitions: "Definitions | None" = None) -> None:
        """Compile; ``definitions`` holds the documents that the schema's references lead to."""
        self._schema = schema
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
        errors = islice(self._validator.iter_errors(value), MAX_VIOLATIONS)
        return violations_of(errors, self._schema, value)[:MAX_VIOLATIONS]


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
