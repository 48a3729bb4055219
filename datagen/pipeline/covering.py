"""What a run knows of coverage when it begins, and what it says of it when it ends.

What the ledger and the folders said when a folder's first run began stays with the folder: it goes
on with that, whatever others have entered since.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from datagen.categories import CATEGORIES
from datagen.coverage_ledger import covered, enter_coverage, require_ledger
from datagen.curation import rows_in
from datagen.diversity import (
    CoverageCell,
    TaxonomyCell,
    cells_of,
    coverage_from_json,
    coverage_in,
    coverage_to_json,
)
from datagen.journal import JOURNAL, Journal
from datagen.recipe import Recipe
from datagen.recipe.sections import Coverage
from datagen.rows import TaskRows
from datagen.teachers import OWN
from rewardsvc.types import JsonValue

AT_START = "coverage at the start"
"""What a folder's configuration calls it."""


@dataclass(frozen=True, slots=True)
class CoverageAtStart:
    """``cells``: the rows that others had in each. ``belongs``: what the folder's rows depend on
    for it."""

    cells: Mapping[CoverageCell, int]
    belongs: Mapping[str, JsonValue]


NOTHING_COVERED = CoverageAtStart({}, {})


def coverage_at_start(folder: Path, wanted: Coverage | None) -> CoverageAtStart:
    """What there was when the folder's first run began; where this is the first, what there is.

    Raises:
        WrongUsage: what is named cannot be read, or is no ledger.
        OutputUnusable: the ledger cannot be written, or the folder's journal not be read.
        rewardsvc.errors.InvalidFile: a row of a folder is wrong.
    """
    if wanted is None:
        return NOTHING_COVERED
    if wanted.ledger is not None:
        require_ledger(wanted.ledger)
    known = _known(folder)
    if known is None:
        found = Counter[CoverageCell]() if wanted.ledger is None else covered(wanted.ledger)
        for each in wanted.folders:
            found.update(coverage_in(rows_in(each)))
    else:
        found = coverage_from_json(known)
    return CoverageAtStart(found, {AT_START: coverage_to_json(found)})


def empty_cells(
    coverage: Mapping[CoverageCell, int], recipe: Recipe | None = None
) -> Iterator[CoverageCell]:
    """The cells without a row: of each topic of the recipe's categories by its taxonomy, or else of
    those that have rows, by the difficulties and personas that any row has. Where no model writes,
    a topic is one cell. Pure."""
    table: list[TaxonomyCell] = []
    if recipe is None:
        written = {cell.category for cell in coverage if cell.difficulty}
        topics: dict[str, tuple[str, ...]] = {cell.category: () for cell in coverage}
        seen = sorted(cell for cell in coverage if cell.difficulty)
        levels, personas = (
            dict.fromkeys(names)
            for names in ([cell.difficulty for cell in seen], [cell.persona for cell in seen])
        )
        table = [TaxonomyCell(level, persona) for level in levels for persona in personas]
    else:
        topics = {name: each.topics for name, each in recipe.categories.items()}
        written = set(topics) if any(name not in OWN for name in recipe.teachers) else set()
        if recipe.taxonomy is not None:
            table = list(cells_of(recipe.taxonomy))
    for category, named in topics.items():
        drawn = table if table and category in written else [TaxonomyCell("", "")]
        for topic in CATEGORIES[category].taught if category in CATEGORIES else ():
            if named and topic.name not in named:
                continue
            for each in drawn:
                cell = CoverageCell(
                    category, topic.name, topic.format, each.difficulty, each.persona
                )
                if not coverage.get(cell):
                    yield cell


def enter_rows(wanted: Coverage | None, belongs: Mapping[str, JsonValue], rows: TaskRows) -> None:
    """Enter what a run came to in the ledger, where there is one. ``belongs``: what tells the run
    from others.

    Raises:
        OutputUnusable: it cannot be written.
    """
    if wanted is None or wanted.ledger is None:
        return
    run = sha256(json.dumps(dict(belongs), sort_keys=True).encode()).hexdigest()[:16]
    enter_coverage(wanted.ledger, run, coverage_in(rows))


def _known(folder: Path) -> list[JsonValue] | None:
    """What the folder's configuration says."""
    if not (folder / JOURNAL).is_file():
        return None
    with Journal.to_read(folder) as journal:
        said = journal.configured(AT_START)
    return said if isinstance(said, list) else None
