"""Samples answers to a suite's tasks and has them scored; what is there already is not repeated."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from rewardsvc.progress import progress_on
from rewardsvc.tasks import TaskRow
from rewardsvc.types import ScoreRequest, Verdict
from rl.data import prompt_of
from rl.errors import TooManyUnscored
from rl.evaluation.answers import AnswerCost, Evaluated, answer_to_json, evaluated, keep_scored
from rl.evaluation.suite import Suite
from rl.reward.scoring import ScoringThread, collect
from rl.rollout.base import Conversation, Sampler


@dataclass(frozen=True, slots=True)
class _Pending:
    row: TaskRow
    number: int
    text: str
    verdict: "Future[Verdict]"
    cost: AnswerCost | None = None


def evaluate(
    sampler: Sampler,
    suite: Suite,
    scoring: ScoringThread,
    file: Path,
    *,
    deadline_seconds: float,
    asked: Callable[[TaskRow], Conversation] | None = None,
    timed: bool = False,
) -> list[Evaluated]:
    """The answers of one model to all of a suite; goes on where the file ends.

    While one batch is scored the next one is generated.

    Args:
        sampler: samples from the model.
        suite: what is asked, and how.
        scoring: who scores.
        file: where every answer is kept; its folder is there.
        deadline_seconds: for the verdicts of one batch; what is late is UNSCORED.
        asked: how a task is put to the model; by the suite's prompt alone where not given.
        timed: whether each answer's cost is kept with it.

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
            generated = _generated(
                sampler, suite, batch, scoring, start + len(done), asked=asked, timed=timed
            )
            results += _written(waiting, out, deadline_seconds)
            waiting = generated
            advance(len(batch))
        results += _written(waiting, out, deadline_seconds)
    refuse_all_unscored(results)
    return results


def refuse_all_unscored(results: Sequence[Evaluated]) -> None:
    """Refuse to report of answers of which none was scored.

    Raises:
        TooManyUnscored: there are such answers, and no others.
    """
    if results and all(result.reward is None for result in results):
        reason = results[0].verdict.failure_reason
        raise TooManyUnscored(
            f"evaluation: all {len(results)} answers are UNSCORED, the first as "
            f"{results[0].failure}: {reason}. See `rewardsvc doctor`"
        )


def _generated(
    sampler: Sampler,
    suite: Suite,
    batch: Sequence[tuple[TaskRow, int]],
    scoring: ScoringThread,
    first: int,
    *,
    asked: Callable[[TaskRow], Conversation] | None,
    timed: bool,
) -> list[_Pending]:
    pending: dict[int, _Pending] = {}

    def score(place: int, text: str) -> None:
        row, number = batch[place]
        verdict = scoring.submit(ScoreRequest(id=row.id, task=row.task, completion=text))
        pending[place] = _Pending(row, number, text, verdict)

    asks = asked or (lambda row: prompt_of(row, suite.prompt))
    began = time.monotonic()
    sampled = sampler.sample([asks(row) for row, _ in batch], suite.sampling(first), score)
    if not timed:
        return [pending[place] for place in range(len(batch))]
    seconds = (time.monotonic() - began) / len(batch)
    return [
        replace(
            pending[place],
            cost=AnswerCost(
                seconds=round(seconds, 4),
                input_tokens=len(one.prompt_ids),
                output_tokens=len(one.ids),
                cut_off=len(one.ids) >= suite.max_completion_length,
            ),
        )
        for place, one in enumerate(sampled)
    ]


def _written(
    waiting: Sequence[_Pending], out: TextIO, deadline_seconds: float
) -> Iterator[Evaluated]:
    verdicts = collect([pending.verdict for pending in waiting], deadline_seconds)
    for pending, verdict in zip(waiting, verdicts, strict=True):
        answer = evaluated(pending.row, pending.number, verdict, pending.text, pending.cost)
        out.write(answer_to_json(answer) + "\n")
        yield answer
    out.flush()
