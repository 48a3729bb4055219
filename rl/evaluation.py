"""Samples answers to held-out tasks, has them scored, and keeps every one of them in a file."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewardsvc.tasks import TaskRow
from rewardsvc.types import Component, ScoreRequest, Stage, StageStatus, Verdict
from rewardsvc.wire.json import verdict_from_json, verdict_to_json
from rl.config import Config
from rl.data import prompt_of, topic_of
from rl.errors import TooManyUnscored
from rl.models import Policy
from rl.reward import failure_of, reward_or_none
from rl.rollout.transformers import sample
from rl.scoring import ScoringThread, collect


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One answer to one held-out task, with its verdict."""

    task: str
    format: str
    topic: str
    number: int
    verdict: Verdict

    @property
    def reward(self) -> float | None:
        """The reward, None where the verdict is UNSCORED."""
        return reward_or_none(self.verdict)

    @property
    def failure(self) -> str:
        """Why there is no reward, "" where there is one."""
        return "" if self.reward is not None else failure_of(self.verdict)

    @property
    def valid(self) -> bool:
        """Fully valid: syntax and correctness both 1, whatever the format component."""
        parts = self.verdict.components
        return (
            self.reward is not None and parts is not None and parts.syntax == parts.correctness == 1
        )


@dataclass(frozen=True, slots=True)
class _Pending:
    row: TaskRow
    number: int
    text: str
    verdict: "Future[Verdict]"


def evaluate(
    policy: Policy,
    rows: Sequence[TaskRow],
    scoring: ScoringThread,
    config: Config,
    file: Path,
) -> list[Evaluated]:
    """Answers to all rows, ``eval.samples_per_task`` each; goes on where the file ends.

    While one batch is scored the next one is generated.

    Raises:
        TooManyUnscored: not one answer was scored, so that there is nothing to report.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    results = _kept(file)
    done = {(result.task, result.number) for result in results}
    todo = [
        (row, number)
        for row in rows
        for number in range(config.eval.samples_per_task)
        if (row.id, number) not in done
    ]
    if results and todo:
        print(f"evaluation: {len(results)} answers are there already", file=sys.stderr)
    began, waiting = time.monotonic(), list[_Pending]()
    with file.open("a", encoding="utf-8", errors="replace") as out:
        for start in range(0, len(todo), config.eval.batch_size):
            batch = todo[start : start + config.eval.batch_size]
            generated = _generate(policy, batch, scoring, config, start + len(done))
            results += _written(waiting, out, config.reward.deadline_seconds)
            waiting = generated
            rate = (start + len(batch)) / (time.monotonic() - began)
            left = (len(todo) - start - len(batch)) / rate
            print(
                f"evaluation: {start + len(batch)}/{len(todo)} answers  {rate:.1f}/s  "
                f"{left:.0f} s left",
                file=sys.stderr,
                flush=True,
            )
        results += _written(waiting, out, config.reward.deadline_seconds)
    if results and all(result.reward is None for result in results):
        reason = results[0].verdict.failure_reason
        raise TooManyUnscored(
            f"evaluation: all {len(results)} answers are UNSCORED, the first as "
            f"{results[0].failure}: {reason}. See `rewardsvc doctor`"
        )
    return results


def read(file: Path) -> list[Evaluated]:
    """The answers that :func:`evaluate` wrote; a last line cut short is passed over."""
    results = []
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            values: dict[str, Any] = json.loads(line)
        except json.JSONDecodeError:
            continue
        results.append(
            Evaluated(
                task=values["task"],
                format=values["format"],
                topic=values["topic"],
                number=values["sample"],
                verdict=verdict_from_json(json.dumps(values["verdict"])),
            )
        )
    return results


def _generate(
    policy: Policy,
    batch: Sequence[tuple[TaskRow, int]],
    scoring: ScoringThread,
    config: Config,
    offset: int,
) -> list[_Pending]:
    texts = sample(
        policy,
        [prompt_of(row, config.prompt) for row, _ in batch],
        temperature=config.eval.temperature,
        max_new_tokens=config.eval.max_completion_length,
        seed=config.seed + offset,
    )
    return [
        _Pending(
            row,
            number,
            text,
            scoring.submit(ScoreRequest(id=row.id, task=row.task, completion=text)),
        )
        for (row, number), text in zip(batch, texts, strict=True)
    ]


def _written(waiting: Sequence[_Pending], out: Any, seconds: float) -> Iterator[Evaluated]:
    verdicts = collect([pending.verdict for pending in waiting], seconds)
    for pending, verdict in zip(waiting, verdicts, strict=True):
        row = pending.row
        line = {
            "task": row.id,
            "format": row.format,
            "topic": topic_of(row),
            "sample": pending.number,
            "completion": pending.text,
            "verdict": verdict_to_json(verdict),
        }
        out.write(json.dumps(line, ensure_ascii=False) + "\n")
        yield Evaluated(row.id, row.format, topic_of(row), pending.number, verdict)
    out.flush()


def _kept(file: Path) -> list[Evaluated]:
    """What an interrupted evaluation left; what it could not score is tried again."""
    if not file.is_file():
        return []
    kept = {(result.task, result.number) for result in read(file) if result.reward is not None}
    lines = []
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            values = json.loads(line)
        except json.JSONDecodeError:
            continue
        if (values["task"], values["sample"]) in kept:
            lines.append(line)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return read(file)


def failed_stages(result: Evaluated) -> list[Stage]:
    """The stages of syntax and correctness that an answer did not pass."""
    return [
        stage
        for stage in result.verdict.stages
        if stage.status is StageStatus.FAILED and stage.component is not Component.FORMAT
    ]
