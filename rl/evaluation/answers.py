"""The answers to held-out tasks with their verdicts, and the file in which every one is kept."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NotRequired, TypedDict, cast

from pydantic import TypeAdapter

from rewardsvc.tasks import TaskRow
from rewardsvc.types import Component, JsonValue, Stage, StageStatus, Verdict
from rewardsvc.wire.json import verdict_from_json, verdict_to_json
from rl.data import topic_of
from rl.reward.verdicts import failure_of, fully_right, reward_or_none


@dataclass(frozen=True, slots=True)
class AnswerCost:
    """What an answer took. ``seconds``: from the question to its end; of one that was generated in
    a batch, the batch's by its size. ``cut_off``: the limit of tokens ended it."""

    seconds: float
    input_tokens: int
    output_tokens: int
    cut_off: bool = False


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One answer to one held-out task, with its verdict; ``number`` counts answers to a task.

    ``cost``: what it took, where that was measured.
    """

    task: str
    format: str
    topic: str
    number: int
    verdict: Verdict
    completion: str = ""
    cost: AnswerCost | None = None

    @property
    def reward(self) -> float | None:
        """The reward, None where the verdict is UNSCORED."""
        return reward_or_none(self.verdict)

    @property
    def failure(self) -> str:
        """Why there is no reward, "" where there is one."""
        return "" if self.reward is not None else failure_of(self.verdict)

    @property
    def right(self) -> bool:
        """Whether it is fully right (:func:`rl.reward.verdicts.fully_right`)."""
        return fully_right(self.verdict)

    @property
    def failed_stages(self) -> list[Stage]:
        """The stages of syntax and correctness that it did not pass."""
        return [
            stage
            for stage in self.verdict.stages
            if stage.status is StageStatus.FAILED and stage.component is not Component.FORMAT
        ]


_COST = TypeAdapter(AnswerCost)


class _Line(TypedDict):
    """One answer in the file."""

    task: str
    format: str
    topic: str
    sample: int
    completion: str
    verdict: JsonValue
    cost: NotRequired[JsonValue]


def evaluated(
    row: TaskRow, number: int, verdict: Verdict, completion: str, cost: AnswerCost | None = None
) -> Evaluated:
    """An answer to a row."""
    return Evaluated(row.id, row.format, topic_of(row), number, verdict, completion, cost)


def answer_to_json(answer: Evaluated) -> str:
    """An answer as a line of the file, without the line's end."""
    line = _Line(
        task=answer.task,
        format=answer.format,
        topic=answer.topic,
        sample=answer.number,
        completion=answer.completion,
        verdict=verdict_to_json(answer.verdict),
    )
    if answer.cost is not None:
        line["cost"] = asdict(answer.cost)
    return json.dumps(line, ensure_ascii=False)


def read(file: Path) -> list[Evaluated]:
    """The answers in a file; a last line cut short is passed over."""
    return [
        Evaluated(
            task=line["task"],
            format=line["format"],
            topic=line["topic"],
            number=line["sample"],
            verdict=verdict_from_json(json.dumps(line["verdict"])),
            completion=line["completion"],
            cost=_COST.validate_python(line["cost"]) if "cost" in line else None,
        )
        for _, line in _lines(file)
    ]


def keep_scored(file: Path) -> list[Evaluated]:
    """What an interrupted evaluation left; what it could not score is taken out of the file, which
    is replaced at once or not at all: answers are dear."""
    if not file.is_file():
        return []
    kept = {(each.task, each.number) for each in read(file) if each.reward is not None}
    texts = [text for text, line in _lines(file) if (line["task"], line["sample"]) in kept]
    new = file.with_name(f".{file.name}.new")
    new.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    new.replace(file)
    return read(file)


def _lines(file: Path) -> Iterator[tuple[str, _Line]]:
    """Each whole line, as it stands and as it reads."""
    # Not splitlines(): JSON leaves U+0085, U+2028 and U+2029 in an answer as they are.
    for text in file.read_text(encoding="utf-8").split("\n"):
        try:
            yield text, cast(_Line, json.loads(text))
        except json.JSONDecodeError:
            continue
