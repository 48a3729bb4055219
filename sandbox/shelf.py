"""Things that wait, sorted by kind: which one to take and which to let go. Pure bookkeeping."""

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Shelf(Generic[K, V]):
    """Keeps at most ``room`` things; those of the kind that was used longest ago go first."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._kinds: OrderedDict[K, list[V]] = OrderedDict()

    def take(self, kind: K) -> V | None:
        """One of that kind, None where there is none."""
        kept = self._kinds.get(kind)
        if not kept:
            return None
        self._kinds.move_to_end(kind)
        return kept.pop()

    def put(self, kind: K, thing: V) -> list[V]:
        """Keep one; gives what there is no room for."""
        self._kinds.setdefault(kind, []).append(thing)
        too_many: list[V] = []
        while sum(map(len, self._kinds.values())) > self._room:
            oldest = next(kind for kind, kept in self._kinds.items() if kept)
            too_many.append(self._kinds[oldest].pop(0))
        for empty in [kind for kind, kept in self._kinds.items() if not kept]:
            del self._kinds[empty]
        return too_many

    def clear(self) -> list[V]:
        """Give up everything."""
        everything = [thing for kept in self._kinds.values() for thing in kept]
        self._kinds.clear()
        return everything
