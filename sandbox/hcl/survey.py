"""What a configuration needs before Terraform sees it: providers, modules. Pure.

It reads outlines only; a file that cannot be outlined adds nothing, for Terraform will refuse it.
"""

import posixpath
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from sandbox.hcl.addresses import REGISTRY, canonical_source
from sandbox.hcl.constraints import satisfies
from sandbox.hcl.outline import (
    Block,
    Body,
    HclAttribute,
    NotOutlined,
    literal,
    object_items,
    outline,
)
from sandbox.hcl.tfjson import outline_json
from sandbox.jsontext import read_json

MAX_BYTES = 256 * 1024
"""A larger file is not outlined: reading one takes time in this process, not in the sandbox."""

ENDINGS = (".tf", ".tf.json")
"""How the names of the files end that Terraform reads as configuration."""

_TYPED = ("resource", "data", "ephemeral")


@dataclass(frozen=True)
class OutlinedFile:
    """One outlined file of a configuration."""

    path: str
    text: str
    body: Body

    @property
    def json(self) -> bool:
        """Whether it is in JSON syntax."""
        return self.path.endswith(".json")

    @property
    def folder(self) -> str:
        """The folder that it lies in, "" for the top."""
        return posixpath.dirname(self.path)

    def line(self, at: int) -> int:
        """The line of a place in the text, 1-based."""
        return bisect_left(self._line_ends, at) + 1

    @cached_property
    def _line_ends(self) -> Sequence[int]:
        return [end.start() for end in re.finditer("\n", self.text)]

    def literal(self, attribute: HclAttribute | None) -> str | None:
        """The value of an attribute that is a string without templates, None otherwise."""
        value = literal(self.text, attribute)
        return str(read_json(f'"{value}"')) if value is not None and self.json else value


@dataclass(frozen=True, slots=True)
class Requirement:
    """An entry of ``required_providers``: a local name, and the attributes that say what it is."""

    name: str
    source: HclAttribute | None
    version: HclAttribute | None


@dataclass(frozen=True, slots=True)
class RemoteModule:
    """A call of a module that would have to be fetched."""

    name: str
    source: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a file."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Survey:
    """What the root module and the local modules that it reaches name.

    ``providers``: sources in full, each with the place (file, line) that first names it.
    ``configured``: how many ``provider`` blocks each source has.
    ``modules``: whether there is a module to install.
    ``remote``: the calls of modules that lie elsewhere.
    ``states``: the data sources that read the state of another configuration.
    """

    providers: Mapping[str, tuple[str, int]]
    configured: Mapping[str, int]
    modules: bool
    remote: tuple[RemoteModule, ...] = ()
    states: tuple[SourceLine, ...] = ()


def outlines(files: Mapping[str, bytes]) -> tuple[OutlinedFile, ...]:
    """The files of the configuration that can be outlined."""
    found = []
    for path, content in sorted(files.items()):
        if not path.endswith(ENDINGS) or len(content) > MAX_BYTES:
            continue
        try:
            text = content.decode("utf-8-sig")
            body = outline_json(text) if path.endswith(".json") else outline(text)
        except (UnicodeDecodeError, NotOutlined):
            continue
        found.append(OutlinedFile(path, text, body))
    return tuple(found)


def root_folders(paths: Iterable[str], sources: tuple[OutlinedFile, ...]) -> tuple[str, ...]:
    """The folders that may be the root module's, the likeliest first; at least one.

    It is the top, where that has any file of the configuration. Where everything lies in
    sub-folders ("infra/main.tf"), it is one that no other calls as a module.
    """
    folders = {posixpath.dirname(path) for path in paths if path.endswith(ENDINGS)}
    if not folders or "" in folders:
        return ("",)
    called = {
        module_folder(source.folder, source, block)
        for source in sources
        for block in source.body.named("module")
    }
    return tuple(
        sorted(folders - called or folders, key=lambda folder: (folder.count("/"), folder))
    )


