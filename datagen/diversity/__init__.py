"""What keeps a model's pairs from being alike: a table of cells, and which of them have rows.

``taxonomy`` declares the table, ``drawing`` draws cells from it, ``coverage`` counts the rows of
each cell over data sets.
"""

from datagen.diversity.coverage import (
    CoverageCell,
    cell_of_row,
    coverage_from_json,
    coverage_in,
    coverage_to_json,
)
from datagen.diversity.drawing import TaxonomyCell, cells_of, drawn_cells
from datagen.diversity.taxonomy import Taxonomy, TaxonomyValue

__all__ = [
    "CoverageCell",
    "Taxonomy",
    "TaxonomyCell",
    "TaxonomyValue",
    "cell_of_row",
    "cells_of",
    "coverage_from_json",
    "coverage_in",
    "coverage_to_json",
    "drawn_cells",
]
