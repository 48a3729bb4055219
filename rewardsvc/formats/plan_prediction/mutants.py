"""What mutants are made of predicted plans: one change is gone, or says something else."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from rewardsvc.artifact import Artifact, File
from rewardsvc.audit.mutation.mutant import Edit, Kind
from rewardsvc.audit.mutation.mutations import Mutations
from rewardsvc.formats.plan_prediction.changes import ACTIONS, SCHEMA
from rewardsvc.types import JsonValue, Target
from rewardsvc.verification.schemas import Schema

_SCHEMA = Schema(SCHEMA)
_ADDRESS = re.compile(r'"address"[ \t]*:[ \t]*("(?:[^"\\]|\\.)*+")')


def _edits(file: File) -> Iterator[Edit]:
    try:
        changes = _changes(file.text)
    except (ValueError, RecursionError):
        return
    lines = _lines(file.text)
    for index, each in enumerate(changes):
        for kind, key, after, instead in _instead(index, each, alone=len(changes) == 1):
            changed = [*changes[:index], *instead, *changes[index + 1 :]]
            before = _said(each) if key == "actions" else each["address"]
            yield Edit(
                kind,
                line=lines.get(each["address"], 1),
                path=f"{each['address']}.{key}",
                before=before,
                after=after,
                text=f"{json.dumps({'resource_changes': changed}, indent=2)}\n",
                lost=(before,),
            )


def _instead(
    index: int, change: Mapping[str, Any], *, alone: bool
) -> Iterator[tuple[Kind, str, str, list[Mapping[str, Any]]]]:
    """What may stand in a change's place: the kind, the key that is another and what it says."""
    if not alone:
        yield Kind.DROP_RESOURCE, "address", "", []
    actions = next(each for each in ACTIONS if each != change["actions"])
    acted = {**change, "actions": actions}
    yield Kind.CHANGE_CHOICE, "actions", _said(acted), [acted]
    named = {**change, "address": f"{change['type']}.other_{index}"}
    yield Kind.BREAK_REFERENCE, "address", named["address"], [named]


def _said(change: Mapping[str, Any]) -> str:
    return "/".join(change["actions"])


def _changes(text: str) -> list[dict[str, Any]]:
    """The changes in a text.

    Raises:
        ValueError: it has none.
    """
    value = json.loads(text)
    if not _SCHEMA.accepts(value):
        raise ValueError("no resource changes")
    changes: list[dict[str, Any]] = value["resource_changes"]
    return changes


def _lines(text: str) -> dict[str, int]:
    """The 1-based line of each address of a text that is JSON."""
    found: dict[str, int] = {}
    for match in _ADDRESS.finditer(text):
        found.setdefault(json.loads(match[1]), text.count("\n", 0, match.start()) + 1)
    return found


def _projection(artifact: Artifact) -> JsonValue:
    """The changes by their addresses: their order says nothing."""
    return {
        file.path: {each["address"]: each for each in _changes(file.text)}
        for file in artifact.files
    }


def _shown(text: str) -> Mapping[Target, JsonValue] | None:
    try:
        return {Target.DOCUMENTS: [{"resource_changes": _changes(text)}]}
    except (ValueError, RecursionError):
        return None


MUTATIONS = Mutations(edits=_edits, projection=_projection, shown=_shown)
