"""Lays out the registry's modules that a configuration calls, from the mirror, as ``init`` would.

``terraform init`` and ``get`` install what is called into ``.terraform/modules`` and write down in
``modules.json`` there what is whose; what stands there already, in a version that the call allows,
they take as it is and ask nobody (internal/initwd/module_install.go of hashicorp/terraform). So a
module of the mirror is put where they would have put it, under the version that they would have
chosen of those in the mirror: the newest that the call allows. Nested calls, of local modules and
of the registry's, are followed. Whatever is not found here is left to Terraform, which says so.

A call whose version the mirror does not have is given another one of the same major version, and
says so, as a provider's version is overlooked. Pure but for reading the mirror, each package once.
"""

import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from sandbox.hcl.addresses import REGISTRY, RegistryAddress, registry_address
from sandbox.hcl.constraints import satisfies
from sandbox.hcl.outline import Block
from sandbox.hcl.survey import ENDINGS, OutlinedFile, by_folder, module_folder, outlines
from sandbox.terraform.relax import OVERLOOKED_VERSION, Overlooked, TextEdit, Unmet
from sandbox.toolchain.mirror import version_key

INSTALLED = ".terraform/modules"
"""Where Terraform installs modules, below its root module."""

MAX_CALLS = 256
MAX_DEPTH = 16
MAX_FILES = 320
MAX_BYTES = 16 * 1024 * 1024
"""Of all modules that one configuration brings in by its calls: a box takes 512 files and 64 MB.
Real ones have some dozens of calls. What is beyond is left to Terraform as what is not there."""

_MAJOR = re.compile(r"\d+")

