"""Task rows: the JSONL in which ``datagen`` and ``rl`` meet.

A row keeps Alpaca's ``instruction``, ``input``, ``output`` and adds ``id``, ``category``,
``format``, ``files``, ``checks``, ``means``, ``truth``, ``before``, ``fixtures``, ``split``,
``provenance``. ``output`` is the reference answer
as a completion (fences included), "" where none is known.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Self

from pydantic import ConfigDict, TypeAdapter, ValidationError

from rewardsvc.errors import InvalidFile
from rewardsvc.records import records
from rewardsvc.types import Check, Fixture, JsonValue, Means, Task
from rewardsvc.wire.json import (
    check_to_json,
    conditions_to_json,
    first_problem,
    parsed,
)

_OF_TASKS = tuple(each.name for each in fields(Task) if each.name != "reference")
"""What a row has in common with its task; the task's reference is the row's ``output``."""


PASS_RATE = "difficulty"
"""What a row's provenance calls how hard it was for a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRate:
    """How often a model did a task fully right. ``of``: answers that were scored; what could not be
    is not among them. ``student``: the model's name, without an address."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    student: str
    passed: int
    of: int

    @property
    def share(self) -> float:
        """In [0, 1]."""
        return self.passed / self.of

    def to_json(self) -> dict[str, JsonValue]:
        """As a row's provenance has it."""
        return {"student": self.student, "passed": self.passed, "of": self.of}

    def on(self, row: "TaskRow") -> "TaskRow":
        """The row with this."""
        return replace(row, provenance={**row.provenance, PASS_RATE: self.to_json()})


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """One row. ``split`` is "train", "validation", "test" or "" (the reader decides)."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    category: str = ""
    format: str
    instruction: str
    input: str = ""
    output: str = ""
    files: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    means: Means | None = None
    truth: JsonValue = None
    before: Mapping[str, str] = field(default_factory=dict)
    fixtures: tuple[Fixture, ...] = ()
    split: str = ""
    provenance: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def task(self) -> Task:
        """What is asked for, without the answer."""
        return Task(**{name: getattr(self, name) for name in _OF_TASKS})

    @property
    def topic(self) -> str:
        """What the task is about, as the provenance says; "" where it does not."""
        topic = self.provenance.get("topic")
        return topic if isinstance(topic, str) else ""

    @property
    def pass_rate(self) -> PassRate | None:
        """How hard it was for a model, as the provenance says; None where it does not."""
        said = self.provenance.get(PASS_RATE)
        try:
            rate = _PASS_RATE.validate_python(said)
        except ValidationError:
            return None
        return rate if 0 <= rate.passed <= rate.of and rate.of else None

    @classmethod
    def of(
        cls,
        task: Task,
        *,
        id: str,
        output: str = "",
        split: str = "",
        provenance: Mapping[str, JsonValue] | None = None,
    ) -> Self:
        """The row of a task with all that it says, but for its reference: ``output`` stands there.

        What a task may hold and a row may not is a TypeError, so nothing is lost on the way.
        """
        said = {name: getattr(task, name) for name in _OF_TASKS}
        return cls(id=id, output=output, split=split, provenance=provenance or {}, **said)


_ROW = TypeAdapter(TaskRow)
_PASS_RATE = TypeAdapter(PassRate)


def row_to_json(row: TaskRow) -> str:
    """The row as one line of JSON, without the line's end; equal rows give equal bytes.

    ``means``, ``truth``, ``before`` and ``fixtures`` are there where they are given.
    """
    return json.dumps(
        {
            "id": row.id,
            "category": row.category,
            "format": row.format,
            "instruction": row.instruction,
            "input": row.input,
            "output": row.output,
            "files": list(row.files),
            "checks": [check_to_json(check) for check in row.checks],
            **conditions_to_json(row.means, row.truth, row.before, row.fixtures),
            "split": row.split,
            "provenance": dict(row.provenance),
        },
        ensure_ascii=False,
    )


def read_tasks(path: Path) -> Iterator[TaskRow]:
    """The rows of a file (JSONL, or a JSON array), in order; blank lines are skipped.

    Raises:
        InvalidFile: not readable, not UTF-8, not JSON, or not a row; names path and line.
    """
    for _, row in placed_tasks(path):
        if isinstance(row, InvalidFile):
            raise row
        yield row


def placed_tasks(path: Path) -> Iterator[tuple[str, TaskRow | InvalidFile]]:
    """Like :func:`read_tasks`, each row with its place (``file:line``); what is none, as its error.

    Raises:
        InvalidFile: not readable, not UTF-8.
    """
    try:
        with path.open("rb") as stream:
            for record in records(stream, str(path)):
                try:
                    yield record.place, record.read(row_from_json)
                except InvalidFile as error:
                    yield record.place, error
    except OSError as error:
        raise InvalidFile(f"{path}: cannot be read: {error.strerror}") from error


def row_from_json(text: str | bytes) -> TaskRow:
    """The row that a line of JSON is.

    Raises:
        InvalidRequest: it is none; names the key, or "row".
    """
    data = parsed(text, "row")
    try:
        return _ROW.validate_python(data)
    except ValidationError as error:
        raise first_problem(error, "row") from error
