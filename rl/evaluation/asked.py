"""The tasks of an evaluation by what they are of: what its figures are broken down by. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from rewardsvc.tasks import TaskRow
from rl.data import topic_of
from rl.errors import InvalidRunDirectory

ANY = "-"
"""Where a task does not say."""

NEVER_TRAINED_ON = "topic never trained on"
TRAINED_ON = "topic trained on, other values"
"""Of a benchmark's tasks (docs/bench.md)."""


PASS_RATE_WORDS = (
    "never passed",
    "seldom passed",
    "sometimes passed",
    "often passed",
    "always passed",
)
"""Of how often a student passed; other words are levels that tasks were drawn for."""


class Breakdown(StrEnum):
    """What tasks are told apart by."""

    CATEGORY = "category"
    FORMAT = "format"
    PROVIDER = "provider"
    DIFFICULTY = "difficulty"
    NOVELTY = "novelty"
    """Of a benchmark: whether its topic was trained on, with other values, or never seen."""
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class EvaluatedTask:
    """What is known of a task without its checks and its answer. ``novelty``: what
    :attr:`Breakdown.NOVELTY` says."""

    id: str
    category: str
    format: str
    topic: str
    provider: str
    difficulty: str
    novelty: str
    instruction: str

    def by(self, breakdown: Breakdown) -> str:
        """Which of them it is."""
        return str(getattr(self, breakdown.value))


_ASKED = TypeAdapter(EvaluatedTask)


def asked_of(row: TaskRow, bench_only: Mapping[str, Sequence[str]] | None = None) -> EvaluatedTask:
    """What is known of a row.

    ``bench_only``: topics by category that no training has seen, where a benchmark says so.
    """
    topic = topic_of(row)
    novelty = ANY
    if bench_only is not None:
        new = topic in bench_only.get(row.category, ())
        novelty = NEVER_TRAINED_ON if new else TRAINED_ON
    return EvaluatedTask(
        id=row.id,
        category=row.category or ANY,
        format=row.format,
        topic=topic,
        provider=("+".join(sorted(row.means.providers)) if row.means else "") or ANY,
        difficulty=_difficulty(row),
        novelty=novelty,
        instruction=f"{row.instruction}\n{row.input}".strip(),
    )


def _difficulty(row: TaskRow) -> str:
    """How often a student passed (docs/difficulty.md), or else the level that it was drawn for
    (docs/diversity.md)."""
    if row.pass_rate is not None:
        return difficulty_word(row.pass_rate.share)
    cell = row.provenance.get("cell")
    level = cell.get("difficulty") if isinstance(cell, Mapping) else None
    return level if isinstance(level, str) and level else ANY


def difficulty_word(share: float) -> str:
    """A pass rate as a word: of thirds, and its ends apart."""
    if share in (0.0, 1.0):
        return PASS_RATE_WORDS[-1 if share else 0]
    return PASS_RATE_WORDS[1:-1][min(2, int(share * 3))]


def asked_to_json(task: EvaluatedTask) -> str:
    """A task as a line, without the line's end."""
    return json.dumps(asdict(task), ensure_ascii=False)


def read_asked(file: Path) -> dict[str, EvaluatedTask]:
    """The tasks of an evaluation by their ids.

    Raises:
        InvalidRunDirectory: there is no such file, or something else in it.
    """
    try:
        # Not splitlines(): JSON leaves U+0085, U+2028 and U+2029 in an instruction as they are.
        lines = file.read_text(encoding="utf-8").split("\n")
        tasks = [_ASKED.validate_json(line) for line in lines if line]
    except (OSError, ValidationError) as error:
        raise InvalidRunDirectory(f"{file}: not the tasks of an evaluation: {error}") from error
    return {task.id: task for task in tasks}
