"""Leaves the files of a data set, and says of each candidate what became of it."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from datagen.curation import References
from datagen.errors import WouldShrink
from datagen.execution import Progress
from datagen.fate import CandidateEnd, CandidateFate, note_written
from datagen.journal import JOURNAL, Journal
from datagen.outputs import Card, DataSet, RejectedFile, TasksFile, rows_of, write_files
from datagen.outputs.curated import HISTORY
from datagen.outputs.files import replace_file
from datagen.outputs.steps import step_in_words
from datagen.pipeline.curating import CuratedRows, LeftOut, curated
from datagen.pipeline.generation import Generated
from datagen.pipeline.wanted import Wanted
from datagen.record import Outcome
from datagen.rows import SpooledRows, TaskRows
from datagen.stages.strength import MAX_SURVIVING

SINKS = (TasksFile(), RejectedFile(), Card())
"""The files of a data set."""


@contextmanager
def curated_of(
    wanted: Wanted, generated: Sequence[Generated], references: References | None = None
) -> Iterator[CuratedRows]:
    """What stays of the rows of each portion; for as long as it is looked at.

    Raises:
        OutputUnusable: the folder cannot be written.
    """
    beside = wanted.folder / JOURNAL.parent
    with ExitStack() as open_ones:
        parts = [
            open_ones.enter_context(
                SpooledRows(
                    beside, rows_of(each.taken, teacher=each.teacher.name, seed=wanted.seed)
                )
            )
            for each in generated
        ]
        counts = [each.portion.count for each in generated]
        yield curated(parts, counts, wanted.curation, references)


def data_set_of(wanted: Wanted, generated: Sequence[Generated], stays: CuratedRows) -> DataSet:
    """What a run came to, as outputs are given it; rows in the order of the portions. Pure."""
    return data_set(
        [one for each in generated for one in each.progress],
        command=wanted.command,
        categories=[each.portion.category for each in generated],
        teachers=[each.teacher.name for each in generated],
        seed=wanted.seed,
        rows=stays.rows,
        steps=[step_in_words(step) for step in stays.steps],
    )


def data_set(
    progress: Sequence[Progress],
    *,
    command: str,
    categories: Iterable[str],
    teachers: Iterable[str],
    seed: int,
    rows: TaskRows,
    steps: Sequence[str] = (),
    most_surviving: float = MAX_SURVIVING,
) -> DataSet:
    """What sources came to, with the rows that were made of it. Pure."""
    settled = [record for each in progress for record in each.records]
    toolchains = {
        each.records[position].toolchain for each in progress for position in each.accepted
    }
    return DataSet(
        command=command,
        categories=tuple(dict.fromkeys(categories)),
        teachers=tuple(dict.fromkeys(teachers)),
        seed=seed,
        rows=rows,
        steps=steps,
        accepted=sum(len(each.accepted) for each in progress),
        rejected=lambda: (each.whole(place) for each in progress for place in each.rejected),
        rejections=sum(len(each.rejected) for each in progress),
        tokens=(sum(each.tokens[0] for each in settled), sum(each.tokens[1] for each in settled)),
        toolchains=sorted(toolchains - {""}),
        most_surviving=most_surviving,
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
    sides = {row.id: row.split for row in stays.rows}
    gone = {each.id: each for each in stays.left_out}
    progress = [one for each in generated for one in each.progress]
    note_written(journal, accepted_in(progress), lambda fate: _ended(fate, sides, gone))


def accepted_in(progress: Iterable[Progress]) -> Iterator[str]:
    """The ids of the records that the stages accepted."""
    return (
        record.id
        for each in progress
        for record in each.records
        if record.outcome is Outcome.ACCEPTED
    )


def _ended(
    fate: CandidateFate, sides: Mapping[str, str], gone: Mapping[str, LeftOut]
) -> CandidateFate:
    if fate.id in sides:
        return replace(fate, end=CandidateEnd.ROW, split=sides[fate.id])
    if fate.id in gone:
        found = gone[fate.id]
        return replace(fate, end=found.end, reason=found.reason, other=found.other)
    return fate


def ended_as_rows(rows: TaskRows) -> Callable[[CandidateFate], CandidateFate]:
    """The fate of a candidate that is spare: that of a row where it became one of these."""
    sides = {row.id: row.split for row in rows}
    return lambda fate: (
        replace(fate, end=CandidateEnd.ROW, split=sides[fate.id]) if fate.id in sides else fate
    )


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
