"""The one scalar reward function that GRPO gets, and what it refuses to learn from.

TRL leaves a sample out of its group's baseline, with advantage 0, when every reward function says
None for it, but counts None from some of several as 0; hence exactly one function. A function
that raises ends the training, so a fault of one sample is None, and only a step with too many of
them raises, on purpose.
"""

import json
import math
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from rewardsvc.tasks import TaskRow
from rewardsvc.types import FailureKind, Fault, ScoreRequest, Status, Verdict
from rl.data import Message
from rl.errors import TooManyUnscored
from rl.scoring import RULE, ScoringThread, collect

Completion = str | list[Message]
"""A text, or the one assistant message that TRL makes of it for conversational prompts."""

VERDICT_KEY = "pending_verdict"
"""The extra key under which a rollout function hands on verdicts that are already under way."""


def text_of(completion: Completion) -> str:
    """The model's raw text."""
    return completion if isinstance(completion, str) else completion[0]["content"]


def reward_or_none(verdict: Verdict) -> float | None:
    """The reward, None where there is none or where it is no finite number."""
    if verdict.status is not Status.SCORED or verdict.reward is None:
        return None
    return verdict.reward if math.isfinite(verdict.reward) else None


def failure_of(verdict: Verdict) -> str:
    """Why there is no reward, in a word for counting."""
    if verdict.failure_kind is not None:
        return verdict.failure_kind.value
    return "NON_FINITE" if verdict.status is Status.SCORED else FailureKind.INTERNAL.value


def check_unscored(verdicts: Sequence[Verdict], limit: float, where: str) -> None:
    """Refuse to go on where too many verdicts have no reward by a fault of ours.

    What an answer chose (``Verdict.chosen``) is no fault, and does not count.

    Raises:
        TooManyUnscored: names the share, the kinds and the most frequent reason.
    """
    faults = [each for each in verdicts if reward_or_none(each) is None and not each.chosen]
    if not verdicts or len(faults) / len(verdicts) <= limit:
        return
    kinds = Counter(failure_of(verdict) for verdict in faults)
    reason, _ = Counter(verdict.failure_reason for verdict in faults).most_common(1)[0]
    raise TooManyUnscored(
        f"{where}: {len(faults)} of {len(verdicts)} completions are UNSCORED "
        f"(reward.max_unscored_share is {limit:g}): "
        + ", ".join(f"{kind} x{count}" for kind, count in kinds.most_common())
        + f"; most often: {reason or 'no reason given'}. See `rewardsvc doctor`"
    )


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
        """Start scoring; a rollout function does so as soon as a completion is there."""
        row = self._tasks[task]
        return self._scoring.submit(ScoreRequest(id=row.id, task=row.task, completion=text))

    def __call__(
        self,
        prompts: Sequence[Any],
        completions: Sequence[Completion],
        task: Sequence[int],
        trainer_state: Any = None,
        log_metric: Callable[[str, float], None] | None = None,
        **columns: Any,
    ) -> list[float | None]:
        """One reward in [0, 1] for each completion, None for UNSCORED.

        Raises:
            TooManyUnscored: the share of None passes the limit.
        """
        texts = [text_of(completion) for completion in completions]
        pending = columns.get(VERDICT_KEY) or [
            self.submit(index, text) for index, text in zip(task, texts, strict=True)
        ]
        verdicts = [_finite(verdict) for verdict in collect(pending, self._deadline_seconds)]
        step = int(getattr(trainer_state, "global_step", 0)) + 1
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
        summary: dict[str, Any],
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


def summarize(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Means over the scored verdicts (absent where none is), and the shares of the others.

    ``unscored_share`` counts faults of ours, ``chosen_share`` what answers chose.
    """
    scored = [verdict for verdict in verdicts if reward_or_none(verdict) is not None]
    without = [verdict for verdict in verdicts if reward_or_none(verdict) is None]
    chosen = sum(verdict.chosen for verdict in without)
    count = len(verdicts) or 1
    summary: dict[str, Any] = {
        "completions": len(verdicts),
        "unscored_share": (len(without) - chosen) / count,
        "chosen_share": chosen / count,
        "failures": dict(Counter(failure_of(v) for v in without if not v.chosen)),
    }
    if scored:
        summary["reward"] = sum(verdict.reward or 0.0 for verdict in scored) / len(scored)
        parts = [verdict.components for verdict in scored if verdict.components is not None]
        for name in ("syntax", "correctness", "format"):
            if parts:
                summary[name] = sum(getattr(part, name) for part in parts) / len(parts)
    return summary


def _finite(verdict: Verdict) -> Verdict:
    """A verdict whose reward is no finite number is a fault, whatever it calls itself."""
    if verdict.status is Status.SCORED and reward_or_none(verdict) is None:
        reason = f"the reward is {verdict.reward!r}, which is no finite number"
        return Verdict.unscored(verdict.id, Fault(FailureKind.INTERNAL, reason), RULE)
    return verdict
