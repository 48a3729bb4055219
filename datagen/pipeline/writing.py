"""Leaves the files of a data set, and says of each candidate what became of it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from datagen.curation import References
from datagen.errors import WouldShrink
from datagen.fate import FATE, CandidateEnd, fate_of
from datagen.journal import Journal
from datagen.outputs import Card, DataSet, RejectedFile, TasksFile, rows_of, write_files
from datagen.outputs.curated import HISTORY
from datagen.outputs.files import replace_file
from datagen.outputs.steps import step_in_words
from datagen.pipeline.curating import CuratedRows, curated
from datagen.pipeline.generation import Generated
from datagen.pipeline.wanted import Wanted

SINKS = (TasksFile(), RejectedFile(), Card())
"""The files of a data set."""


def curated_of(
    wanted: Wanted, generated: Sequence[Generated], references: References | None = None
) -> CuratedRows:
    """What stays of the rows of each portion. Pure."""
    parts = [rows_of(each.taken, teacher=each.teacher.name, seed=wanted.seed) for each in generated]
    counts = [each.portion.count for each in generated]
    return curated(parts, counts, wanted.curation, references)


def data_set_of(wanted: Wanted, generated: Sequence[Generated], stays: CuratedRows) -> DataSet:
    """What a run came to, as outputs are given it; rows in the order of the portions. Pure."""
    return DataSet(
        command=wanted.command,
        categories=tuple(dict.fromkeys(each.portion.category for each in generated)),
        teachers=tuple(dict.fromkeys(each.teacher.name for each in generated)),
        seed=wanted.seed,
        rows=stays.rows,
        steps=[step_in_words(step) for step in stays.steps],
        accepted=[record for each in generated for one in each.progress for record in one.accepted],
        records=[record for each in generated for one in each.progress for record in one.records],
    )


def write(
    wanted: Wanted, generated: Sequence[Generated], stays: CuratedRows, journal: Journal
) -> None:
    """Write the files and the fates.

    Raises:
        WouldShrink: there are more rows than these already.
        OutputUnusable: the folder or its journal cannot be written.
    """
    data = data_set_of(wanted, generated, stays)
    if not wanted.shrink:
        refuse_fewer(wanted.folder, len(data.rows))
    write_files(wanted.folder, data, SINKS)
    if stays.steps:
        told = json.dumps([asdict(step) for step in stays.steps], ensure_ascii=False, indent=1)
        replace_file(wanted.folder / HISTORY, [told])
    journal.note(_fates(generated, stays))


def _fates(generated: Sequence[Generated], stays: CuratedRows) -> Iterator[tuple[str, str]]:
    split = {row.id: row.split for row in stays.rows}
    gone = {each.id: each for each in stays.left_out}
    for each in generated:
        for record in (record for one in each.progress for record in one.records):
            fate = fate_of(record, each.teacher.name)
            if record.id in split:
                fate = replace(fate, end=CandidateEnd.ROW, split=split[record.id])
            elif (found := gone.get(record.id)) is not None:
                fate = replace(fate, end=found.end, reason=found.reason, other=found.other)
            yield record.id, FATE.dump_json(fate).decode()


def refuse_fewer(folder: Path, rows: int) -> None:
    """Refuse to replace a folder's rows with so many.

    Raises:
        WouldShrink: there are more.
    """
    file = folder / TasksFile.file
    if (before := _rows_in(file)) > rows:
        raise WouldShrink(
            f"{file} has {before} rows, and this run has {rows}: it is left as it is. Ask for as "
            "many, choose another folder, or give --shrink"
        )


def _rows_in(path: Path) -> int:
    try:
        with path.open("rb") as file:
            return sum(1 for _ in file)
    except FileNotFoundError:
        return 0
