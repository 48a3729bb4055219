"""What the API server refuses in the schema of a custom resource's definition."""

from collections.abc import Iterator
from typing import Any

from rewardsvc.formats.kubernetes.manifests import mapping
from rewardsvc.formats.kubernetes.refusals.rules import Check, Problem
from rewardsvc.formats.kubernetes.refusals.values import plain

MAX_DEPTH = 60

_TYPES: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}
_NOT_THERE = ("$ref", "definitions", "dependencies", "id", "patternProperties")


def of_schemas(check: Check) -> Check:
    """A check of every schema in a schema: of properties, items and further properties."""

    def walked(value: Any, depth: int = 0) -> Iterator[Problem]:
        if not isinstance(value, dict) or depth > MAX_DEPTH:
            return
        yield from check(value)
        for name, inner in mapping(value.get("properties")).items():
            for path, words in walked(inner, depth + 1):
                yield ("properties", name, *path), words
        for key in ("items", "additionalProperties"):
            for path, words in walked(value.get(key), depth + 1):
                yield (key, *path), words

    return walked


def default(schema: Any) -> Iterator[Problem]:
    """A default that the schema beside it does not accept."""
    given, kind = schema.get("default"), schema.get("type")
    if given is None or not isinstance(kind, str) or kind not in _TYPES:
        return
    wrong_bool = isinstance(given, bool) and kind != "boolean"
    whole = kind == "integer" and isinstance(given, float) and given.is_integer()
    if wrong_bool or (not isinstance(given, _TYPES[kind]) and not whole):
        yield ("default",), f"{given!r} is no {kind}"
    elif isinstance(known := schema.get("enum"), list) and given not in known:
        yield ("default",), f"{given!r} is not one of {', '.join(map(str, known))}"


def forbidden(schema: Any) -> Iterator[Problem]:
    """What JSON Schema has and a definition's does not."""
    for key in _NOT_THERE:
        if schema.get(key):
            yield (key,), "the schema of a definition does not have it"
    if schema.get("uniqueItems") is True:
        yield ("uniqueItems",), "it cannot be true: x-kubernetes-list-type: set says so"
    further = schema.get("additionalProperties")
    if further is False:
        yield ("additionalProperties",), "it cannot be false: unknown fields are pruned"
    elif further is not None and schema.get("properties"):
        yield ("additionalProperties",), "it excludes properties"


def scale(value: Any) -> Iterator[Problem]:
    """Paths of a scale that lead elsewhere."""
    wanted = {
        "specReplicasPath": (".spec.",),
        "statusReplicasPath": (".status.",),
        "labelSelectorPath": (".spec.", ".status."),
    }
    for key, roots in wanted.items():
        path = plain(mapping(value).get(key))
        if path and not path.startswith(roots):
            yield (key,), f"{path!r} does not begin with {' or '.join(roots)}"


def list_kind(names: Any) -> Iterator[Problem]:
    """A list that is called as its items are."""
    kind = plain(mapping(names).get("kind"))
    if kind and mapping(names).get("listKind") == kind:
        yield ("listKind",), f"kind and listKind are both {kind}"


def conversion(value: Any) -> Iterator[Problem]:
    """A conversion without its webhook, or a webhook that nobody asks."""
    body = mapping(value)
    hook = body.get("webhook")
    if body.get("strategy") == "Webhook" and hook is None:
        yield ("webhook",), "the strategy Webhook has one"
    elif body.get("strategy") == "None" and hook is not None:
        yield ("webhook",), "the strategy None has none"
