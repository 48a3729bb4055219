"""Mutants of YAML files: manifests, compose files, CI pipelines. Edits of the tree, rendered again.

Every key, item and scalar is a place. Left alone are ``apiVersion`` and ``kind`` of a manifest
(every schema refuses another, which would only flatter the figures) and what a local tag stands
before.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import yaml

from rewardsvc.artifact import Artifact
from rewardsvc.audit.mutation.mutant import Edit, Kind
from rewardsvc.audit.mutation.mutations import Mutations
from rewardsvc.audit.mutation.render import Tagged, YamlError, load, render, tagged
from rewardsvc.audit.mutation.semantics import Path, YamlSemantics
from rewardsvc.audit.mutation.values import changes, switch
from rewardsvc.audit.mutation.yaml_entries import denied, extended
from rewardsvc.audit.mutation.yaml_references import exchanged
from rewardsvc.audit.mutation.yaml_tree import GONE, TreeChange, changed, walk
from rewardsvc.types import JsonValue, Target

MAX_LEAVES = 8
"""Scalars in what is dropped as one attribute; more is half of the answer, which any check sees."""

IDENTITY = frozenset({("apiVersion",), ("kind",)})
IMAGE_KEYS = frozenset({"image", "base_image", "docker_image", "container"})
PORT_KEY = re.compile(r"port", re.IGNORECASE)


Read = Callable[[str], list[JsonValue]]
"""The documents of a text, empty ones left out. Raises YamlError."""


def yaml_mutations(semantics: YamlSemantics, *, read: Read = load) -> Mutations:
    """The mutations of a YAML format whose parts mean that.

    ``read``: for formats with tags that mean something; what a tag says is changed where that
    stands in what is read, and mutants are written as it has it.
    """

    def documents(artifact: Artifact) -> JsonValue:
        return {file.path: read(file.text) for file in artifact.files}

    return Mutations(
        edits=lambda file: _edits(semantics, read, file.text), projection=documents, shown=_shown_of
    )


def _shown_of(text: str) -> Mapping[Target, JsonValue] | None:
    """The documents, where the verifier shows them as they are: no lists, merges or tags."""
    try:
        documents = load(text)
    except YamlError:
        return None
    lists = any(isinstance(each, dict) and each.get("kind") == "List" for each in documents)
    if lists or "<<" in text or any(map(tagged, documents)):
        return None
    return {Target.DOCUMENTS: documents}


def _edits(semantics: YamlSemantics, read: Read, text: str) -> Iterator[Edit]:
    try:
        documents = read(text)
    except YamlError:
        return
    lines = _places(text)
    for index in range(len(documents)):
        for change in _of_document(semantics, documents, index):
            left = changed(documents, index, change)
            if not left or left == documents:
                continue
            yield Edit(
                kind=change.kind,
                line=_line(lines, (index, *change.path)),
                path=_shown(change.path, documents[index]),
                before=change.before,
                after=change.after,
                text=render(left),
                lost=change.lost,
                vital=change.vital,
            )


def _of_document(
    semantics: YamlSemantics, documents: list[JsonValue], index: int
) -> Iterator[TreeChange]:
    document = documents[index]
    if len(documents) > 1 and isinstance(document, Mapping):
        kind, name = str(document.get("kind", "")), _name_of(document)
        yield TreeChange(Kind.DROP_RESOURCE, (), GONE, (kind, name), f"{kind} {name}".strip())
    for path, value in walk(document, ()):
        if path in IDENTITY or isinstance(value, Tagged):
            continue
        yield from _drops(semantics, documents, index, path, value)
        if semantics.names_resource(path, document):
            key = str(path[-1])
            other = f"{key}-other"
            yield TreeChange(Kind.CHANGE_NAME, path, value, (key,), key, other, key=other)
        for after in semantics.weakened(path, value):
            yield TreeChange(Kind.WEAKEN_POLICY, path, after, (), _brief(value), _brief(after))
        grows = semantics.grows(path) and not denied(document, path)
        if grows and (more := extended(path, value)) is not None:
            yield TreeChange(Kind.ADD_ENTRY, path, more, (), _brief(value), _brief(more))
        if not isinstance(value, Mapping | list):
            yield from _of_scalar(semantics, documents, index, path, value)
    yield from exchanged(semantics, documents, index)


def _drops(
    semantics: YamlSemantics, documents: list[JsonValue], index: int, path: Path, value: JsonValue
) -> Iterator[TreeChange]:
    document = documents[index]
    if semantics.is_resource(path, document):
        if _siblings(document, path) > 1:
            said = (str(path[-1]), *_leaves(value))
            yield TreeChange(Kind.DROP_RESOURCE, path, GONE, said, str(path[-1]))
        return
    leaves = _leaves(value)
    if len(path) > 1 and _siblings(document, path) == 1:
        return  # to drop the only entry is to drop the whole, which has a mutant of its own
    if len(leaves) <= MAX_LEAVES:
        key = words_of(path[-1], leaves)
        yield TreeChange(
            Kind.DROP_ATTRIBUTE, path, GONE, (*key, *leaves), _brief(value) or str(path[-1]),
            vital=_vital(semantics, documents, index, path, value),
        )  # fmt: skip


def _vital(
    semantics: YamlSemantics, documents: list[JsonValue], index: int, path: Path, value: JsonValue
) -> bool:
    """Whether there is a switch or a reference in what would be dropped."""
    for inner, leaf in ((path, value), *walk(value, path)):
        if isinstance(leaf, bool):
            return True
        if isinstance(leaf, str) and (
            switch(leaf) or semantics.refers(inner, leaf, documents, index)
        ):
            return True
    return False


def _of_scalar(
    semantics: YamlSemantics, documents: list[JsonValue], index: int, path: Path, value: JsonValue
) -> Iterator[TreeChange]:
    if value is None:
        return
    if isinstance(value, bool):
        yield TreeChange(Kind.FLIP_BOOLEAN, path, not value, (), _brief(value), _brief(not value))
        return
    text = value if isinstance(value, str) else _brief(value)
    if isinstance(value, str):
        for other in semantics.broken(path, value, documents, index):
            yield TreeChange(Kind.BREAK_REFERENCE, path, other, (), value, other)
        if semantics.refers(path, value, documents, index):
            return
    key = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
    for change in changes(text, image=key in IMAGE_KEYS, port=bool(PORT_KEY.search(key))):
        after: JsonValue = change.after
        if not isinstance(value, str):
            after = float(after) if "." in change.after else int(change.after)
        yield TreeChange(change.kind, path, after, change.lost, text, change.after)


def _siblings(document: JsonValue, path: Path) -> int:
    place: Any = document
    for part in path[:-1]:
        place = place[part]
    return len(place)


def _leaves(value: JsonValue) -> tuple[str, ...]:
    if isinstance(value, Mapping):
        return tuple(leaf for inner in value.values() for leaf in _leaves(inner))
    if isinstance(value, list):
        return tuple(leaf for inner in value for leaf in _leaves(inner))
    if isinstance(value, Tagged):
        return _leaves(value.value)
    return () if value is None or isinstance(value, bool) else (_brief(value),)


def words_of(key: str | int, leaves: tuple[str, ...]) -> tuple[str, ...]:
    """A key as an instruction may name it: ``readinessProbe`` as "readiness probe".

    Plain words (``name``, ``image``) stand in any instruction and tell nothing, unless there is
    nothing below the key that tells more.
    """
    if isinstance(key, int):
        return ()
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_-]+", " ", key).lower()
    if words == key:
        return () if leaves else (key,)
    return (key, words)


def _brief(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping | list):
        return render([value]).strip() if value else ""
    return "null" if value is None else str(value).lower()


def _name_of(document: Mapping[str, JsonValue]) -> str:
    metadata = document.get("metadata")
    return str(metadata.get("name", "")) if isinstance(metadata, Mapping) else ""


def _shown(path: Path, document: JsonValue) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    kind = document.get("kind") if isinstance(document, Mapping) else None
    return f"{kind}: {text.lstrip('.')}" if isinstance(kind, str) else text.lstrip(".")


def _places(text: str) -> dict[Path, int]:
    """The 1-based line of every node, by document and path."""
    found: dict[Path, int] = {}

    def visit(node: Any, path: Path) -> None:
        found.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, inner in node.value:
                found[(*path, str(key.value))] = key.start_mark.line + 1
                visit(inner, (*path, str(key.value)))
        elif isinstance(node, yaml.SequenceNode):
            for place, inner in enumerate(node.value):
                visit(inner, (*path, place))

    try:
        nodes = [node for node in yaml.compose_all(text, Loader=yaml.CSafeLoader) if node]
    except yaml.YAMLError:
        return found
    present = [node for node in nodes if not (isinstance(node, yaml.ScalarNode) and not node.value)]
    for index, node in enumerate(present):
        visit(node, (index,))
    return found


def _line(lines: Mapping[Path, int], path: Path) -> int:
    """The line of a path; of a merged key, that of the nearest node above."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)
