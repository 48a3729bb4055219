"""Samples answers to a suite's tasks and has them scored; what is there already is not repeated."""

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from rewardsvc.progress import progress_on
from rewardsvc.tasks import TaskRow
from rewardsvc.types import ScoreRequest, Verdict
from rl.data import prompt_of
from rl.errors import TooManyUnscored
from rl.evaluation.answers import Evaluated, answer_to_json, evaluated, keep_scored
from rl.evaluation.suite import Suite
from rl.reward.scoring import ScoringThread, collect
from rl.rollout.base import Sampler


@dataclass(frozen=True, slots=True)
class _Pending:
    row: TaskRow
    number: int
    text: str
    verdict: "Future[Verdict]"


def evaluate(
    sampler: Sampler,
    suite: Suite,
    scoring: ScoringThread,
    file: Path,
    *,
    deadline_seconds: float,
) -> list[Evaluated]:
    """The answers of one model to all of a suite; goes on where the file ends.

    While one batch is scored the next one is generated.

    Args:
        sampler: samples from the model.
        suite: what is asked, and how.
        scoring: who scores.
        file: where every answer is kept; its folder is there.
        deadline_seconds: for the verdicts of one batch; what is late is UNSCORED.

    Raises:
        TooManyUnscored: not one answer was scored, so that there is nothing to report.
    """
    results = keep_scored(file)
    done = {(result.task, result.number) for result in results}
    todo = [(row, number) for row, number in suite.samples if (row.id, number) not in done]
    if results and todo:
        print(f"evaluation: {len(results)} answers are there already", file=sys.stderr)
    waiting = list[_Pending]()
    with (
        file.open("a", encoding="utf-8", errors="replace") as out,
        progress_on(sys.stderr, "evaluation", len(suite.samples), already=len(done)) as advance,
    ):
        for start in range(0, len(todo), suite.batch_size):
            batch = todo[start : start + suite.batch_size]
            generated = _generated(sampler, suite, batch, scoring, start + len(done))
            results += _written(waiting, out, deadline_seconds)
            waiting = generated
            advance(len(batch))
        results += _written(waiting, out, deadline_seconds)
    if results and all(result.reward is None for result in results):
        reason = results[0].verdict.failure_reason
        raise TooManyUnscored(
            f"evaluation: all {len(results)} answers are UNSCORED, the first as "
            f"{results[0].failure}: {reason}. See `rewardsvc doctor`"
        )
    return results


def _generated(
    sampler: Sampler,
    suite: Suite,
    batch: Sequence[tuple[TaskRow, int]],
    scoring: ScoringThread,
    first: int,
) -> list[_Pending]:
    pending: dict[int, _Pending] = {}

    def score(place: int, text: str) -> None:
        row, number = batch[place]
        verdict = scoring.submit(ScoreRequest(id=row.id, task=row.task, completion=text))
        pending[place] = _Pending(row, number, text, verdict)

    prompts = [prompt_of(row, suite.prompt) for row, _ in batch]
    sampler.sample(prompts, suite.sampling(first), score)
    return [pending[place] for place in range(len(batch))]


def _written(
    waiting: Sequence[_Pending], out: TextIO, deadline_seconds: float
) -> Iterator[Evaluated]:
    verdicts = collect([pending.verdict for pending in waiting], deadline_seconds)
    for pending, verdict in zip(waiting, verdicts, strict=True):
        answer = evaluated(pending.row, pending.number, verdict, pending.text)
        out.write(answer_to_json(answer) + "\n")
        yield answer
    out.flush()
