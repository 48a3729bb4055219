"""Draws cells of a taxonomy: which one each position of a source has. Pure."""

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from datagen.diversity.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True, order=True)
class TaxonomyCell:
    """A value of each axis, by name."""

    difficulty: str
    persona: str


def _level_as_usual(_: str) -> float:
    return 1.0


def cells_of(
    taxonomy: Taxonomy, of_difficulty: Callable[[str], float] = _level_as_usual
) -> dict[TaxonomyCell, float]:
    """The weight of each cell. ``of_difficulty``: by what a level's weight is multiplied; a level
    that has 0 is left out."""
    return {
        TaxonomyCell(level, persona): weight
        for level, hard in taxonomy.difficulty.items()
        for persona, asking in taxonomy.persona.items()
        if (weight := hard.weight * asking.weight * of_difficulty(level)) > 0
    }


def drawn_cells(
    weights: Mapping[TaxonomyCell, float], had: Mapping[TaxonomyCell, int], place: str
) -> Iterator[TaxonomyCell]:
    """Cells without end: next is the one that has fewest for its weight (Sainte-Laguë's divisors),
    of equal ones that which ``place`` puts first.

    ``had``: the rows that cells had before; an empty one comes before a full one.
    """

    def due(cell: TaxonomyCell, number: int) -> tuple[float, bytes, TaxonomyCell]:
        name = f"{place}/{cell.difficulty}/{cell.persona}"
        tie = blake2b(name.encode(), digest_size=8).digest()
        return (2 * number + 1) / weights[cell], tie, cell

    numbers = {cell: had.get(cell, 0) for cell in weights}
    heap = [due(cell, number) for cell, number in numbers.items()]
    heapq.heapify(heap)
    while heap:
        cell = heap[0][2]
        yield cell
        numbers[cell] += 1
        heapq.heapreplace(heap, due(cell, numbers[cell]))