def survey(
    sources: tuple[OutlinedFile, ...],
    root: str = "",
    registry: str = REGISTRY,
    installed: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> Survey:
    """Look through a configuration, from its root module on.

    ``registry``: the default one of the program that will read it; ``installed``: the folders of
    modules that lie elsewhere and are here, by the folder and the name of the call.
    """
    providers: dict[str, tuple[str, int]] = {}
    configured: dict[str, int] = {}
    remote: list[RemoteModule] = []
    states: list[SourceLine] = []
    modules = False
    folders = by_folder(sources)
    waiting, seen = [root], {root}
    while waiting:
        folder = waiting.pop()
        here = folders.get(folder, ())
        names = local_names(here, registry)
        for source in here:
            for block in source.body.blocks:
                if block.type == "module":
                    modules = True
                    name = block.labels[0] if block.labels else ""
                    local = module_folder(folder, source, block)
                    child = installed.get((folder, name)) if local is None else local
                    if child is not None and child not in seen:
                        seen.add(child)
                        waiting.append(child)
                    if (folder, name) not in installed:
                        remote += _remote(source, block)
                    continue
                if block.type == "data" and block.labels[:1] == ("terraform_remote_state",):
                    states.append(SourceLine(source.path, source.line(block.start)))
                for name in _provider_names(source, block):
                    address = names.get(name) or canonical_source(name, registry)
                    providers.setdefault(address, (source.path, source.line(block.start)))
                    if block.type == "provider":
                        configured[address] = configured.get(address, 0) + 1
    return Survey(providers, configured, modules, tuple(remote), tuple(states))


def by_folder(sources: Iterable[OutlinedFile]) -> Mapping[str, Sequence[OutlinedFile]]:
    """The files of each folder that has any, in order."""
    found: dict[str, list[OutlinedFile]] = {}
    for source in sources:
        found.setdefault(source.folder, []).append(source)
    return found


def requirements(source: OutlinedFile, settings: Block) -> Iterator[Requirement]:
    """What a ``terraform`` block asks for; an entry that cannot be read is left out."""
    for block in settings.body.named("required_providers"):
        for entry in block.body.attributes:
            try:
                items = {item.name: item for item in object_items(source.text, entry)}
            except NotOutlined:
                continue
            version = items.get("version", None if items else entry)
            yield Requirement(entry.name, items.get("source"), version)


def local_names(sources: Iterable[OutlinedFile], registry: str = REGISTRY) -> dict[str, str]:
    """A module's ``required_providers``: local name to source."""
    names: dict[str, str] = {}
    for source in sources:
        for settings in source.body.named("terraform"):
            for each in requirements(source, settings):
                address = source.literal(each.source) or each.name
                names[each.name] = canonical_source(address, registry)
    return names


def required_versions(
    sources: Sequence[OutlinedFile], registry: str = REGISTRY
) -> dict[str, tuple[str, ...]]:
    """The versions that a configuration asks for, by the provider's source in full, as written."""
    found: dict[str, list[str]] = {}
    names = local_names(sources, registry)
    for source in sources:
        asked: list[tuple[str, str | None]] = []
        for settings in source.body.named("terraform"):
            for each in requirements(source, settings):
                asked.append((each.name, source.literal(each.version)))
        asked += [
            (block.labels[0], source.literal(block.body.attribute("version")))
            for block in source.body.named("provider")
            if block.labels
        ]
        for name, version in asked:
            if version is not None:
                address = names.get(name) or canonical_source(name, registry)
                found.setdefault(address, []).append(version)
    return {address: tuple(versions) for address, versions in found.items()}


def chosen_versions(
    sources: Sequence[OutlinedFile],
    available: Mapping[str, Sequence[str]],
    registry: str = REGISTRY,
) -> dict[str, str]:
    """Of each provider that is there in several versions the newest that all pins allow, as
    ``terraform init`` takes it; the newest of all where they allow none.

    ``available``: versions by source in full, the newest first.
    """
    chosen: dict[str, str] = {}
    asked: dict[str, list[str]] = {}
    for here in by_folder(sources).values():
        for source, constraints in required_versions(here, registry).items():
            asked.setdefault(source, []).extend(constraints)
    for source, versions in available.items():
        pins = asked.get(source, ())
        allowed = (
            version
            for version in versions
            if all(satisfies(version, pin) is not False for pin in pins)
        )
        chosen[source] = next(allowed, versions[0])
    return chosen


def _provider_names(source: OutlinedFile, block: Block) -> Iterator[str]:
    """Local names of the providers that a block needs."""
    if block.type == "provider" and len(block.labels) == 1:
        yield block.labels[0]
    elif block.type in _TYPED and len(block.labels) == 2:
        chosen = block.body.attribute("provider")
        if chosen is not None:
            expression = source.text[chosen.start : chosen.end].strip('"')
            yield expression.split(".")[0].strip()
        else:
            yield block.labels[0].split("_")[0]
    elif block.type == "check":
        for inner in block.body.named("data"):
            yield from _provider_names(source, inner)
    elif block.type == "terraform":
        for required in block.body.named("required_providers"):
            yield from (entry.name for entry in required.body.attributes)


def _remote(source: OutlinedFile, block: Block) -> Iterator[RemoteModule]:
    address = source.literal(block.body.attribute("source"))
    if address and not address.startswith(("./", "../", "/")):
        name = block.labels[0] if block.labels else ""
        yield RemoteModule(name, address, source.path, source.line(block.start))


def module_folder(folder: str, source: OutlinedFile, block: Block) -> str | None:
    """Where a local module lies that ``folder`` calls, "" for the top; None for a remote one."""
    address = source.literal(block.body.attribute("source"))
    if address is None or not address.startswith(("./", "../")):
        return None
    joined = posixpath.normpath(posixpath.join(folder, address))
    if joined == "." or joined.startswith("../") or joined == "..":
        return "" if joined == "." else None
    return joined
