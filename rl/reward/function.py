"""The one scalar reward function that GRPO gets, and what it refuses to learn from.

TRL leaves a sample out of its group's baseline, with advantage 0, when every reward function says
None for it, but counts None from some of several as 0; hence exactly one function. A function
that raises ends the training, so a fault of one sample is None, and only a step with too many of
them raises, on purpose.
"""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Protocol

from rewardsvc.tasks import TaskRow
from rewardsvc.types import FailureKind, Fault, ScoreRequest, Status, Verdict
from rl.data import Message
from rl.reward.scoring import RULE, ScoringThread, collect
from rl.reward.verdicts import Summary, check_unscored, failure_of, reward_or_none, summarize

Completion = str | list[Message]
"""A text, or the one assistant message that TRL makes of it for conversational prompts."""


class StepCount(Protocol):
    """What is read of a trainer's state: how many steps it has made."""

    global_step: int


def text_of(completion: Completion) -> str:
    """The model's raw text."""
    return completion if isinstance(completion, str) else completion[0]["content"]


class RewardFunction:
    """Scores a batch of completions against their tasks; TRL calls it.

    Args:
        tasks: rows by the index that the data set's ``task`` column holds.
        scoring: who scores.
        log: one line of JSON for each step is appended here, and to ``…completions.jsonl`` beside
            it one line for each completion.
    """

    __name__ = "assay"  # TRL names its metrics after the function

    def __init__(
        self,
        tasks: Sequence[TaskRow],
        scoring: ScoringThread,
        *,
        log: Path,
        max_unscored_share: float,
        deadline_seconds: float,
    ) -> None:
        self._tasks = tasks
        self._scoring = scoring
        self._log = log
        self._max_unscored_share = max_unscored_share
        self._deadline_seconds = deadline_seconds

    def submit(self, task: int, text: str) -> "Future[Verdict]":
        """Start scoring; a rollout does so as soon as a completion is there."""
        row = self._tasks[task]
        return self._scoring.submit(ScoreRequest(id=row.id, task=row.task, completion=text))

    def __call__(
        self,
        prompts: Sequence[object],
        completions: Sequence[Completion],
        task: Sequence[int],
        *,
        pending_verdict: "Sequence[Future[Verdict]] | None" = None,
        trainer_state: StepCount | None = None,
        log_metric: Callable[[str, float], None] | None = None,
        **columns: object,
    ) -> list[float | None]:
        """One reward in [0, 1] for each completion, None for UNSCORED.

        Args:
            prompts: not looked at.
            completions: what is scored, unless that is under way.
            task: the index of each completion's task.
            pending_verdict: the verdicts under way, where a rollout began the scoring.
            trainer_state: says which step this is.
            log_metric: takes each mean and share of the step, by name.
            columns: what else TRL passes; not looked at.

        Raises:
            TooManyUnscored: the share of None passes the limit.
        """
        texts = [text_of(completion) for completion in completions]
        pending = pending_verdict or [
            self.submit(index, text) for index, text in zip(task, texts, strict=True)
        ]
        verdicts = [_finite(verdict) for verdict in collect(pending, self._deadline_seconds)]
        step = (trainer_state.global_step if trainer_state is not None else 0) + 1
        summary = summarize(verdicts)
        self._write(step, summary, task, texts, verdicts)
        if log_metric is not None:
            for name, value in summary.items():
                if isinstance(value, float):
                    log_metric(f"reward/{name}", value)
        check_unscored(verdicts, self._max_unscored_share, f"GRPO step {step}")
        return [reward_or_none(verdict) for verdict in verdicts]

    def _write(
        self,
        step: int,
        summary: Summary,
        task: Sequence[int],
        texts: Sequence[str],
        verdicts: Sequence[Verdict],
    ) -> None:
        with self._log.open("a", encoding="utf-8") as log:
            log.write(json.dumps({"step": step, **summary}) + "\n")
        samples = self._log.with_name(f"{self._log.stem}.completions.jsonl")
        with samples.open("a", encoding="utf-8", errors="replace") as log:
            for index, text, verdict in zip(task, texts, verdicts, strict=True):
                line = {
                    "step": step,
                    "task": self._tasks[index].id,
                    "reward": verdict.reward,
                    "failure": "" if verdict.reward is not None else failure_of(verdict),
                    "completion": text,
                }
                log.write(json.dumps(line, ensure_ascii=False) + "\n")


def _finite(verdict: Verdict) -> Verdict:
    """A verdict whose reward is no finite number is a fault, whatever it calls itself."""
    if verdict.status is Status.SCORED and reward_or_none(verdict) is None:
        reason = f"the reward is {verdict.reward!r}, which is no finite number"
        return Verdict.unscored(verdict.id, Fault(FailureKind.INTERNAL, reason), RULE)
    return verdict
