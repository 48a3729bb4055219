"""A custom resource's schema as Kubernetes writes it, made a strict JSON Schema.

Strict as ``kubeconform -strict`` is: an object that lists its properties takes no others, unless
the resource says so itself (``x-kubernetes-preserve-unknown-fields``). What is under ``allOf``,
``anyOf``, ``oneOf`` and ``not`` only says more of properties that are listed outside, as in a
structural schema of Kubernetes, and is left open; what it says of a property with a default holds
of the default where the property is not given. The uniqueness of list-map
keys is not expressible and not checked; rules in CEL (``x-kubernetes-validations``) are kept for
who evaluates them. What has a default is not required: the API server fills defaults in before it
validates.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_OPEN = ("x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource")
_DROPPED = frozenset(
    {"description", "namespaced", "example", "externalDocs", "nullable", "$schema"}
)

_RULE = ("rule", "message", "fieldPath")
RULES = "x-kubernetes-validations"
_JUNCTIONS = frozenset({"allOf", "anyOf", "oneOf", "not"})
DRAFT = "http://json-schema.org/draft-07/schema#"


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of one API version, and its schema as its source has it."""

    group: str
    version: str
    kind: str
    schema: Mapping[str, Any]

    @property
    def file_name(self) -> str:
        """The name that the schema is stored under."""
        return schema_name(f"{self.group}/{self.version}", self.kind)


def schema_name(api_version: str, kind: str) -> str:
    """The file name of a custom resource's schema: ``raycluster_ray.io_v1.json``."""
    group, _, version = api_version.rpartition("/")
    return f"{kind}_{group}_{version}.json".lower()


def strict_schema(resource: Resource, definitions: Mapping[str, Any]) -> dict[str, Any]:
    """The resource's schema in JSON Schema (draft 7), closed, with what it refers to inside."""
    schema = _convert(resource.schema)
    properties = schema["properties"]
    properties["apiVersion"] = {"const": f"{resource.group}/{resource.version}"}
    properties["kind"] = {"const": resource.kind}
    # A CRD need not list these three: the API server adds them.
    properties.setdefault("metadata", {"type": "object"})
    schema["required"] = sorted({"apiVersion", "kind", "metadata", *schema.get("required", ())})
    used = _used(schema, definitions, _convert)
    return {
        "$schema": DRAFT,
        "title": f"{resource.kind} {resource.group}/{resource.version}",
        **schema,
        **({"definitions": used} if used else {}),
    }


def bundled(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """A schema of Kubernetes' own kinds with what it refers to inside, otherwise as it was.

    Their references lead to a file beside them (``/api/_definitions.json``), which a validator
    that reads one file for each kind would look for on the network.
    """
    made = _inward(schema)
    used = _used(made, definitions, _inward)
    return {"$schema": DRAFT, **made, **({"definitions": used} if used else {})}


def _used(
    schema: Any, definitions: Mapping[str, Any], convert: Callable[[Any], Any]
) -> dict[str, Any]:
    """What a converted schema refers to, and what that refers to, converted."""
    used: dict[str, Any] = {}
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in used:
            used[name] = convert(definitions[name])
            waiting += _references(used[name])
    return used


def _inward(node: Any) -> Any:
    if isinstance(node, list):
        return [_inward(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    if isinstance(node.get("$ref"), str):
        return {"$ref": _inside(node["$ref"])}
    return {
        key: _moved(key, value)
        for key, value in node.items()
        if not (key in ("$id", "$schema", "description") and isinstance(value, str))
    }


def _moved(key: str, value: Any) -> Any:
    """The value of a keyword; a property may be called like one (``default`` of a CRD's schema)."""
    if key in ("properties", "patternProperties") and isinstance(value, Mapping):
        return {name: _inward(child) for name, child in value.items()}
    return value if key in ("default", "enum", "const") else _inward(value)


def _inside(reference: str) -> str:
    return f"#/definitions/{reference.rpartition('/')[2]}"


def _convert(node: Any, closing: bool = True) -> Any:
    """OpenAPI 3 as Kubernetes writes it, to JSON Schema; not ``closing`` below a junction."""
    if isinstance(node, list):
        return [_convert(item, closing) for item in node]
    if not isinstance(node, Mapping):
        return node
    if "$ref" in node:
        # Sources refer to "#/definitions/…", "#/components/schemas/…" and "#/$defs/…" alike.
        return {"$ref": _inside(node["$ref"])}
    made: dict[str, Any] = {}
    for key, value in node.items():
        if key == "properties":
            made[key] = {name: _convert(child, closing) for name, child in value.items()}
        elif key == "pattern" and not _compiles(value):
            continue
        elif key == RULES:
            made[key] = [{name: row[name] for name in _RULE if name in row} for row in value]
        elif key not in _DROPPED and not key.startswith("x-"):
            plain = key in ("default", "enum", "const")
            made[key] = value if plain else _convert(value, closing and key not in _JUNCTIONS)
            if key in _JUNCTIONS:
                made[key] = _with_defaults(made[key], _defaults(node))
    properties, required = node.get("properties"), made.get("required")
    if isinstance(properties, Mapping) and isinstance(required, list):
        made["required"] = [
            name for name in required if "default" not in (properties.get(name) or {})
        ]
    if node.get("x-kubernetes-int-or-string"):
        made.pop("type", None)
        made.setdefault("anyOf", [{"type": "integer"}, {"type": "string"}])
    is_open = any(node.get(mark) for mark in _OPEN)
    if closing and "properties" in made and "additionalProperties" not in made and not is_open:
        made["additionalProperties"] = False
    if node.get("nullable") and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    if made.get("format") == "date-time" and made.get("type") == "string":
        # controller-gen writes "creationTimestamp: null", and API servers take it.
        made["type"] = ["string", "null"]
    return made


def _defaults(node: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults of a node's own properties."""
    properties = node.get("properties")
    return {
        name: child["default"]
        for name, child in (properties.items() if isinstance(properties, Mapping) else ())
        if isinstance(child, Mapping) and "default" in child
    }


def _with_defaults(node: Any, defaults: Mapping[str, Any]) -> Any:
    """What stands under a junction, where it refuses a property's default with the property asked
    for: without it, JSON Schema would take what is not given, and an API server fills it in."""
    if isinstance(node, list):
        return [_with_defaults(item, defaults) for item in node]
    if not isinstance(node, dict) or not defaults:
        return node
    made = {
        key: _with_defaults(value, defaults) if key in _JUNCTIONS else value
        for key, value in node.items()
    }
    refused = [
        name
        for name, child in node.get("properties", {}).items()
        if name in defaults and not _takes(child, defaults[name])
    ]
    if refused:
        made["required"] = [*made.get("required", ()), *refused]
    return made


def _takes(schema: Any, value: Any) -> bool:
    """Whether a schema of a list of values takes one; what says more is supposed to."""
    if not isinstance(schema, Mapping):
        return True
    if "not" in schema and schema["not"].keys() <= {"enum", "const"}:
        return not _takes(schema["not"], value)
    return value in schema.get("enum", [value]) and value == schema.get("const", value)


def _compiles(pattern: str) -> bool:
    """Whether Python takes the expression; Kubernetes' are Go's, which allow "(?i)" anywhere."""
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        reference = node.get("$ref")
        if isinstance(reference, str):
            yield reference.rpartition("/")[2]
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)
