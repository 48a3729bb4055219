"""What was used most recently, bounded by what it weighs."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """A mapping that forgets what was used least recently when it weighs more than its capacity."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._weight = 0

    def get(self, key: K) -> V | None:
        """The value, which counts as used; None where there is none."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: K, value: V, weight: int = 1) -> None:
        """Remember a value; one that alone weighs more than the capacity is not remembered."""
        _, before = self._entries.pop(key, (None, 0))
        self._entries[key] = (value, weight)
        self._weight += weight - before
        while self._weight > self._capacity:
            _, (_, gone) = self._entries.popitem(last=False)
            self._weight -= gone
