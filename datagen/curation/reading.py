"""Rows of a data set's folder or of any tasks file, one at a time."""

from collections.abc import Iterator
from pathlib import Path

from datagen.errors import WrongUsage
from rewardsvc.errors import InvalidFile
from rewardsvc.tasks import TaskRow, placed_tasks

TASKS = "tasks.jsonl"
"""The name of the rows' file in a folder."""


def tasks_file(path: Path) -> Path:
    """The file that is meant by a folder or a file.

    Raises:
        WrongUsage: there is none.
    """
    file = path / TASKS if path.is_dir() else path
    if not file.is_file():
        raise WrongUsage(f"{file}: there is no such file; datagen synth and datagen run write one")
    return file


def rows_in(path: Path) -> Iterator[TaskRow]:
    """The rows, in order.

    Raises:
        WrongUsage: there is no file.
        rewardsvc.errors.InvalidFile: it cannot be read, a row is wrong (names file, line and
            field), or its id was there before.
    """
    seen: set[str] = set()
    for place, row in placed_tasks(tasks_file(path)):
        if isinstance(row, InvalidFile):
            raise row
        if row.id in seen:
            raise InvalidFile(f"{place}: id: {row.id!r} is there twice; ids must differ")
        seen.add(row.id)
        yield row
