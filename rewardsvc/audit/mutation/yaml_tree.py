"""Changes of YAML documents as trees: where, and what stands there instead. Pure."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rewardsvc.audit.mutation.mutant import Kind
from rewardsvc.audit.mutation.semantics import Path
from rewardsvc.types import JsonValue


class Gone:
    """Nothing stands there any more."""


GONE = Gone()

Place = tuple[int, Path]
"""A document's index, and where in it."""


@dataclass(frozen=True, slots=True)
class TreeChange:
    """One change of a document. ``path``, ``replacement``: where, and what stands there then, or
    :data:`GONE`. ``lost``, ``before``, ``after``, ``vital``: as those of an edit.
    """

    kind: Kind
    path: Path
    replacement: Any
    lost: tuple[str, ...]
    before: str
    after: str = ""
    vital: bool = False
    key: str = ""
    """The new name of the key at ``path``, where that is what changes."""
    also: tuple[tuple[Place, JsonValue], ...] = ()
    """What else stands elsewhere then, in the same document or another."""


def walk(value: JsonValue, path: Path) -> Iterator[tuple[Path, JsonValue]]:
    """All that is below a value, from above, each with its path."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield (*path, key), inner
            yield from walk(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield (*path, place), inner
            yield from walk(inner, (*path, place))


def changed(documents: Sequence[JsonValue], index: int, change: TreeChange) -> list[JsonValue]:
    """The documents with a change of the one at ``index``."""
    found = list(documents)
    if change.replacement is GONE and not change.path:
        del found[index]
        return found
    found[index] = _with(found[index], change.path, change.replacement, change.key)
    for (place, path), value in change.also:
        found[place] = _with(found[place], path, value)
    return found


def _with(document: JsonValue, path: Path, replacement: Any, key: str = "") -> JsonValue:
    """The document with a change. Only the containers on the way are copied."""
    if not path:
        return replacement
    root = copy.copy(document)
    place: Any = root
    for part in path[:-1]:
        place[part] = copy.copy(place[part])
        place = place[part]
    last = path[-1]
    if key:
        entries = [(key if name == last else name, inner) for name, inner in place.items()]
        place.clear()
        place.update(entries)
    elif replacement is GONE:
        del place[last]
    else:
        place[last] = replacement
    return root
