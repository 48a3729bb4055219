"""Overlooks what a configuration says about a machine that is not ours. Pure.

A completion written for another Terraform or provider version, or with a backend for its state,
must not fail because of it. Only what would fail here is changed, in the copy that Terraform
reads: a constraint that our versions do not satisfy becomes ``">= 0"``, a ``backend`` or ``cloud``
block is blanked, and a lock file is left out. Lines stay where they are. (An override file would
do for ``required_version`` but not for backends, and would hide mistakes beside them.)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sandbox.terraform.constraints import satisfies
from sandbox.terraform.hcl import Attribute, Block, NotOutlined, literal, object_items
from sandbox.terraform.providers import canonical_source
from sandbox.terraform.survey import Source

_ANY = '">= 0"'


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The files as Terraform shall read them, and what was overlooked, in words."""

    files: Mapping[str, bytes]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace what stands from ``start`` to ``end``."""

    start: int
    end: int
    text: str


def relax(
    files: Mapping[str, bytes],
    sources: tuple[Source, ...],
    terraform_version: str,
    provider_versions: Mapping[str, str],
) -> Relaxed:
    """Overlook what concerns our machine; ``provider_versions`` by source in full."""
    relaxed, notes = dict(files), []
    for path in files:
        if path.rpartition("/")[2] == ".terraform.lock.hcl":
            del relaxed[path]
            notes.append(f"{path} (the lock file)")
    for source in sources:
        edits = []
        for edit, note in _edits(source, terraform_version, provider_versions):
            edits.append(edit)
            notes.append(note)
        if edits:
            relaxed[source.path] = apply(source.text, edits).encode()
    return Relaxed(relaxed, tuple(notes))


def apply(text: str, edits: list[Edit]) -> str:
    """The text with every edit done; edits do not overlap."""
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def blank(text: str, start: int, end: int) -> Edit:
    """An edit that takes something out and keeps the lines."""
    return Edit(start, end, "\n" * text.count("\n", start, end))


def _edits(
    source: Source, terraform_version: str, provider_versions: Mapping[str, str]
) -> Iterator[tuple[Edit, str]]:
    for block in source.body.named("terraform"):
        required = block.body.attribute("required_version")
        yield from _constraint(source, required, "terraform", terraform_version)
        for place in block.body.named("backend", "cloud"):
            name = " ".join([place.type, *(f'"{label}"' for label in place.labels)])
            yield blank(source.text, place.start, place.end), name
        for providers in block.body.named("required_providers"):
            yield from _required_providers(source, providers, provider_versions)
    for block in source.body.named("provider"):
        name = block.labels[0] if block.labels else ""
        version = provider_versions.get(canonical_source(name))
        yield from _constraint(source, block.body.attribute("version"), name, version)


def _required_providers(
    source: Source, block: Block, provider_versions: Mapping[str, str]
) -> Iterator[tuple[Edit, str]]:
    for entry in block.body.attributes:
        try:
            items = {item.name: item for item in object_items(source.text, entry)}
        except NotOutlined:
            continue
        address = canonical_source(literal(source.text, items.get("source")) or entry.name)
        constraint = items.get("version", entry if not items else None)
        yield from _constraint(source, constraint, entry.name, provider_versions.get(address))


def _constraint(
    source: Source, attribute: Attribute | None, name: str, version: str | None
) -> Iterator[tuple[Edit, str]]:
    constraint = literal(source.text, attribute)
    if attribute is None or constraint is None or version is None:
        return
    if satisfies(version, constraint) is False:
        yield (
            Edit(attribute.start, attribute.end, _ANY),
            f'{name} version "{constraint}" (this is {version})',
        )
