"""Verified pairs from Python (`assay[datagen]`): `python examples/make_a_data_set.py [SIZE]`."""

import sys

from datagen import create_dataset

if __name__ == "__main__":
    size = int(sys.argv[1]) if sys.argv[1:] else 4
    for row in create_dataset(size, categories=["docker"], seed=7):
        print(row.split, row.format, len(row.checks), row.instruction.splitlines()[0][:60])
