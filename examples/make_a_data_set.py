"""Verified pairs from Python (`assay[datagen]`): `python examples/make_a_data_set.py [SIZE]`."""

import sys

from datagen import create_dataset

rows = create_dataset(int(sys.argv[1]) if sys.argv[1:] else 4, categories=["docker"], seed=7)
for row in rows:
    print(row.split, row.format, len(row.checks), row.instruction.splitlines()[0][:60])
