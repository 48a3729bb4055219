"""Schemas of custom resources that are written down in ``transcribed.yaml``.

They stand in where nobody publishes a package with the present ones; their notation is explained
in that file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sandbox.errors import ToolchainError
from sandbox.toolchain.kubernetes_types import KubernetesTypes
from sandbox.toolchain.strict_schema import Resource

FILE = Path(__file__).with_name("transcribed.yaml")
_SCALARS = frozenset({"string", "integer", "number", "boolean"})


@dataclass(frozen=True, slots=True)
class Transcription:
    """One API group: its resources, what their schemas refer to, and where it was read."""

    resources: tuple[Resource, ...]
    definitions: Mapping[str, Any]
    source: str
    group: str


def transcriptions(types: KubernetesTypes, file: Path = FILE) -> Iterator[Transcription]:
    """What the file has.

    Raises:
        ToolchainError: it names a type that neither it nor Kubernetes has.
    """
    for entry in yaml.safe_load(file.read_text(encoding="utf-8")):
        own = entry["types"]
        definitions = dict(types.definitions)
        for name, fields in own.items():
            definitions[name] = _object(fields, own, types)
        resources = [
            Resource(entry["group"], version, kind, _resource(spec))
            for version, kinds in entry["resources"].items()
            for kind, spec in kinds.items()
        ]
        yield Transcription(tuple(resources), definitions, entry["source"], entry["group"])


def _resource(spec: str) -> dict[str, Any]:
    properties = {
        "apiVersion": {},
        "kind": {},
        "metadata": {"type": "object"},
        "spec": {"$ref": f"#/definitions/{spec}"},
        "status": {},
    }
    return {"type": "object", "properties": properties, "required": ["spec"]}


def _object(
    fields: Mapping[str, str] | str, own: Mapping[str, Any], types: KubernetesTypes
) -> dict[str, Any]:
    if isinstance(fields, str):
        base, _, optional = fields.partition(" - ")
        known: dict[str, Any] = dict(types.definitions[types.names[base]])
        known["required"] = [name for name in known["required"] if name != optional]
        return known
    properties = {
        name.removesuffix("!"): type_of(text, own, types) for name, text in fields.items()
    }
    required = [name.removesuffix("!") for name in fields if name.endswith("!")]
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    return {**schema, "required": required} if required else schema


def type_of(text: str, own: Mapping[str, Any], types: KubernetesTypes) -> dict[str, Any]:
    """The schema of a type in the file's notation; ``own`` are types beside Kubernetes'.

    Raises:
        ToolchainError: it names a type that nobody knows.
    """
    if text.startswith("["):
        return {"type": "array", "items": type_of(text[1:-1], own, types)}
    if text.startswith("{"):
        return {"type": "object", "additionalProperties": type_of(text[1:-1], own, types)}
    if " | " in text:
        return {"enum": text.split(" | ")}
    if text in _SCALARS:
        return {"type": text}
    if text == "any":
        return {}
    if text in own:
        return {"$ref": f"#/definitions/{text}"}
    found = types.reference(text)
    if found is None:
        raise ToolchainError(f"{text} is a type that nobody knows")
    return found
