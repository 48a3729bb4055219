"""One more entry of a list that gives access or is reached: a subject, port, statement. Pure."""

import copy
from collections.abc import Mapping
from typing import Any

from rewardsvc.audit.mutation.mutant import Kind
from rewardsvc.audit.mutation.semantics import Path
from rewardsvc.audit.mutation.values import changes
from rewardsvc.audit.mutation.yaml_tree import walk
from rewardsvc.types import JsonValue

_IDENTITY = frozenset(
    {"name", "port", "containerPort", "hostPort", "nodePort", "host", "path", "Sid", "Action",
     "FromPort", "ToPort", "ContainerPort", "Port", "Endpoint", "CidrIp", "resources", "resource"}
)  # fmt: skip
"""Keys by whose values the entries of a list are told apart."""

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
    """What stands at a path, with one more like the last of it; None where there is none."""
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    if isinstance(value, str):
        return [value, _another(key, value, (value,))]
    if not isinstance(value, list) or not value:
        return None
    return [*value, _another(key, value[-1], value)]


def _another(key: str, value: JsonValue, beside: Any) -> JsonValue:
    """Another value, such as may stand beside those."""
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
        return [_another(key, value[-1], value)] if value else value
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
        value = other[key]
        other[key] = _another(key, value, value if isinstance(value, list) else (value,))
    if told:
        return other
    for path, value in walk(other, ()):
        if isinstance(value, str | int) and not isinstance(value, bool):
            place: Any = other
            for part in path[:-1]:
                place = place[part]
            key = next((part for part in reversed(path) if isinstance(part, str)), "")
            place[path[-1]] = _another(key, value, (value,))
            return other
    return other
