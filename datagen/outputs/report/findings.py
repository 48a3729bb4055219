"""Gathers what there is to say of a data set, in one pass over its rows."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from datagen.curation import Deduplication, Measure, Repetition, repetitions_in, rows_in, tasks_file
from datagen.curation.contents import fenced_texts
from datagen.diversity import TaxonomyCell, cell_of_row
from datagen.outputs.curated import CurationStep, history_of
from datagen.outputs.report.journalled import Candidates, candidates_of, verdicts_of
from rewardsvc.llm import PriceList
from rewardsvc.tasks import TaskRow
from rewardsvc.types import Verdict

MOST_SHOWN = 240
"""Rows that a page shows, topics taking turns: a page of some megabytes opens on a telephone."""

_COLUMNS = 24
"""Of a histogram."""

NEAR = Deduplication(by=(Measure.ARTIFACT, Measure.INSTRUCTION, Measure.ANSWER), threshold=0.7)
"""What counts as nearly the same here: a little less alike than what ``dedupe`` drops."""


@dataclass(slots=True)
class Lengths:
    """How long texts are, with all values kept as counts."""

    counts: Counter[int] = field(default_factory=Counter)

    def add(self, length: int) -> None:
        """Take in a text."""
        self.counts[length] += 1

    @property
    def median(self) -> int:
        """The middle one; 0 of none."""
        half, passed = self.counts.total() / 2, 0
        for length in sorted(self.counts):
            passed += self.counts[length]
            if passed >= half:
                return length
        return 0

    def columns(self) -> list[tuple[str, int]]:
        """Ranges of equal width, each with its number; the longest hundredth is in the last."""
        if not self.counts:
            return []
        total, passed, last = self.counts.total(), 0, max(self.counts)
        for length in sorted(self.counts):
            passed += self.counts[length]
            if passed >= 0.99 * total:
                last = length
                break
        first = min(self.counts)
        width = max(1, math.ceil((last - first + 1) / _COLUMNS))
        number = math.ceil((last - first + 1) / width)
        columns = [0] * number
        for length, count in self.counts.items():
            columns[min((length - first) // width, number - 1)] += count
        ends = [(first + place * width, first + (place + 1) * width - 1) for place in range(number)]
        names = [f"{low}" if low == high else f"{low} to {high}" for low, high in ends]
        if max(self.counts) > ends[-1][1]:
            names[-1] = f"{ends[-1][0]} and more"
        return list(zip(names, columns, strict=True))


@dataclass(slots=True)
class DataFindings:
    """What a page says.

    ``cells``: rows by (category, topic, format) and split. ``drawn``: rows by their cell of the
    taxonomy, where they have one. ``near``: rows that are nearly the same
    as an earlier one. ``shown``: rows to look into, with their verdicts where the journal has them.
    ``candidates``: None where there is no journal.
    """

    name: str
    rows: int = 0
    cells: dict[tuple[str, str, str], Counter[str]] = field(default_factory=dict)
    drawn: Counter[TaxonomyCell] = field(default_factory=Counter)
    teachers: Counter[str] = field(default_factory=Counter)
    checks: int = 0
    asked: Lengths = field(default_factory=Lengths)
    answered: Lengths = field(default_factory=Lengths)
    near: Sequence[Repetition] = ()
    steps: Sequence[CurationStep] = ()
    candidates: Candidates | None = None
    shown: list[TaskRow] = field(default_factory=list)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    category_of: dict[str, str] = field(default_factory=dict)


def findings_of(data: Path, prices: PriceList) -> DataFindings:
    """Gather it of a folder or file. ``prices``: of models, for what was spent.

    Raises:
        WrongUsage, OutputUnusable: it cannot be read.
        rewardsvc.errors.InvalidFile: a row is wrong.
    """
    folder = tasks_file(data).parent
    found = DataFindings(name=folder.resolve().name, steps=history_of(data))
    queues: dict[tuple[str, str, str], list[TaskRow]] = {}
    for row in rows_in(data):
        _add(found, row)
        queues.setdefault(_cell(row), [])
        if len(queues[_cell(row)]) < MOST_SHOWN:
            queues[_cell(row)].append(row)
    found.near = repetitions_in(rows_in(data), NEAR)
    found.shown = _in_turn(queues.values())
    found.candidates = candidates_of(folder, prices)
    known = found.candidates.turned_down if found.candidates else []
    ids = dict.fromkeys([*(row.id for row in found.shown), *(fate.id for fate in known)])
    found.verdicts = verdicts_of(folder, ids)
    return found


def _add(found: DataFindings, row: TaskRow) -> None:
    found.rows += 1
    found.cells.setdefault(_cell(row), Counter())[row.split or "train"] += 1
    if (cell := cell_of_row(row)).difficulty:
        found.drawn[cell.drawn] += 1
    found.teachers[str(row.provenance.get("teacher", "unknown"))] += 1
    found.checks += len(row.checks)
    found.category_of[row.id] = row.category
    found.asked.add(len(row.instruction.split()))
    if row.output:
        found.answered.add(sum(len(each.splitlines()) for each in fenced_texts(row.output)))


def _cell(row: TaskRow) -> tuple[str, str, str]:
    return row.category or "-", row.topic or "-", row.format


def _in_turn(queues: Iterable[list[TaskRow]]) -> list[TaskRow]:
    """As many as are shown, queues taking turns."""
    waiting = list(queues)
    deepest = max(map(len, waiting), default=0)
    turns = (queue[place] for place in range(deepest) for queue in waiting if place < len(queue))
    return [row for row, _ in zip(turns, range(MOST_SHOWN), strict=False)]
