"""What a plan changes: each managed resource that does not stay as it is, and how. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Action = Literal["create", "update", "delete", "replace", "forget"]
"""``replace`` is to destroy it and make it anew, ``forget`` to leave it and know it no more."""

WAYS: Mapping[Action, tuple[list[str], ...]] = {
    "create": (["create"],),
    "update": (["update"],),
    "delete": (["delete"],),
    "replace": (["delete", "create"], ["create", "delete"]),
    "forget": (["forget"],),
}
"""How a plan says each: "Plan Representation" in Terraform's JSON output format."""

CHANGE = "change"
"""The code of a diagnostic that tells of one."""

_ACTION = {tuple(way): action for action, ways in WAYS.items() for way in ways}


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One of them."""

    action: str
    address: str

    def __str__(self) -> str:
        return f"{self.action} {self.address}"


def changes_in(plan: Mapping[str, Any]) -> list[PlannedChange]:
    """The changes in ``terraform show -json``, in its order."""
    found = []
    for item in plan.get("resource_changes") or ():
        actions = item["change"]["actions"]
        if item.get("mode") == "managed" and actions != ["no-op"]:
            action = _ACTION.get(tuple(actions), " and ".join(actions))
            found.append(PlannedChange(action, item["address"]))
    return found
