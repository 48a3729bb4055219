"""What our schemas refuse and upstream's own CRDs do not is listed, and the list is not idle."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sandbox.errors import ToolchainError
from sandbox.toolchain import discover
from sandbox.toolchain.differences import Differences
from sandbox.toolchain.kubernetes_types import KubernetesTypes
from sandbox.toolchain.strict_schema import Resource, schema_name
from tests.sandbox.upstream import DATA, upstream_schemas

TYPES = KubernetesTypes("1.0", {}, {})
PART: dict[str, Any] = {
    "type": "object",
    "required": ["name", "size"],
    "properties": {"name": {"type": "string"}, "size": {"type": "string"}},
}
ROWS = """
- of: shop-client
  crd: this test
  types:
    Part:
      optional: [name]
      required: [colour]
      fields: {size!: integer, colour: string, parts: "[More]"}
      limits: {size: {minimum: 1}}
      why: the CRD says so
    More: {fields: {weight!: number}, why: a type of the CRD}
"""


def listed(tmp_path: Path, text: str) -> Differences:
    file = tmp_path / "differences.yaml"
    file.write_text(text)
    return Differences(file)


def test_a_difference_changes_the_types_of_its_source_alone(tmp_path: Path) -> None:
    differences = listed(tmp_path, ROWS)
    assert differences.applied("another", {"Part": PART}, TYPES) == {"Part": PART}
    changed = differences.applied("shop-client", {"Part": PART}, TYPES)
    validator = jsonschema.Draft7Validator({"$ref": "#/definitions/Part", "definitions": changed})
    good = {"size": 1, "colour": "red", "parts": [{"weight": 0.5}]}
    assert validator.is_valid(good)
    for wrong in ({"size": 1}, {**good, "size": "1"}, {**good, "size": 0}, {**good, "parts": [{}]}):
        assert not validator.is_valid(wrong), wrong
    assert PART["required"] == ["name", "size"], "what was given is as it was"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("optional: [name]", "optional: [nam]", "has no nam"),
        ("optional: [name]", "optional: [colour]", "does not require colour"),
        ("required: [colour]", "required: [name]", "requires name"),
        ("limits: {size", "limits: {sise", "has no sise"),
        ("[More]", "[Moore]", "Moore"),
        ("parts: \"[More]\"}\n      limits: {size: {minimum: 1}}",
         "part: More}\n      limits: {part: {minimum: 1}}", "limits of its own"),
        ("why: the CRD", "who: the CRD", "who"),
    ],
)  # fmt: skip
def test_a_difference_that_is_none_is_an_error(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert old in ROWS
    differences = listed(tmp_path, ROWS.replace(old, new))
    with pytest.raises(ToolchainError, match=says):
        differences.applied("shop-client", {"Part": PART}, TYPES)


VERSION = """
- of: shop-client
  versions: [{group: shop.example, kind: Part, version: v2, like: v1, why: one schema for both}]
"""


def test_a_version_that_a_source_lacks_has_the_schema_of_another(tmp_path: Path) -> None:
    first = Resource("shop.example", "v1", "Part", PART)
    differences = listed(tmp_path, VERSION)
    assert differences.versions("another", [first]) == [first]
    assert differences.versions("shop-client", [first]) == [first, replace(first, version="v2")]
    for idle in ([], [first, replace(first, version="v2")]):
        with pytest.raises(ToolchainError, match="Part v2 is idle"):
            differences.versions("shop-client", idle)


STRICTER = {
    "Template is open": "inline templates are typed: Argo reads them into its own type",
    "ObjectMeta is open": "an API server drops what metadata does not have, and warns",
    "Service.apiVersion takes 1 word": "an embedded resource is what it says it is",
    "Service.kind takes 1 word": "an embedded resource is what it says it is",
    "PersistentVolumeClaim.apiVersion takes 1 word": "an embedded resource is what it says it is",
    "PersistentVolumeClaim.kind takes 1 word": "an embedded resource is what it says it is",
}
"""Where ours refuses more than the CRD, on purpose."""


class Comparison:
    """What one schema of ours refuses that upstream's takes."""

    def __init__(self, ours: Mapping[str, Any]) -> None:
        self.ours = ours
        self.seen: set[tuple[str, str]] = set()

    def narrower(self, ours: Any, theirs: Any, name: str) -> Iterator[str]:
        while "$ref" in ours:
            name = ours["$ref"].rpartition("/")[2]
            ours = self.ours["definitions"][name]
            name = name.rpartition(".")[2].removeprefix("IoArgoprojWorkflowV1alpha1")
            if (pair := (name, json.dumps(theirs, sort_keys=True))) in self.seen:
                return
            self.seen.add(pair)
        fields, known = ours.get("properties"), theirs.get("properties")
        if types(theirs) - types(ours) and fields is None:
            yield f"{name} is no {', '.join(sorted(types(theirs) - types(ours)))}"
        if "enum" in ours and "enum" not in theirs:
            yield f"{name} takes {len(ours['enum'])} word"
        closed = ours.get("additionalProperties") is False
        if fields is not None and known is None:
            if closed:
                yield f"{name} is open"
            return
        for field in sorted(set(known or {}) - set(fields or {})) if closed else ():
            yield f"{name} has no {field}"
        for field in sorted(set(ours.get("required", ())) - set(theirs.get("required", ()))):
            yield f"{name} demands {field}"
        for field in sorted(set(fields or {}) & set(known or {})):
            assert fields is not None and known is not None
            yield from self.narrower(fields[field], known[field], f"{name}.{field}")
        for key in ("items", "additionalProperties"):
            if isinstance(ours.get(key), dict) and isinstance(theirs.get(key), dict):
                yield from self.narrower(ours[key], theirs[key], f"{name}.*")


ANYTHING = frozenset({"array", "boolean", "integer", "number", "object", "string"})


def types(schema: Mapping[str, Any]) -> frozenset[str]:
    """The JSON types that a schema takes, null apart."""
    if "anyOf" in schema:
        return frozenset().union(*(types(choice) for choice in schema["anyOf"]))
    if "enum" in schema and "type" not in schema:
        return frozenset({"string"})
    said = schema.get("type", ANYTHING)
    found = frozenset({said} if isinstance(said, str) else said) - {"null"}
    return found | {"integer"} if "number" in found else found


def test_our_schemas_refuse_nothing_more_than_upstreams_crds_but_what_is_listed() -> None:
    folder = discover().crd_schemas
    if folder is None or not (DATA / "crds").is_dir():
        pytest.skip("no schemas of custom resources here, or ../shared/data is not")
    found: set[str] = set()
    compared = 0
    for (api_version, kind), upstream in upstream_schemas().items():
        file = folder / schema_name(api_version, kind)
        if not file.is_file() or "spec" not in upstream["properties"]:
            continue
        ours = json.loads(file.read_text())
        spec, theirs = ours["properties"]["spec"], upstream["properties"]["spec"]
        found |= set(Comparison(ours).narrower(spec, theirs, kind))
        compared += 1
    assert compared >= 15
    assert found == STRICTER.keys()
