"""What is done to rows that are there already: repeated ones found, leaked ones, sides given.

Each room takes rows and settings and gives decisions, each with its reason; none of them reads or
writes a data set. They hold a sketch of a row (a few hundred bytes), never the rows: a caller
reads its file once for the decisions and once more to apply them.

- ``duplicates``: which rows repeat an earlier one, and by which measure.
- ``contamination``: which rows stand in named files, a benchmark's for example.
- ``splitting``: which side (train, validation, test) a row is on.
"""

from datagen.curation.contamination import Leak, References, leaks_in
from datagen.curation.duplicates import Repetition, repetitions_in
from datagen.curation.reading import rows_in, tasks_file
from datagen.curation.settings import (
    Decontamination,
    Deduplication,
    Grouping,
    Measure,
    Splitting,
)
from datagen.curation.splitting import Side, sides_of

__all__ = [
    "Decontamination",
    "Deduplication",
    "Grouping",
    "Leak",
    "Measure",
    "References",
    "Repetition",
    "Side",
    "Splitting",
    "leaks_in",
    "repetitions_in",
    "rows_in",
    "sides_of",
    "tasks_file",
]
