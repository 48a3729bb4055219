"""Task rows as a program has them: a file, rows of ours, or mappings with their keys."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rewardsvc.errors import InvalidFile, InvalidRequest
from rewardsvc.tasks import TaskRow, read_tasks, row_from_json
from rl.data import need_known_split
from rl.errors import InvalidTasks

FileOfTasks = str | Path
"""``tasks.jsonl``, or the folder that has it."""

Rows = FileOfTasks | Iterable[TaskRow | Mapping[str, Any]]
"""Tasks: a file of them, what ``datagen.create_dataset`` gives, or rows with ``instruction`` and
``output`` (Alpaca's keys; a ``datasets.Dataset`` is such) and what else ``tasks.jsonl`` has."""

_JSON_COLUMNS = ("checks", "means", "truth", "before", "fixtures", "provenance")
"""What ``DatasetRows.to_datasets`` of ``datagen`` writes as JSON in a string."""


def given_rows(dataset: Rows) -> list[TaskRow]:
    """The rows.

    Raises:
        InvalidTasks: a file cannot be read, or a row has no instruction, an unknown key, a value
            of the wrong kind or an unknown split.
    """
    if isinstance(dataset, str | Path):
        path = Path(dataset)
        try:
            rows = list(read_tasks(path / "tasks.jsonl" if path.is_dir() else path))
        except InvalidFile as error:
            raise InvalidTasks(str(error)) from error
    elif isinstance(dataset, Mapping):
        names = ", ".join(map(str, dataset))
        raise InvalidTasks(
            f"these are no rows but a mapping of {names or 'nothing'}: of a DatasetDict give one "
            'data set, such as dataset["train"]'
        )
    else:
        rows = [_row_of(row, number) for number, row in enumerate(dataset)]
    for row in rows:
        need_known_split(row)
    return rows


def _row_of(row: object, number: int) -> TaskRow:
    if isinstance(row, TaskRow):
        return row if row.id else replace(row, id=str(number))
    if not isinstance(row, Mapping):
        raise InvalidTasks(f"row {number}: is no mapping but {type(row).__name__}")
    # A column of the datasets library has None where a row lacks it.
    said = {str(key): value for key, value in row.items() if value is not None}
    for name in _JSON_COLUMNS:
        if isinstance(said.get(name), str):
            said[name] = _decoded(said[name], f"row {number}: {name}")
    said = {key: value for key, value in said.items() if value is not None}
    said = {"format": ""} | said | {"id": str(said.get("id", number))}
    if said.get("instruction", "") == "":
        raise InvalidTasks(
            f"row {number}: it has no instruction; rows have instruction and output, and format "
            "and checks where they are to be scored (tasks.jsonl)"
        )
    try:
        return row_from_json(json.dumps(said))
    except (TypeError, ValueError) as error:
        raise InvalidTasks(f"row {number}: is not as JSON has it: {error}") from error
    except InvalidRequest as error:
        raise InvalidTasks(f"row {number}: {error}; rows have the keys of tasks.jsonl") from error


def _decoded(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidTasks(f"{what} is text, and no JSON: {error}") from error
