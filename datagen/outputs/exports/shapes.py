"""What a row of a data set becomes in the shapes that trainers read. Pure.

The prompt is the instruction, below it what is given, and which files are asked for where there are
several. Texts are as they are; whatever has no
fixed shape (a task with its checks and means) is one text of JSON, so that every row of a shape has
the same columns of the same types.

Shapes: Alpaca's (Taori et al. 2023), the messages of OpenAI's fine-tuning and of TRL, ShareGPT's as
Axolotl and LLaMA-Factory read it; prompt and completion, preference and unpaired preference as TRL
documents its dataset formats (conversational).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from datagen.outputs.exports.settings import RowShape
from rewardsvc.formats import FORMATS
from rewardsvc.preferences import worse_answers
from rewardsvc.prompts import prompt_of
from rewardsvc.tasks import TaskRow
from rewardsvc.types import JsonValue
from rewardsvc.wire.json import task_to_json

ExportRow = dict[str, JsonValue]
"""Columns by their names."""


class Column(StrEnum):
    """The type of a column."""

    TEXT = "text"
    FLAG = "flag"
    MESSAGES = "messages"
    """A list of ``{"role", "content"}``."""
    TURNS = "turns"
    """A list of ``{"from", "value"}``."""

    @property
    def keys(self) -> tuple[str, str] | None:
        """The keys of a list's items; None of a plain value."""
        return {Column.MESSAGES: ("role", "content"), Column.TURNS: ("from", "value")}.get(self)


@dataclass(frozen=True, slots=True)
class ExportShape:
    """``columns``: in order. ``rows``: what one row becomes, none where it has not what it takes.

    ``summary``: for the card. ``lacking``: why there may be no row at all, and what to do.
    """

    columns: Mapping[str, Column]
    rows: Callable[[TaskRow], Iterator[ExportRow]]
    summary: str
    lacking: str = "no row has a reference answer"


_OF_ALL = {"id": Column.TEXT, "category": Column.TEXT, "format": Column.TEXT}


def _alpaca(row: TaskRow) -> Iterator[ExportRow]:
    if row.output:
        yield _named(row) | {
            "instruction": row.instruction,
            "input": row.input,
            "output": row.output,
        }


def _messages(row: TaskRow) -> Iterator[ExportRow]:
    if row.output:
        yield _named(row) | {"messages": [*_user(row), *_assistant(row.output)]}


def _sharegpt(row: TaskRow) -> Iterator[ExportRow]:
    if row.output:
        turns = [
            {"from": "human", "value": prompt_of(row.task)},
            {"from": "gpt", "value": row.output},
        ]
        yield _named(row) | {"conversations": turns}


def _prompt_completion(row: TaskRow) -> Iterator[ExportRow]:
    if row.output:
        yield _named(row) | {"prompt": _user(row), "completion": _assistant(row.output)}


def _preference(row: TaskRow) -> Iterator[ExportRow]:
    for worse in worse_answers(row) if row.output else ():
        yield _named(row) | {
            "prompt": _user(row),
            "chosen": _assistant(row.output),
            "rejected": _assistant(worse.output),
            "reason": worse.reason,
        }


def _unpaired(row: TaskRow) -> Iterator[ExportRow]:
    answers = [(row.output, True)] if row.output else []
    answers += [(worse.output, False) for worse in worse_answers(row)]
    for output, label in answers:
        yield _named(row) | {"prompt": _user(row), "completion": _assistant(output), "label": label}


def _rl(row: TaskRow) -> Iterator[ExportRow]:
    if row.format not in FORMATS:  # nobody could score it
        return
    task = json.dumps(task_to_json(row.task), ensure_ascii=False)
    yield _named(row) | {"prompt": _user(row), "task": task}


def _named(row: TaskRow) -> ExportRow:
    return {"id": row.id, "category": row.category, "format": row.format}


def _user(row: TaskRow) -> list[dict[str, str]]:
    return [{"role": "user", "content": prompt_of(row.task)}]


def _assistant(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


_NO_PAIRS = "no row knows a worse answer beside its own (docs/curation.md)"

SHAPES: Mapping[RowShape, ExportShape] = {
    RowShape.ALPACA: ExportShape(
        _OF_ALL | {"instruction": Column.TEXT, "input": Column.TEXT, "output": Column.TEXT},
        _alpaca,
        "instruction, input and output, as Alpaca has them",
    ),
    RowShape.MESSAGES: ExportShape(
        _OF_ALL | {"messages": Column.MESSAGES}, _messages, "a chat of one question and its answer"
    ),
    RowShape.SHAREGPT: ExportShape(
        _OF_ALL | {"conversations": Column.TURNS}, _sharegpt, "the same chat in ShareGPT's words"
    ),
    RowShape.PROMPT_COMPLETION: ExportShape(
        _OF_ALL | {"prompt": Column.MESSAGES, "completion": Column.MESSAGES},
        _prompt_completion,
        "prompt and completion, for training on the answer alone",
    ),
    RowShape.PREFERENCE: ExportShape(
        _OF_ALL
        | {
            "prompt": Column.MESSAGES,
            "chosen": Column.MESSAGES,
            "rejected": Column.MESSAGES,
            "reason": Column.TEXT,
        },
        _preference,
        "an answer that the tools accepted and one that they did not, to one prompt",
        _NO_PAIRS,
    ),
    RowShape.UNPAIRED_PREFERENCE: ExportShape(
        _OF_ALL | {"prompt": Column.MESSAGES, "completion": Column.MESSAGES, "label": Column.FLAG},
        _unpaired,
        "answers with a label: whether the tools accepted them",
    ),
    RowShape.RL: ExportShape(
        _OF_ALL | {"prompt": Column.MESSAGES, "task": Column.TEXT},
        _rl,
        "prompts for reinforcement learning; `task` is the `task` of a score request as JSON, with"
        " checks and means",
        "no row is in a format that is scored",
    ),
}
"""Those that are rows."""
