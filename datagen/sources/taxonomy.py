"""The records of another source, each with a cell of the taxonomy that a model is told."""

from collections.abc import Mapping
from dataclasses import asdict, replace

from datagen.diversity import Taxonomy, TaxonomyCell, drawn_cells
from datagen.diversity.coverage import CELL
from datagen.record import Record
from datagen.sources.base import RecordSource


class TaxonomySource:
    """Satisfies :class:`RecordSource`. Which cell a position has follows from the seed and from
    what cells had when the run began."""

    def __init__(
        self,
        source: RecordSource,
        taxonomy: Taxonomy,
        weights: Mapping[TaxonomyCell, float],
        had: Mapping[TaxonomyCell, int],
        place: str,
    ) -> None:
        """``weights``: of the cells, at least one. ``had``: rows of this topic in each. ``place``:
        tells this source from others of the run, and runs with another seed apart."""
        self.name = source.name
        self.format = source.format
        self._source = source
        self._taxonomy = taxonomy
        self._drawing = drawn_cells(weights, had, place)
        self._drawn: list[TaxonomyCell] = []

    def record(self, index: int) -> Record | None:
        """See :class:`RecordSource`."""
        record = self._source.record(index)
        if record is None:
            return None
        while len(self._drawn) <= index:
            self._drawn.append(next(self._drawing))
        cell = self._drawn[index]
        told = (
            self._taxonomy.difficulty[cell.difficulty].words,
            self._taxonomy.persona[cell.persona].words,
        )
        return replace(record, guidance=told, provenance={**record.provenance, CELL: asdict(cell)})
