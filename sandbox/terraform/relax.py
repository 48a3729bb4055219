"""Overlooks what a configuration says about a machine that is not ours. Pure.

A completion written for another Terraform or provider version, or with a backend for its state,
must not fail because of it. Only what would fail here is changed, in the copy that Terraform
reads: a constraint that our versions do not satisfy becomes ``">= 0"``, a ``backend`` or ``cloud``
block is blanked (in JSON syntax it becomes a comment, a property named "//"), and a lock file is
left out. Lines stay where they are. (An override file would do for ``required_version`` but not for
backends, and would hide mistakes beside them.)
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sandbox.hcl.addresses import REGISTRY, canonical_source
from sandbox.hcl.constraints import satisfies
from sandbox.hcl.outline import Block, HclAttribute
from sandbox.hcl.survey import OutlinedFile, by_folder, local_names, requirements
from sandbox.hcl.tfjson import STRING

OVERLOOKED_VERSION = '">= 0"'
"""What a constraint that our versions do not satisfy becomes."""
_ITSELF = "terraform"
"""What is asked for with ``required_version``."""


@dataclass(frozen=True, slots=True)
class Unmet:
    """A version that is asked for and is not ``here``, of a provider (``name``: as it is called)
    or, where ``module`` is set, of a registry's module."""

    name: str
    wanted: str
    here: str
    module: bool = False

    def __str__(self) -> str:
        return f'{self.name} version "{self.wanted}" (this is {self.here})'


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The files as Terraform shall read them, and what was overlooked, in words.

    ``unmet``: of that, the versions of providers and modules.
    """

    files: Mapping[str, bytes]
    notes: tuple[str, ...]
    unmet: tuple[Unmet, ...] = ()


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Replace what stands from ``start`` to ``end``."""

    start: int
    end: int
    text: str


Overlooked = tuple[TextEdit, str | Unmet]
"""An edit, and what it overlooks."""


def relax(
    files: Mapping[str, bytes],
    sources: tuple[OutlinedFile, ...],
    terraform_version: str,
    provider_versions: Mapping[str, str],
    registry: str = REGISTRY,
    *,
    more: Mapping[str, Sequence[Overlooked]] = MappingProxyType({}),
) -> Relaxed:
    """Overlook what concerns our machine; ``provider_versions`` by source in full.

    ``more``: what else is overlooked, by path.
    """
    relaxed, notes = dict(files), []
    unmet: dict[Unmet, None] = {}
    for path in files:
        if path.rpartition("/")[2] == ".terraform.lock.hcl":
            del relaxed[path]
            notes.append(f"{path} (the lock file)")
    names = {folder: local_names(here, registry) for folder, here in by_folder(sources).items()}
    for source in sources:
        edits = []
        machine = _Machine(terraform_version, provider_versions, names[source.folder], registry)
        for edit, overlooked in (*_edits(source, machine), *more.get(source.path, ())):
            edits.append(edit)
            if isinstance(overlooked, Unmet):
                unmet[overlooked] = None
            notes.append(str(overlooked))
        if edits:
            relaxed[source.path] = apply(source.text, edits).encode()
    return Relaxed(relaxed, tuple(notes), tuple(each for each in unmet if each.name != _ITSELF))


def apply(text: str, edits: list[TextEdit]) -> str:
    """The text with every edit done; they do not overlap, but one may be there twice."""
    pieces = []
    position = 0
    for edit in sorted(set(edits), key=lambda edit: edit.start):
        pieces += [text[position : edit.start], edit.text]
        position = edit.end
    return "".join((*pieces, text[position:]))


def without(source: OutlinedFile, part: HclAttribute | Block) -> TextEdit:
    """An edit that takes an attribute or a block out of a file and keeps the lines."""
    start = part.at if isinstance(part, HclAttribute) else part.start
    if source.json:
        name = STRING.match(source.text, start)
        assert name is not None, "a property has a name"
        return TextEdit(start, name.end(), '"//"')
    return TextEdit(start, part.end, "\n" * source.text.count("\n", start, part.end))


@dataclass(frozen=True, slots=True)
class _Machine:
    """The versions that are there, and what a module calls its providers."""

    terraform: str
    providers: Mapping[str, str]
    names: Mapping[str, str]
    registry: str

    def version(self, name: str) -> str | None:
        """The version of a provider by its local name."""
        return self.providers.get(self.names.get(name) or canonical_source(name, self.registry))


def _edits(source: OutlinedFile, machine: _Machine) -> Iterator[Overlooked]:
    for block in source.body.named("terraform"):
        required = block.body.attribute("required_version")
        yield from _constraint(source, required, _ITSELF, machine.terraform)
        for place in block.body.named("backend", "cloud"):
            name = " ".join([place.type, *(f'"{label}"' for label in place.labels)])
            yield without(source, place), name
        for each in requirements(source, block):
            yield from _constraint(source, each.version, each.name, machine.version(each.name))
    for block in source.body.named("provider"):
        name = block.labels[0] if block.labels else ""
        yield from _constraint(source, block.body.attribute("version"), name, machine.version(name))


def _constraint(
    source: OutlinedFile, attribute: HclAttribute | None, name: str, version: str | None
) -> Iterator[tuple[TextEdit, Unmet]]:
    constraint = source.literal(attribute)
    if attribute is None or constraint is None or version is None:
        return
    if satisfies(version, constraint) is False:
        edit = TextEdit(attribute.start, attribute.end, OVERLOOKED_VERSION)
        yield edit, Unmet(name, constraint, version)
