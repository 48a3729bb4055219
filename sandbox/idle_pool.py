"""What is idle and may be used again, by kind: which one to take, which to let go. Pure."""

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class IdlePool(Generic[K, V]):
    """Holds at most ``room`` things; those of the kind that was used longest ago go first."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._kinds: OrderedDict[K, list[V]] = OrderedDict()

    def take(self, kind: K) -> V | None:
        """One of that kind, None where there is none."""
        idle = self._kinds.get(kind)
        if not idle:
            return None
        self._kinds.move_to_end(kind)
        return idle.pop()

    def put(self, kind: K, thing: V) -> list[V]:
        """One more is idle; gives what there is no room for."""
        self._kinds.setdefault(kind, []).append(thing)
        too_many: list[V] = []
        while sum(map(len, self._kinds.values())) > self._room:
            oldest = next(kind for kind, idle in self._kinds.items() if idle)
            too_many.append(self._kinds[oldest].pop(0))
        for empty in [kind for kind, idle in self._kinds.items() if not idle]:
            del self._kinds[empty]
        return too_many

    def clear(self) -> list[V]:
        """Give up everything."""
        everything = [thing for idle in self._kinds.values() for thing in idle]
        self._kinds.clear()
        return everything
