"""What is put before a judge, and what becomes of its answer.

A judgement that fails or cannot be read is missing, never a number: the stage is skipped, or, where
a judge is required, the verdict is UNSCORED (JUDGE_FAILED).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from rewardsvc.artifact import Artifact
from rewardsvc.llm import Question
from rewardsvc.types import Component, Diagnostic, Stage, StageStatus, Task

STAGE: Final = "judge"
"""The name of the stage."""

MISSING: Final = "judgement-missing"
"""The code of the diagnostic that says why a judgement that was asked for is not there."""


@dataclass(frozen=True, slots=True)
class Case:
    """One artifact of one task, with what the tools found.

    ``reference`` is what an answer that is known to be right contains, None where none is known.
    """

    task: Task
    artifact: Artifact
    stages: tuple[Stage, ...] = ()
    reference: Artifact | None = None


class JudgeFailed(Exception):
    """Judgement is missing and required; ``stage`` says what was paid for nothing."""

    def __init__(self, reason: str, stage: Stage) -> None:
        self.stage = stage
        super().__init__(reason)


class Judging(Protocol):
    """How verdicts come by their ``judge`` stage (component correctness)."""

    async def rate(self, question: Question) -> Stage:
        """The stage: votes and cost among its diagnostics; skipped where judgement is missing.

        ``question`` is a :func:`rewardsvc.judge.prompt.rating_question`.

        Raises:
            JudgeFailed: judgement is missing and required.
        """
        ...


def skipped(*diagnostics: Diagnostic, seconds: float = 0.0) -> Stage:
    """A ``judge`` stage that does not count."""
    return Stage(STAGE, Component.CORRECTNESS, StageStatus.SKIPPED, 0.0, seconds, diagnostics)


def judgement_missing(stages: Sequence[Stage]) -> bool:
    """Whether a judgement was asked for and did not come: the next try may bring it."""
    return any(
        found.code == MISSING
        for stage in stages
        if stage.name == STAGE and stage.status is StageStatus.SKIPPED
        for found in stage.diagnostics
    )


NO_JUDGE: Final = skipped(
    Diagnostic(
        "info", "no judge is configured: correctness is what plan and checks say", "no-judge"
    )
)
"""The stage where nobody can be asked."""

NOT_ASKED: Final = skipped(
    Diagnostic("info", "the judge was not asked: the tools found nothing right", "not-asked")
)
"""The stage where the tools left nothing open: a judgement costs, and what is 0 stays 0."""
