"""How Kubernetes manifests are compared: documents, and the items of lists, in any order.

A node of the graph is a document, an edge a field whose value is the name of another document, or
the selector of a Service whose pods another one makes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from rewardsvc.artifact import Artifact
from rewardsvc.comparison import Comparison, ResourceGraph
from rewardsvc.formats.kubernetes.mutants import MUTATIONS
from rewardsvc.types import JsonValue

_WORKLOADS_LABELS = ("spec", "template", "metadata", "labels")


def canonical(artifact: Artifact) -> JsonValue:
    """The documents by their files, in an order of their own."""
    return _in_any_order(MUTATIONS.projection(artifact))


def _in_any_order(documents: JsonValue) -> JsonValue:
    if isinstance(documents, Mapping):
        return {key: _in_any_order(each) for key, each in documents.items()}
    if isinstance(documents, list):
        return sorted(documents, key=lambda each: json.dumps(each, sort_keys=True, default=str))
    return documents


def graph(artifact: Artifact) -> ResourceGraph:
    """The graph of all documents together."""
    found = MUTATIONS.projection(artifact)
    documents = [each for some in found.values() for each in some]
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
    return ResourceGraph(tuple(str(each["kind"]) for each in objects), tuple(sorted(edges)))


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


COMPARISON = Comparison(canonical=canonical, graph=graph, sign="apiVersion:")
