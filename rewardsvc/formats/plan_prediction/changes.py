"""What an answer predicts: resource changes in the words of Terraform's JSON plan.

The form is that of ``resource_changes`` of ``terraform show -json``
(developer.hashicorp.com/terraform/internals/json-format), of each change the address, the type and
the actions, and the attributes that the resource will have.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rewardsvc.types import JsonValue

Key = tuple[str, ...]
"""What is predicted: of changes the address, of attributes the address and the name."""

ACTIONS = (
    ["create"],
    ["update"],
    ["delete"],
    ["delete", "create"],
    ["create", "delete"],
    ["forget"],
)
"""Of managed resources that do not stay as they are. A replacement is two, in the order in which
they are done; ``forget`` is that of ``removed`` blocks."""

SCHEMA: Mapping[str, JsonValue] = {
    "type": "object",
    "required": ["resource_changes"],
    "additionalProperties": False,
    "properties": {
        "resource_changes": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["address", "type", "actions"],
                "additionalProperties": False,
                "properties": {
                    "address": {"type": "string"},
                    "type": {"type": "string"},
                    "actions": {"enum": list(ACTIONS)},
                    "attributes": {"type": "object"},
                },
            },
        }
    },
}
"""Of an answer and of a truth."""

_INSTANCE = r'(?:\[(?:\d+|"(?:[^"\\\n]|\\.)*")\])?'
_ADDRESS = re.compile(
    rf"(?:module\.[\w-]+{_INSTANCE}\.)*(?!module\.|data\.)([A-Za-z_][\w-]*)\.[\w-]+{_INSTANCE}"
)
"""Of a managed resource (developer.hashicorp.com/terraform/cli/state/resource-addressing)."""


def type_in(address: str) -> str:
    """The resource type that an address names; "" where it is none of a managed resource."""
    found = _ADDRESS.fullmatch(address)
    return found[1] if found else ""


def actions_of(changes: Mapping[str, Any]) -> dict[Key, JsonValue]:
    """Address → actions, as one text each."""
    return {(each["address"],): "/".join(each["actions"]) for each in changes["resource_changes"]}


def attributes_of(changes: Mapping[str, Any]) -> dict[Key, JsonValue]:
    """Address and name of an attribute → its value."""
    return {
        (each["address"], name): value
        for each in changes["resource_changes"]
        for name, value in each.get("attributes", {}).items()
    }


def faults_of(changes: Mapping[str, Any]) -> Iterator[tuple[int, str, str]]:
    """What is wrong with changes that have the schema's form: the index of the change, the key that
    holds it, and what."""
    seen: set[str] = set()
    for index, each in enumerate(changes["resource_changes"]):
        address, type = each["address"], each["type"]
        named = type_in(address)
        if not named:
            yield index, "address", f"{address!r} is no address of a managed resource"
        elif named != type:
            yield index, "type", f"{address!r} is of the type {named!r}, not {type!r}"
        if address in seen:
            yield index, "address", f"{address!r} is there twice"
        seen.add(address)
