"""What is put before a judge, and what becomes of its answer.

A judgement that fails or cannot be read is missing, never a number: the stage is skipped, or, where
a judge is required, the verdict is UNSCORED (JUDGE_FAILED).
"""

from dataclasses import dataclass
from typing import Protocol

from rewardsvc.artifact import Artifact
from rewardsvc.types import Stage, Task


@dataclass(frozen=True, slots=True)
class Case:
    """One artifact of one task, with what the tools found."""

    task: Task
    artifact: Artifact
    stages: tuple[Stage, ...]


class Judging(Protocol):
    """How verdicts come by their ``judge`` stage (component correctness)."""

    async def stage(self, case: Case) -> Stage:
        """The stage: votes and cost among its diagnostics; skipped where judgement is missing.

        Raises:
            JudgeFailed: judgement is missing and required.
        """
        ...
