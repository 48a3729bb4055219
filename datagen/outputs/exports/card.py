"""The card of an exported data set: front matter that hubs read, and what a reader asks. Pure."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from datagen.outputs.curated import CurationStep
from datagen.outputs.exports.croissant import WrittenFile
from datagen.outputs.exports.settings import RowShape
from datagen.outputs.exports.shapes import SHAPES
from datagen.outputs.licences import licence_of, licences_in_words
from datagen.outputs.steps import BY_VALUES, step_in_words
from rewardsvc.tasks import TaskRow, row_to_json

_SPLITS = ("train", "validation", "test")
_SIZES = (
    (1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
)  # fmt: skip


@dataclass(slots=True)
class Seen:
    """What went by while a data set was written; filled by one pass over its rows."""

    rows: int = 0
    cells: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By category, format and split."""
    teachers: Counter[str] = field(default_factory=Counter)
    example: TaskRow | None = None

    def add(self, row: TaskRow) -> None:
        """Take in a row."""
        self.rows += 1
        self.cells[row.category or "-", row.format, split_of(row)] += 1
        self.teachers[str(row.provenance.get("teacher", "unknown"))] += 1
        self.example = self.example or row

    @property
    def licence(self) -> tuple[str, str]:
        """Its name, as hubs have it, and an address or words."""
        return licence_of(self.teachers)

    def summary(self, name: str) -> str:
        """The data set in two sentences."""
        categories = sorted({category for category, _, _ in self.cells})
        return (
            f"{name}: {self.rows} tasks for infrastructure code ({', '.join(categories)}), each"
            " with checks that pin what was asked for. The reference answers were verified by the"
            " real tools of each format."
        )


def split_of(row: TaskRow) -> str:
    """The split that a row is written to: a row without one is for training."""
    return row.split or "train"


def card_of(
    name: str, seen: Seen, files: Sequence[WrittenFile], steps: Sequence[CurationStep]
) -> Iterator[str]:
    """The lines of ``README.md``. ``steps``: those that led to the rows, in order."""
    yield from _front_matter(seen, files)
    yield from ("", f"# {name}", "", seen.summary(name), "")
    if files:
        yield from ("## How to load it", "", "```python", "from datasets import load_dataset", "")
        first = files[0]
        yield f'rows = load_dataset("{name}", "{first.shape.value}", split="{first.split}")'
        yield from ("```", "", "| configuration | split | rows | a row is |", "|---|---|---|---|")
        for file in files:
            summary = SHAPES[file.shape].summary
            yield f"| {file.shape.value} | {file.split} | {file.rows} | {summary} |"
        yield ""
    yield from ("## Contents", "")
    yield f"| category | format | {' | '.join(_SPLITS)} |"
    yield f"|---|---|{'---|' * len(_SPLITS)}"
    for category, format in sorted({(category, format) for category, format, _ in seen.cells}):
        numbers = (str(seen.cells[category, format, split]) for split in _SPLITS)
        yield f"| {category} | {format} | {' | '.join(numbers)} |"
    yield from ("", "## How it was made", "")
    teachers = ", ".join(f"`{name}` ({count})" for name, count in sorted(seen.teachers.items()))
    yield (
        f"Teachers, by the number of their rows: {teachers}. Each answer was run through the"
        " verifiers that score completions, in a sandbox; kept is what earned full syntax and full"
        " correctness, all checks included."
    )
    yield ""
    yield from (f"- {step_in_words(step)}" for step in steps)
    if not any(step.name == "split" for step in steps):
        yield f"- Sides: as `datagen synth` gives them: {BY_VALUES}."
    yield from ("", "## Licence", "", licences_in_words(seen.teachers))
    if seen.example is not None:
        shown = json.dumps(json.loads(row_to_json(seen.example)), indent=2, ensure_ascii=False)
        yield from ("", "## A task that rows were made of", "", "```json", shown, "```")


def _front_matter(seen: Seen, files: Sequence[WrittenFile]) -> Iterator[str]:
    size = next((name for limit, name in _SIZES if seen.rows < limit), "n>1M")
    yield from ("---", f"license: {seen.licence[0]}", "language:", "- en", "task_categories:")
    yield from ("- text-generation", "tags:", "- code", "- infrastructure-as-code", "- synthetic")
    yield from ("size_categories:", f"- {size}")
    yield from _configurations(files)
    yield "---"


def _configurations(files: Iterable[WrittenFile]) -> Iterator[str]:
    by_shape: dict[RowShape, list[WrittenFile]] = {}
    for file in files:
        by_shape.setdefault(file.shape, []).append(file)
    if by_shape:
        yield "configs:"
    for place, (shape, written) in enumerate(by_shape.items()):
        yield f"- config_name: {shape.value}"
        if place == 0:
            yield "  default: true"
        yield "  data_files:"
        for file in written:
            yield from (f"  - split: {file.split}", f"    path: {file.path}")
