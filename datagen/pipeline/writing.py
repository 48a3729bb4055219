"""Leaves the files of a data set, and says of each candidate what became of it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from datagen.errors import WouldShrink
from datagen.execution import taken
from datagen.fate import FATE, as_row, fate_of
from datagen.journal import Journal
from datagen.outputs import Card, DataSet, RejectedFile, TasksFile, rows_of, write_files
from datagen.pipeline.generation import Generated
from datagen.pipeline.wanted import Wanted

SINKS = (TasksFile(), RejectedFile(), Card())
"""The files of a data set."""


def data_set_of(wanted: Wanted, generated: Sequence[Generated]) -> DataSet:
    """What a run came to, as outputs are given it; rows in the order of the portions. Pure."""
    return DataSet(
        command=wanted.command,
        categories=tuple(dict.fromkeys(each.portion.category for each in generated)),
        teachers=tuple(dict.fromkeys(each.teacher.name for each in generated)),
        seed=wanted.seed,
        rows=[
            row
            for each in generated
            for row in rows_of(
                taken(each.progress, each.portion.count),
                teacher=each.teacher.name,
                seed=wanted.seed,
            )
        ],
        accepted=[record for each in generated for one in each.progress for record in one.accepted],
        records=[record for each in generated for one in each.progress for record in one.records],
    )


def write(wanted: Wanted, generated: Sequence[Generated], data: DataSet, journal: Journal) -> None:
    """Write the files and the fates.

    Raises:
        WouldShrink: there are more rows than these already.
        OutputUnusable: the folder or its journal cannot be written.
    """
    before = _rows_in(wanted.folder / TasksFile.file)
    if before > len(data.rows) and not wanted.shrink:
        raise WouldShrink(
            f"{wanted.folder / TasksFile.file} has {before} rows, and this run has "
            f"{len(data.rows)}: it is left as it is. Ask for as many, choose another folder, or "
            "give --shrink"
        )
    write_files(wanted.folder, data, SINKS)
    journal.note(_fates(generated, data))


def _fates(generated: Sequence[Generated], data: DataSet) -> Iterator[tuple[str, str]]:
    split = {row.id: row.split for row in data.rows}
    for each in generated:
        for record in (record for one in each.progress for record in one.records):
            fate = fate_of(record, each.teacher.name)
            if record.id in split:
                fate = as_row(fate, split[record.id])
            yield record.id, FATE.dump_json(fate).decode()


def _rows_in(path: Path) -> int:
    try:
        with path.open("rb") as file:
            return sum(1 for _ in file)
    except FileNotFoundError:
        return 0
