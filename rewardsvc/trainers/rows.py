"""The row that a trainer hands on, and the request that comes of it."""

import json
from dataclasses import replace

from rewardsvc.errors import InvalidRequest
from rewardsvc.tasks import TaskRow, row_from_json
from rewardsvc.types import JsonValue, Means, ScoreRequest, Task


def task_of(row: JsonValue, field: str) -> Task:
    """A row's task, without the answer; ``field`` is the place of the row, for errors.

    Raises:
        InvalidRequest: it is no such row; names the field.
    """
    return _read(row, field).task


def request_about(row: JsonValue, completion: str, field: str) -> ScoreRequest:
    """The request to score a completion of a row's task.

    A row without means gets empty ones, which every server has: so no completion can choose to be
    UNSCORED, and end a run by that.

    Args:
        row: of ``tasks.jsonl``, as JSON text or as an object.
        completion: the model's raw text.
        field: what the trainer calls the place of the row, for errors.

    Raises:
        InvalidRequest: it is no such row; names the field.
    """
    found = _read(row, field)
    task = found.task
    means = task.means if task.means is not None else Means()
    return ScoreRequest(id=found.id, task=replace(task, means=means), completion=completion)


def _read(row: JsonValue, field: str) -> TaskRow:
    if not isinstance(row, str | dict):
        raise InvalidRequest(field, "must be a row of tasks.jsonl, as an object or as its text")
    try:
        return row_from_json(row if isinstance(row, str) else json.dumps(row))
    except InvalidRequest as error:
        raise InvalidRequest(f"{field}: {error.field}", error.message) from error
