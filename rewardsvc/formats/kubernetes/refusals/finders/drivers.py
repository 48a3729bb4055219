"""What the API server refuses of volumes' sources, classes and drivers."""

from collections.abc import Iterator
from typing import Any

from rewardsvc.formats.kubernetes.manifests import mapping, sequence
from rewardsvc.formats.kubernetes.refusals.rules import Problem
from rewardsvc.formats.kubernetes.refusals.values import plain

_SYSTEM_CLASSES = frozenset({"system-cluster-critical", "system-node-critical"})


def topologies(value: Any) -> Iterator[Problem]:
    """Terms of a topology without values, or with a key twice."""
    for index, term in enumerate(sequence(value)):
        seen: set[str] = set()
        for place, each in enumerate(sequence(mapping(term).get("matchLabelExpressions"))):
            body = mapping(each)
            here = (index, "matchLabelExpressions", place)
            if body and not body.get("values"):
                yield (*here, "values"), "it must be given"
            key = plain(body.get("key"))
            if key is not None and key in seen:
                yield (*here, "key"), f"{key} is there twice"
            seen |= {key} if key is not None else set()


def audience(request: Any) -> str | None:
    """What tells requests of tokens apart; None where they cannot be compared."""
    body = request if isinstance(request, dict) else None
    found = body.get("audience") if body is not None else None
    return found if isinstance(found, str) else None


def reserved(value: Any) -> Iterator[Problem]:
    """A name that is kept for the cluster's own classes."""
    text = plain(value)
    if text and text.startswith("system-") and text not in _SYSTEM_CLASSES:
        yield (), f"{text!r}: names that begin with system- are the cluster's own"


def source_kind(reference: Any) -> Iterator[Problem]:
    """A kind of the core's group that no claim is filled from."""
    body = mapping(reference)
    kind = plain(body.get("kind"))
    if kind and not body.get("apiGroup") and kind != "PersistentVolumeClaim":
        yield ("kind",), f"without apiGroup it is PersistentVolumeClaim, not {kind}"
