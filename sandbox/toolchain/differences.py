"""What operators' own CRDs say otherwise than what their schemas are made of: a list with reasons.

The list is ``differences.yaml``, which explains its notation; a difference that no longer is one is
an error, so that the list does not outlive a client's release.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from sandbox.errors import ToolchainError
from sandbox.toolchain.kubernetes_types import KubernetesTypes
from sandbox.toolchain.strict_schema import Resource
from sandbox.toolchain.transcribed import type_of

FILE = Path(__file__).with_name("differences.yaml")


@dataclass(frozen=True, slots=True)
class TypeDifference:
    """How one type differs. ``fields`` are in the notation of the transcriptions."""

    why: str
    optional: tuple[str, ...]
    required: tuple[str, ...]
    fields: Mapping[str, str]
    limits: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class SameVersion:
    """A version of a kind that a source lacks and whose schema is that of another one."""

    group: str
    kind: str
    version: str
    like: str
    why: str


@dataclass(frozen=True)
class Differences:
    """The list, by package or by a transcription's group, then by type."""

    file: Path = FILE

    @cached_property
    def by_source(self) -> Mapping[str, Mapping[str, TypeDifference]]:
        """The rows of the file.

        Raises:
            ToolchainError: a row has a key that nobody knows.
        """
        return dict(_rows(self.file))

    def versions(self, source: str, resources: Sequence[Resource]) -> list[Resource]:
        """The resources of a source, and those versions that it lacks.

        Raises:
            ToolchainError: a row is about a kind that the source does not have so.
        """
        known = {(one.group, one.kind, one.version): one for one in resources}
        added = []
        for row in self._same_versions.get(source, ()):
            like = known.get((row.group, row.kind, row.like))
            if like is None or (row.group, row.kind, row.version) in known:
                raise ToolchainError(
                    f"{self.file.name}: {source}: {row.kind} {row.version} is idle"
                )
            added.append(Resource(row.group, row.version, row.kind, like.schema))
        return [*resources, *added]

    @cached_property
    def _same_versions(self) -> Mapping[str, Sequence[SameVersion]]:
        entries = yaml.safe_load(self.file.read_text(encoding="utf-8"))
        return {
            entry["of"]: [SameVersion(**row) for row in entry.get("versions", ())]
            for entry in entries
        }

    def applied(
        self, source: str, definitions: Mapping[str, Any], types: KubernetesTypes
    ) -> dict[str, Any]:
        """The definitions of a source as upstream's CRD has them.

        Raises:
            ToolchainError: a row is about nothing that the source has.
        """
        rows = self.by_source.get(source, {})
        changed = dict(definitions)
        known = {**definitions, **rows}
        for name, row in rows.items():
            where = f"{self.file.name}: {source}: {name}"
            schema = dict(definitions.get(name, {"type": "object"}))
            schema["properties"] = dict(schema.get("properties", {}))
            required = set(schema.get("required", ()))
            for key, text in row.fields.items():
                bare = key.removesuffix("!")
                schema["properties"][bare] = type_of(text, known, types)
                required |= {bare} if key.endswith("!") else set()
            if absent := (set(row.required) | set(row.optional) | row.limits.keys()) - set(
                schema["properties"]
            ):
                raise ToolchainError(f"{where} has no {', '.join(sorted(absent))}")
            if idle := set(row.optional) - required:
                raise ToolchainError(f"{where} does not require {', '.join(sorted(idle))} anyway")
            if idle := set(row.required) & required:
                raise ToolchainError(f"{where} requires {', '.join(sorted(idle))} anyway")
            for key, limits in row.limits.items():
                limited = schema["properties"][key]
                if "$ref" in limited:
                    raise ToolchainError(f"{where}: {key} is a type, which has limits of its own")
                schema["properties"][key] = {**limited, **limits}
            schema.pop("required", None)
            if wanted := (required | set(row.required)) - set(row.optional):
                schema["required"] = sorted(wanted)
            changed[name] = schema
        return changed


def _rows(file: Path) -> Iterator[tuple[str, Mapping[str, TypeDifference]]]:
    for entry in yaml.safe_load(file.read_text(encoding="utf-8")):
        try:
            yield entry["of"], {name: _row(**row) for name, row in entry.get("types", {}).items()}
        except TypeError as error:
            raise ToolchainError(f"{file.name}: {entry['of']}: {error}") from error


def _row(
    *,
    why: str,
    optional: Sequence[str] = (),
    required: Sequence[str] = (),
    fields: Mapping[str, str] | None = None,
    limits: Mapping[str, Mapping[str, Any]] | None = None,
) -> TypeDifference:
    return TypeDifference(why, tuple(optional), tuple(required), fields or {}, limits or {})
