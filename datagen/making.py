"""A data set from Python, as ``datagen run`` makes one."""

import asyncio
import io
import json
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, overload

from rich.console import Console

from datagen.errors import TooFewPairs
from datagen.pipeline import Made, make
from datagen.pipeline.wanted import wanted_of
from datagen.recipe import Recipe, read_recipe
from rewardsvc.extras import needing
from rewardsvc.program import Stopped, exit_code
from rewardsvc.settings import load_settings
from rewardsvc.tasks import TaskRow, read_tasks, row_to_json
from rewardsvc.yaml_file import YamlMapping, validated

if TYPE_CHECKING:
    import datasets

SPLITS = ("train", "validation", "test")

_CATEGORIES = ("docker", "kubernetes", "cicd", "mlops")
"""Where nobody names any: what needs no provider of Terraform's."""


@dataclass(frozen=True, slots=True)
class DatasetRows(Sequence[TaskRow]):
    """Verified pairs, in the order of ``tasks.jsonl``."""

    rows: tuple[TaskRow, ...]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.rows)

    def __iter__(self) -> Iterator[TaskRow]:
        """One after the other."""
        return iter(self.rows)

    @overload
    def __getitem__(self, index: int) -> TaskRow: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[TaskRow]: ...

    def __getitem__(self, index: int | slice) -> TaskRow | Sequence[TaskRow]:
        """By position."""
        return self.rows[index]

    def to_datasets(self) -> "datasets.DatasetDict":
        """The same as the datasets library has them: a data set for each split that has rows.

        Columns are the keys of ``tasks.jsonl``; what has no one type (checks, means, truth,
        before, fixtures, provenance) is JSON in a string.

        Raises:
            ExtraMissing: the library is not installed.
        """
        with needing("rl"):
            import datasets
        return datasets.DatasetDict(
            {
                split: datasets.Dataset.from_list(columns)
                for split in SPLITS
                if (columns := [_columns(row) for row in self.rows if row.split == split])
            }
        )


def create_dataset(
    size: int | None = None,
    *,
    categories: Sequence[str] = (),
    recipe: Path | str | None = None,
    seed: int | None = None,
    folder: Path | str | None = None,
    server: str | None = None,
) -> DatasetRows:
    """Verified pairs by a recipe, or by what is said here: 100 of docker, kubernetes, cicd and
    mlops by the built-in teacher.

    ``size``, ``categories`` (in equal shares) and ``seed`` go before the recipe's. ``folder``:
    where the data set stays, and is gone on with; none remains without it. ``server``: who scores;
    this process where None. Settings are those of the commands. Words about it are for a terminal.

    Raises:
        TooFewPairs: fewer could be made; what there is stays in the folder.
        DatagenError, rewardsvc.errors.RewardServiceError: it cannot be made.
    """
    said: dict[str, object] = {"count": 100, "categories": dict.fromkeys(_CATEGORIES, 1.0)}
    if recipe is not None:
        said = read_recipe(Path(recipe)).model_dump()
    given = {"count": size, "categories": dict.fromkeys(categories, 1.0) or None, "seed": seed}
    said |= {key: value for key, value in given.items() if value is not None}
    wanted = validated(Recipe, YamlMapping("create_dataset", said))
    with tempfile.TemporaryDirectory(prefix="datagen-") as passing:
        made = _made(wanted, Path(folder or passing), server)
        if made.missing:
            raise TooFewPairs(made.missing)
        return DatasetRows(tuple(read_tasks(made.file)))


def _made(recipe: Recipe, folder: Path, server: str | None) -> Made:
    settings = load_settings(None, judge=recipe.judge or None)
    console = Console(stderr=True) if sys.stderr.isatty() else Console(file=io.StringIO())
    wanted = wanted_of(recipe, folder, judges=settings.judge, server=server)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        try:
            return make(wanted, settings, console)
        except Stopped as stopped:  # a program of one's own hears the signal as it would otherwise
            if stopped.exit_code == exit_code(signal.SIGINT):
                raise KeyboardInterrupt from stopped
            raise SystemExit(stopped.exit_code) from stopped
    # A notebook runs a loop of its own, in which no other one can run.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(make, wanted, settings, console).result()


def _columns(row: TaskRow) -> dict[str, object]:
    plain = ("id", "category", "format", "instruction", "input", "output", "files", "split")
    columns = json.loads(row_to_json(row))
    nested = ("checks", "means", "truth", "before", "fixtures", "provenance")
    return {
        **{key: columns[key] for key in plain},
        **{key: json.dumps(columns.get(key), ensure_ascii=False) for key in nested},
    }
