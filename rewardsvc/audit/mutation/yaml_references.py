"""Mutants of what refers to what in YAML documents: two references swapped, another one taken."""

from collections.abc import Iterator, Sequence
from typing import Any

from rewardsvc.audit.mutation.mutant import Kind
from rewardsvc.audit.mutation.semantics import Path, YamlSemantics
from rewardsvc.audit.mutation.yaml_tree import Place, TreeChange, changed, walk
from rewardsvc.types import JsonValue


def exchanged(
    semantics: YamlSemantics, documents: Sequence[JsonValue], index: int
) -> Iterator[TreeChange]:
    """The changes of the references of the document at ``index``. Each is followed to one other
    thing of its kind, and swapped with the next of its own key and the next of another key."""
    found = [
        (each, path, value)
        for each, document in enumerate(documents)
        for path, value in walk(document, ())
        if isinstance(value, str) and semantics.refers(path, value, documents, each)
    ]
    for number, (each, path, value) in enumerate(found):
        if each == index:
            yield from _others(semantics, documents, (each, path), value)
            yield from _swaps(semantics, documents, found[number:])
    for path, after, before, then in semantics.reversed_references(documents[index]):
        yield TreeChange(Kind.SWAP_REFERENCES, path, after, (), before, then)


def _others(
    semantics: YamlSemantics, documents: Sequence[JsonValue], place: Place, value: str
) -> Iterator[TreeChange]:
    index, path = place
    for other in semantics.alike(path, value, documents, index):
        change = TreeChange(Kind.OTHER_REFERENCE, path, other, (), value, other)
        after = changed(documents, index, change)
        if not _repeats(after[index], path) and not semantics.same(documents, after):
            yield change
            return


def _swaps(
    semantics: YamlSemantics,
    documents: Sequence[JsonValue],
    found: Sequence[tuple[int, Path, str]],
) -> Iterator[TreeChange]:
    """The first reference swapped with later ones."""
    (index, path, value), *later = found
    alike = frozenset(semantics.alike(path, value, documents, index))
    taken: set[bool] = set()
    for each, elsewhere, other in later:
        same_key = _key(path) == _key(elsewhere)
        if other not in alike or same_key in taken or _within(path, elsewhere):
            continue
        if value not in semantics.alike(elsewhere, other, documents, each):
            continue
        change = TreeChange(
            Kind.SWAP_REFERENCES, path, other, (), value, other, also=(((each, elsewhere), value),)
        )
        if not semantics.same(documents, changed(documents, index, change)):
            taken.add(same_key)
            yield change


def _key(path: Path) -> str:
    """What a reference is for: the names on the way to it, without the thing that refers."""
    return ".".join(part for part in path[2:] if isinstance(part, str)) or str(path[-1])


def _within(one: Path, other: Path) -> bool:
    """Whether two paths are those of items of one list, which is a set."""
    return one[:-1] == other[:-1] and isinstance(one[-1], int)


def _repeats(document: JsonValue, path: Path) -> bool:
    """Whether an item on the way of a path is in its list twice: a drop, which has its mutant."""
    place: Any = document
    for part in path:
        if isinstance(place, list) and place.count(place[int(part)]) > 1:
            return True
        place = place[part]
    return False
