"""How answers of a format are compared with each other: what means the same, and their graph.

Declared by a :class:`rewardsvc.format.Format` and used where data sets are looked through for what
is there twice; no verdict depends on it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

from rewardsvc.artifact import Artifact
from rewardsvc.types import JsonValue

_ROUNDS = 2


@dataclass(frozen=True, slots=True)
class ResourceGraph:
    """Types of resources and how they refer to each other, without names.

    ``types``: of the nodes. ``edges``: from node, by which field, to node. Two graphs with equal
    digests agree in two rounds of colour refinement (Weisfeiler and Leman 1968), which tells apart
    nearly all that differ.
    """

    types: tuple[str, ...]
    edges: tuple[tuple[int, str, int], ...]

    @property
    def digest(self) -> bytes:
        """Equal for graphs of the same shape, whatever the order of their nodes."""
        colours = list(self.types)
        for _ in range(_ROUNDS):
            seen: list[list[str]] = [[] for _ in colours]
            for source, field, target in self.edges:
                seen[source].append(f">{field}>{colours[target]}")
                seen[target].append(f"<{field}<{colours[source]}")
            colours = [
                blake2b(json.dumps([own, sorted(near)]).encode(), digest_size=12).hexdigest()
                for own, near in zip(colours, seen, strict=True)
            ]
        return blake2b(json.dumps(sorted(colours)).encode(), digest_size=16).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Functions of an answer's files; they are pure.

    ``canonical``: data that is equal where answers mean the same, whatever their layout and
    meaningless order. ``graph``: of its resources. Both raise ValueError or RecursionError where a
    file does not parse. ``sign``: what any text of the format has in it, to look for where nobody
    says what a text is.
    """

    canonical: Callable[[Artifact], JsonValue]
    graph: Callable[[Artifact], ResourceGraph]
    sign: str
