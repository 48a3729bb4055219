"""One more entry of a list that gives access or is reached: a subject, port, statement. Pure.

Beside what gives everything already one more gives nothing: where a list has that, and where
nothing but a label would tell the new entry, there is none.
"""

import copy
import re
from collections.abc import Mapping
from typing import Any

from rewardsvc.audit.mutation.mutant import Kind
from rewardsvc.audit.mutation.semantics import Path
from rewardsvc.audit.mutation.values import changes
from rewardsvc.audit.mutation.yaml_tree import walk
from rewardsvc.checks.equality import json_equal
from rewardsvc.types import JsonValue

_IDENTITY = frozenset(
    {"name", "port", "endPort", "containerPort", "hostPort", "nodePort", "host", "path", "Sid",
     "Action", "FromPort", "ToPort", "ContainerPort", "Port", "Endpoint", "CidrIp", "resources",
     "resource"}
)  # fmt: skip
"""Keys by whose values the entries of a list are told apart."""

_LABELS = frozenset({"Sid"})
"""Keys that name an entry and say nothing of what it gives."""

_EVERYTHING = re.compile(r"(?:.*:)?\*|\*\*|ALL|0\.0\.0\.0/0|::/0|/\.\*/")
_EVERY_PROTOCOL = frozenset({"-1", "all"})
_PORTS = frozenset({"FromPort", "ToPort"})

_KNOWN: Mapping[str, tuple[str, ...]] = {
    "verbs": ("get", "list", "watch", "create", "update", "patch", "delete"),
    "resources": ("pods", "secrets", "configmaps", "services", "events"),
    "add": ("SYS_ADMIN", "NET_ADMIN"),
    "cap_add": ("SYS_ADMIN", "NET_ADMIN"),
    "accessModes": ("ReadWriteMany", "ReadOnlyMany"),
    "AllowedMethods": ("DELETE", "PUT"),
    "groups": ("sudo", "docker"),
}
"""Of lists that hold words which are not free: what else they may hold."""


def extended(path: Path, value: JsonValue) -> JsonValue:
    """What stands at a path, with one more like the last of it; None where there is none, or where
    it would give nothing that the others do not give."""
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not items or any(map(_is_everything, items)):
        return None
    last = items[-1]
    if isinstance(last, Mapping) and last.get("Effect") == "Deny":
        return None
    more = _another(key, last, items)
    return None if any(_gives_the_same(more, item) for item in items) else [*items, more]


def denied(document: JsonValue, path: Path) -> bool:
    """Whether a path leads into a statement that takes access away."""
    place: Any = document
    for part in path:
        if isinstance(place, Mapping) and place.get("Effect") == "Deny":
            return True
        place = place[part]
    return False


def _reaches_all(entry: Mapping[str, JsonValue], key: str) -> bool:
    """Whether another value of a key would add nothing: all ports are open, or all paths lead there
    (kubernetes.io/docs/concepts/services-networking/ingress, path types)."""
    if key in _PORTS:
        ends = str(entry.get("FromPort")), str(entry.get("ToPort"))
        return str(entry.get("IpProtocol")) in _EVERY_PROTOCOL or ends == ("0", "65535")
    return key == "path" and entry[key] == "/" and entry.get("pathType") == "Prefix"


def _is_everything(item: JsonValue) -> bool:
    """Whether an item leaves nothing that one beside it could add."""
    return item == {} or (isinstance(item, str) and _EVERYTHING.fullmatch(item) is not None)


def _gives_the_same(one: JsonValue, other: JsonValue) -> bool:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        kept = [{key: each[key] for key in each if key not in _LABELS} for each in (one, other)]
        return json_equal(kept[0], kept[1])
    return json_equal(one, other)


def _another(key: str, value: JsonValue, beside: Any) -> JsonValue:
    """Another value, such as may stand beside those; itself where it is everything."""
    if _is_everything(value):
        return value
    for known in _KNOWN.get(key, ()):
        if isinstance(value, str) and known not in beside:
            return known
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return _other_text(key, value)
    if isinstance(value, list):
        whole = not value or any(map(_is_everything, value))
        return value if whole else [_another(key, value[-1], value)]
    return _other_entry(value)


def _other_text(key: str, value: str) -> str:
    service, colon, action = value.partition(":")
    if colon and key == "Action":
        return f"{service}:Delete*" if not action.startswith("Delete") else f"{service}:Put*"
    for change in changes(value, port="port" in key.lower()):
        if change.kind is not Kind.DROP_ATTRIBUTE:
            return change.after
    return f"{value}-other" if value[-1:].isalnum() else f"{value}other"


def _other_entry(entry: Mapping[str, JsonValue]) -> JsonValue:
    """The entry with what it is told by another; where nothing tells, with its first text."""
    other: dict[str, JsonValue] = copy.deepcopy(dict(entry))
    told = [key for key in entry if key in _IDENTITY]
    for key in told:
        if not _reaches_all(entry, key):
            value = other[key]
            other[key] = _another(key, value, value if isinstance(value, list) else (value,))
    if told:
        return other
    for path, value in walk(other, ()):
        if path[-1] == "Effect":
            continue
        if isinstance(value, str | int) and not isinstance(value, bool):
            place: Any = other
            for part in path[:-1]:
                place = place[part]
            key = next((part for part in reversed(path) if isinstance(part, str)), "")
            place[path[-1]] = _another(key, value, (value,))
            return other
    return other
