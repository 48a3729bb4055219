"""Which cells have rows: counted over the rows of data sets, and kept as JSON. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from datagen.diversity.drawing import TaxonomyCell
from rewardsvc.tasks import TaskRow
from rewardsvc.types import JsonValue

CELL = "cell"
"""What a row's provenance calls its cell of the taxonomy."""


@dataclass(frozen=True, slots=True, order=True)
class CoverageCell:
    """``difficulty`` and ``persona`` are "" for rows that no taxonomy was drawn for."""

    category: str
    topic: str
    format: str
    difficulty: str = ""
    persona: str = ""

    @property
    def drawn(self) -> TaxonomyCell:
        """Its part of the taxonomy."""
        return TaxonomyCell(self.difficulty, self.persona)


def cell_of_row(row: TaskRow) -> CoverageCell:
    """The cell of a row, as its provenance says."""
    said = row.provenance.get(CELL)
    drawn = said if isinstance(said, dict) else {}
    return CoverageCell(
        row.category,
        row.topic,
        row.format,
        str(drawn.get("difficulty", "")),
        str(drawn.get("persona", "")),
    )


def coverage_in(rows: Iterable[TaskRow]) -> Counter[CoverageCell]:
    """How many rows each cell has."""
    return Counter(map(cell_of_row, rows))


def coverage_to_json(coverage: Mapping[CoverageCell, int]) -> list[JsonValue]:
    """The cells that have rows, in order: five names and a number each."""
    return [
        [cell.category, cell.topic, cell.format, cell.difficulty, cell.persona, rows]
        for cell, rows in sorted(coverage.items())
        if rows
    ]


def coverage_from_json(said: Iterable[JsonValue]) -> Counter[CoverageCell]:
    """The same, read.

    Raises:
        ValueError: it is not what :func:`coverage_to_json` gives.
    """
    found: Counter[CoverageCell] = Counter()
    for each in said:
        if not isinstance(each, list) or len(each) != 6 or type(each[5]) is not int:
            raise ValueError(f"{each!r} is no cell: five names and a number")
        if not all(isinstance(name, str) for name in each[:5]) or each[5] < 1:
            raise ValueError(f"{each!r} is no cell: five names and a number")
        found[CoverageCell(*each[:5])] += each[5]
    return found
