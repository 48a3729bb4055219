"""What the API server refuses of claims, volumes, ConfigMaps, Secrets and limits."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from rewardsvc.formats.kubernetes.manifests import mapping, sequence
from rewardsvc.formats.kubernetes.quantities import amount
from rewardsvc.formats.kubernetes.refusals.rules import Problem
from rewardsvc.formats.kubernetes.refusals.values import (
    decoded,
    plain,
)

MAX_BYTES = 1024**2
"""Of what a ConfigMap or Secret holds (``MaxSecretSize``)."""


def access_modes(spec: Any) -> Iterator[Problem]:
    """Access modes that exclude each other."""
    body = mapping(spec)
    modes = body.get("accessModes")
    if body and not modes:
        yield ("accessModes",), "it must be given"
    elif len(sequence(modes)) > 1 and "ReadWriteOncePod" in sequence(modes):
        yield ("accessModes",), "ReadWriteOncePod excludes every other"


def claimed(spec: Any) -> Iterator[Problem]:
    """A claim that does not ask for storage."""
    body = mapping(spec)
    requests = mapping(mapping(body.get("resources")).get("requests"))
    if body and requests.get("storage") is None:
        yield ("resources", "requests", "storage"), "it must be given"


def held(spec: Any) -> Iterator[Problem]:
    """A volume without a size."""
    body = mapping(spec)
    if body and mapping(body.get("capacity")).get("storage") is None:
        yield ("capacity", "storage"), "it must be given"


def local_volume(spec: Any) -> Iterator[Problem]:
    """A local volume that names no node."""
    body = mapping(spec)
    if body.get("local") is not None and body.get("nodeAffinity") is None:
        yield ("local",), "a local volume needs nodeAffinity"
    if body.get("persistentVolumeReclaimPolicy") == "Recycle":
        path = mapping(body.get("hostPath")).get("path")
        if path == "/":
            yield ("persistentVolumeReclaimPolicy",), "the root of a host is not recycled"


def key_twice(body: Any) -> Iterator[Problem]:
    """A key in data and in binaryData."""
    data, binary = mapping(body.get("data")), mapping(body.get("binaryData"))
    for key in binary:
        if key in data:
            yield ("binaryData", key), "data has this key as well"


def too_much(body: Any) -> Iterator[Problem]:
    """More than a resource of data holds."""
    sizes = dict.fromkeys(("data", "binaryData", "stringData"), 0)
    for field, encoded in (("data", body.get("kind") == "Secret"), ("binaryData", True)):
        for value in mapping(body.get(field)).values():
            if isinstance(value, str):
                sizes[field] += len(value) * 3 // 4 if encoded else _bytes(value)
    for value in mapping(body.get("stringData")).values():
        sizes["stringData"] += _bytes(value) if isinstance(value, str) else 0
    if sum(sizes.values()) > MAX_BYTES + 2:
        yield (max(sizes, key=sizes.__getitem__),), f"it holds more than {MAX_BYTES} bytes"


def _bytes(text: str) -> int:
    return len(text.encode(errors="replace"))


_KEYS = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}


def keys_of_type(body: Any) -> Iterator[Problem]:
    """Keys that a Secret's type needs."""
    kind = body.get("type")
    given = {**mapping(body.get("data")), **mapping(body.get("stringData"))}
    for key in _KEYS.get(kind, ()) if isinstance(kind, str) else ():
        if key not in given:
            yield ("type",), f"a Secret of the type {kind} has the key {key}"
    if kind == "kubernetes.io/basic-auth" and not given.keys() & {"username", "password"}:
        yield ("type",), f"a Secret of the type {kind} has the key username or password"
    if kind == "kubernetes.io/service-account-token":
        annotations = mapping(mapping(body.get("metadata")).get("annotations"))
        if not annotations.get("kubernetes.io/service-account.name"):
            yield ("type",), "it needs the annotation kubernetes.io/service-account.name"


def docker_config(body: Any) -> Iterator[Problem]:
    """What is no configuration of Docker."""
    for kind, key in (
        ("kubernetes.io/dockerconfigjson", ".dockerconfigjson"),
        ("kubernetes.io/dockercfg", ".dockercfg"),
    ):
        if body.get("type") != kind:
            continue
        for field in ("stringData", "data"):
            text = plain(mapping(body.get(field)).get(key))
            if text is None:
                continue
            content = decoded(text) if field == "data" else text.encode(errors="replace")
            if content is not None and not _is_json(content):
                yield (field, key), "it is no JSON"
            break


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True


def bounds(limit: Any) -> Iterator[Problem]:
    """Limits that exclude each other."""
    body = mapping(limit)
    order = ("min", "defaultRequest", "default", "max")
    names = {name for key in order for name in mapping(body.get(key))}
    for name in sorted(str(name) for name in names):
        before: tuple[str, Decimal] | None = None
        for key in order:
            found = amount(mapping(body.get(key)).get(name))
            if found is None:
                continue
            if before is not None and found < before[1]:
                yield (key, name), f"{key} of {name} is less than its {before[0]}"
            before = (key, found)


def pod_defaults(limit: Any) -> Iterator[Problem]:
    """Defaults of a whole pod."""
    if mapping(limit).get("type") == "Pod":
        for key in ("default", "defaultRequest"):
            if mapping(limit).get(key):
                yield (key,), "limits of Pods have no defaults"