_SHOWN_ONLY = frozenset({"docs", "examples", "test", "tests", "wrappers"})
"""Folders at the top of a package that no other module reads."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the mirror has of a configuration's calls.

    ``files``: packages and ``modules.json``, by where they lie in the configuration.
    ``folders``: by folder and name of a call, the folder that it leads to.
    ``overlooked``: by path, versions of calls that are not here.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    sources: tuple[OutlinedFile, ...] = ()
    folders: Mapping[tuple[str, str], str] = field(default_factory=dict)
    overlooked: Mapping[str, Sequence[Overlooked]] = field(default_factory=dict)


def resolve(
    sources: tuple[OutlinedFile, ...],
    root: str,
    mirror: Mapping[str, Mapping[str, Path]],
    registry: str = REGISTRY,
) -> Resolved:
    """Look for the calls of a configuration in the mirror: package, version, folder."""
    return _Walk(sources, root, mirror, registry).resolved() if mirror else Resolved()


def chosen(versions: Iterable[str], constraint: str | None) -> tuple[str, bool] | None:
    """The version that a call gets of those that are here, and whether it is one that it allows."""
    newest_first = sorted(versions, key=version_key, reverse=True)
    for version in newest_first:
        if constraint is None or satisfies(version, constraint) is not False:
            return version, True
    major = _MAJOR.search(constraint or "")
    for version in newest_first:
        if major is not None and version.split(".")[0] == major[0]:
            return version, False
    return None


@dataclass(frozen=True, slots=True)
class _Package:
    """What a package in the mirror holds, by paths within it."""

    files: Mapping[str, bytes]
    folders: Mapping[str, Sequence[OutlinedFile]]

    def reached(self, inside: str) -> Iterator[tuple[str, bytes]]:
        """The files that a call of one of its folders may read: those of that folder and of the
        modules that it calls, and everything that is no configuration."""
        waiting, seen = [inside], {inside}
        while waiting:
            folder = waiting.pop()
            for source in self.folders.get(folder, ()):
                for block in source.body.named("module"):
                    child = module_folder(folder, source, block)
                    if child is not None and child not in seen:
                        seen.add(child)
                        waiting.append(child)
        for path, content in self.files.items():
            if not path.endswith(ENDINGS) or posixpath.dirname(path) in seen:
                yield path, content


@lru_cache(maxsize=64)
def _package(folder: Path) -> _Package:
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _is_shown_only(path.relative_to(folder))
    }
    return _Package(files, by_folder(outlines(files)))


def _is_shown_only(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return hidden or path.suffix == ".md" or (len(path.parts) > 1 and path.parts[0] in _SHOWN_ONLY)


class _Walk:
    """Follows a configuration's calls, from its root module on."""

    def __init__(
        self,
        sources: tuple[OutlinedFile, ...],
        root: str,
        mirror: Mapping[str, Mapping[str, Path]],
        registry: str,
    ) -> None:
        self._mirror = mirror
        self._registry = registry
        self._root = root
        self._here: dict[str, Sequence[OutlinedFile]] = dict(by_folder(sources))
        self._files: dict[str, bytes] = {}
        self._bytes = 0
        self._sources: list[OutlinedFile] = []
        self._folders: dict[tuple[str, str], str] = {}
        self._overlooked: dict[str, list[Overlooked]] = {}
        self._records: list[Mapping[str, str]] = []

    def resolved(self) -> Resolved:
        waiting: list[tuple[tuple[str, ...], str]] = [((), self._root)]
        calls = 0
        while waiting and calls < MAX_CALLS:
            key, folder = waiting.pop()
            for source in self._here.get(folder, ()):
                for block in source.body.named("module"):
                    if len(block.labels) != 1 or len(key) >= MAX_DEPTH:
                        continue
                    calls += 1
                    child = (*key, block.labels[0])
                    place = self._place(child, folder, source, block)
                    if place is not None:
                        waiting.append((child, place))
        if not self._folders:
            return Resolved()
        manifest = posixpath.join(self._root, INSTALLED, "modules.json")
        self._files[manifest] = json.dumps({"Modules": self._records}).encode()
        return Resolved(self._files, tuple(self._sources), self._folders, self._overlooked)

    def _place(
        self, key: tuple[str, ...], folder: str, source: OutlinedFile, block: Block
    ) -> str | None:
        """Where a called module lies, with the registry's put there; None where it is not here."""
        local = module_folder(folder, source, block)
        written = source.literal(block.body.attribute("source"))
        if local is not None and written is not None:
            # One that is not written down is installed anew, and with it all that it calls.
            spelled = posixpath.normpath(written)
            way = spelled if spelled.startswith("..") else f"./{spelled}"
            place = posixpath.relpath(local or ".", self._root or ".")
            self._records.append({"Key": ".".join(key), "Source": way, "Dir": place})
            return local
        address = registry_address(written, self._registry) if written else None
        versions = self._mirror.get(address.package, {}) if address else {}
        attribute = block.body.attribute("version")
        constraint = source.literal(attribute)
        found = chosen(versions, constraint)
        if address is None or found is None:
            return None
        version, allowed = found
        if not self._lay_out(key, versions[version], address):
            return None
        if not allowed and attribute is not None and constraint is not None:
            edit = TextEdit(attribute.start, attribute.end, OVERLOOKED_VERSION)
            unmet = Unmet(address.package, constraint, version, module=True)
            self._overlooked.setdefault(source.path, []).append((edit, unmet))
        installed = posixpath.join(INSTALLED, ".".join(key), address.inside).rstrip("/")
        record = {"Key": ".".join(key), "Source": str(address), "Version": version}
        self._records.append({**record, "Dir": installed})
        place = posixpath.normpath(posixpath.join(self._root, installed))
        self._folders[folder, key[-1]] = place
        return place

    def _lay_out(self, key: tuple[str, ...], package: Path, address: RegistryAddress) -> bool:
        """Put a package where Terraform installs it, unless there would be too much."""
        read = _package(package)
        if address.inside not in read.folders:
            return False
        files = dict(read.reached(address.inside))
        size = sum(map(len, files.values()))
        if len(self._files) + len(files) > MAX_FILES or self._bytes + size > MAX_BYTES:
            return False
        self._bytes += size
        prefix = posixpath.join(self._root, INSTALLED, ".".join(key))
        self._files.update({f"{prefix}/{path}": content for path, content in files.items()})
        for folder, sources in read.folders.items():
            placed = [
                replace(each, path=f"{prefix}/{each.path}")
                for each in sources
                if each.path in files
            ]
            self._here[posixpath.normpath(posixpath.join(prefix, folder))] = placed
            self._sources += placed
        return True
