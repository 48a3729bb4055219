"""What a configuration needs before Terraform sees it: providers, modules. Pure.

It reads outlines only; a file that cannot be outlined adds nothing, for Terraform will refuse it.
"""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sandbox.terraform.hcl import Block, Body, NotOutlined, literal, object_items, outline
from sandbox.terraform.providers import canonical_source

MAX_BYTES = 256 * 1024
"""A larger file is not outlined: reading one takes time in this process, not in the sandbox."""

_TYPED = ("resource", "data", "ephemeral")


@dataclass(frozen=True, slots=True)
class Source:
    """One outlined file of a configuration."""

    path: str
    text: str
    body: Body


@dataclass(frozen=True, slots=True)
class Survey:
    """What the root module and the local modules that it reaches name.

    ``providers``: sources in full, each with the place (file, line) that first names it.
    ``configured``: how many ``provider`` blocks each source has.
    ``modules``: whether there is a module to install.
    """

    providers: Mapping[str, tuple[str, int]]
    configured: Mapping[str, int]
    modules: bool


def outlines(files: Mapping[str, bytes]) -> tuple[Source, ...]:
    """The ``.tf`` files that can be outlined."""
    found = []
    for path, content in sorted(files.items()):
        if not path.endswith(".tf") or len(content) > MAX_BYTES:
            continue
        try:
            text = content.decode("utf-8-sig")
            found.append(Source(path, text, outline(text)))
        except (UnicodeDecodeError, NotOutlined):
            continue
    return tuple(found)


def survey(sources: tuple[Source, ...]) -> Survey:
    """Look through a configuration, from its root module on."""
    providers: dict[str, tuple[str, int]] = {}
    configured: dict[str, int] = {}
    modules = False
    waiting, seen = [""], {""}
    while waiting:
        folder = waiting.pop()
        here = [source for source in sources if posixpath.dirname(source.path) == folder]
        names = _local_names(here)
        for source in here:
            for block in source.body.blocks:
                if block.type == "module":
                    modules = True
                    child = _module_folder(folder, source, block)
                    if child is not None and child not in seen:
                        seen.add(child)
                        waiting.append(child)
                    continue
                for name in _provider_names(source, block):
                    address = names.get(name) or canonical_source(name)
                    place = (source.path, source.text.count("\n", 0, block.start) + 1)
                    providers.setdefault(address, place)
                    if block.type == "provider":
                        configured[address] = configured.get(address, 0) + 1
    return Survey(providers, configured, modules)


def _local_names(sources: list[Source]) -> dict[str, str]:
    """A module's ``required_providers``: local name to source."""
    names: dict[str, str] = {}
    for source in sources:
        for settings in source.body.named("terraform"):
            for block in settings.body.named("required_providers"):
                for entry in block.body.attributes:
                    try:
                        items = {item.name: item for item in object_items(source.text, entry)}
                    except NotOutlined:
                        continue
                    address = literal(source.text, items.get("source")) or entry.name
                    names[entry.name] = canonical_source(address)
    return names


def _provider_names(source: Source, block: Block) -> Iterator[str]:
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
    elif block.type == "terraform":
        for required in block.body.named("required_providers"):
            yield from (entry.name for entry in required.body.attributes)


def _module_folder(folder: str, source: Source, block: Block) -> str | None:
    """Where a local module lies, "" for the root; None for a remote one."""
    address = literal(source.text, block.body.attribute("source"))
    if address is None or not address.startswith(("./", "../")):
        return None
    joined = posixpath.normpath(posixpath.join(folder, address))
    return None if joined.startswith("..") else joined.removeprefix(".")
