"""The resource graph of an answer: types and how they refer to each other, without names. Pure.

For Terraform a node is a resource, a data source or a module, and an edge an expression that names
another one. For Kubernetes a node is a document, and an edge a field whose value is the name of
another document. Two graphs with equal digests agree in two rounds of colour refinement
(Weisfeiler and Leman 1968), which tells apart nearly all that differ.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from rewardsvc.artifact import Artifact
from rewardsvc.formats import FORMATS
from rewardsvc.types import JsonValue
from sandbox.hcl.outline import Block, Body, outline

GRAPH_FORMATS = ("terraform", "kubernetes")
"""Formats whose answers have one."""

_ROUNDS = 2
_REFERENCE = re.compile(r"(?<![\w.\"-])(?:data\.)?[A-Za-z_][\w-]*\.[A-Za-z_][\w-]*")
_WORKLOADS_LABELS = ("spec", "template", "metadata", "labels")


@dataclass(frozen=True, slots=True)
class Graph:
    """``types``: of the nodes. ``edges``: from node, by which field, to node."""

    types: tuple[str, ...]
    edges: tuple[tuple[int, str, int], ...]

    @property
    def digest(self) -> bytes:
        """Equal for graphs of the same shape, whatever the order of their nodes."""
        colours = list(self.types)
        for _ in range(_ROUNDS):
            seen: list[list[str]] = [[] for _ in colours]
            for source, field, target in self.edges:
                seen[source].append(f">{field}>{colours[target]}")
                seen[target].append(f"<{field}<{colours[source]}")
            colours = [
                blake2b(json.dumps([own, sorted(near)]).encode(), digest_size=12).hexdigest()
                for own, near in zip(colours, seen, strict=True)
            ]
        return blake2b(json.dumps(sorted(colours)).encode(), digest_size=16).digest()


def graph_of(format: str, artifact: Artifact | None) -> Graph | None:
    """The graph of an answer's files; None where the format has none, or a file does not parse."""
    if artifact is None or format not in GRAPH_FORMATS:
        return None
    try:
        if format == "terraform":
            return _of_terraform([file.text for file in artifact.files])
        projection = FORMATS[format].mutations.load().projection(artifact)
        return _of_kubernetes([each for documents in projection.values() for each in documents])
    except (ValueError, RecursionError):
        return None


def _of_terraform(texts: Sequence[str]) -> Graph:
    places: dict[str, int] = {}
    types: list[str] = []
    found: list[tuple[str, Block]] = []
    for text in texts:
        for block in outline(text).named("resource", "data", "module"):
            prefix = {"resource": "", "data": "data.", "module": "module."}[block.type]
            places[prefix + ".".join(block.labels[:2])] = len(types)
            types.append(prefix + block.labels[0] if block.type != "module" else "module")
            found.append((text, block))
    edges = {
        (source, field, places[name])
        for source, (text, block) in enumerate(found)
        for field, name in _named(text, block.body)
        if name in places and places[name] != source
    }
    return Graph(tuple(types), tuple(sorted(edges)))


def _named(text: str, body: Body) -> Iterator[tuple[str, str]]:
    """What the expressions of a body name, each with the attribute that does."""
    for attribute in body.attributes:
        for match in _REFERENCE.finditer(_in_templates(text[attribute.start : attribute.end])):
            yield attribute.name, match[0]
    for block in body.blocks:
        yield from _named(text, block.body)


def _in_templates(expression: str) -> str:
    """An expression with the brackets of templates as blanks: what they name stands free then."""
    return re.sub(r"[\"$%{}]", " ", expression)


def _of_kubernetes(documents: Sequence[JsonValue]) -> Graph:
    objects = [each for each in documents if isinstance(each, dict) and "kind" in each]
    names: dict[str, list[int]] = {}
    for place, each in enumerate(objects):
        name = _at(each, ("metadata", "name"))
        if isinstance(name, str):
            names.setdefault(name, []).append(place)
    edges = set()
    for source, each in enumerate(objects):
        for field, text in _texts({key: each[key] for key in each if key != "metadata"}):
            for target in names.get(text, ()):
                if target != source:
                    edges.add((source, field, target))
        edges |= {(source, "selector", target) for target in _selected(each, objects)}
    return Graph(tuple(str(each["kind"]) for each in objects), tuple(sorted(edges)))


def _selected(selecting: Mapping[str, JsonValue], objects: Sequence[JsonValue]) -> Iterator[int]:
    """The workloads whose pods a Service selects."""
    selector = _at(selecting, ("spec", "selector"))
    if selecting["kind"] != "Service" or not isinstance(selector, dict):
        return
    for place, each in enumerate(objects):
        labels = _at(each, _WORKLOADS_LABELS)
        if isinstance(labels, dict) and selector.items() <= labels.items():
            yield place


def _texts(value: JsonValue, field: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, field)
    elif isinstance(value, str):
        yield field, value


def _at(value: JsonValue, path: Sequence[str]) -> JsonValue:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value
