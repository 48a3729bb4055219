"""Real files through the ordinary scorer, each as a completion that is nothing but the file."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.fidelity.files import Quality, RealFile
from benchmarks.fidelity.keyword_reward import keyword_reward
from rewardsvc.extract import render_answer
from rewardsvc.formats import FORMATS
from rewardsvc.scorer import Scorer
from rewardsvc.types import Component, ScoreRequest, StageStatus, Status, Task, Verdict


@dataclass(frozen=True, slots=True)
class ScoredFile:
    """A file with its verdict, and what a keyword reward gives the same completion."""

    file: RealFile
    verdict: Verdict
    keyword: float

    @property
    def accepted(self) -> bool | None:
        """Whether it earns full syntax; None where it is UNSCORED."""
        if self.verdict.components is None:
            return None
        return self.verdict.components.syntax == 1.0

    @property
    def as_known(self) -> bool | None:
        """Whether the verdict is what is known of the file; None where it is UNSCORED."""
        if self.accepted is None:
            return None
        return self.accepted is (self.file.known is Quality.GOOD)

    @property
    def why(self) -> str:
        """What the verdict says against the file, on one line; "" where nothing."""
        if self.verdict.status is Status.UNSCORED:
            return f"{self.verdict.failure_kind}: {self.verdict.failure_reason}"
        found = [
            f"{stage.name}: {item.message}"
            for stage in self.verdict.stages
            for item in stage.diagnostics
            if stage.component is Component.SYNTAX and item.severity == "error"
        ] or [
            f"{stage.name} skipped: {item.message}"
            for stage in self.verdict.stages
            for item in stage.diagnostics
            if stage.status is StageStatus.SKIPPED and stage.component is not Component.CORRECTNESS
        ]
        return "; ".join(found[:2]) + (f" (and {len(found) - 2} more)" if len(found) > 2 else "")

    def stage_passed(self, name: str) -> bool | None:
        """Whether the stages of that name passed; None where they did not run."""
        for stage in self.verdict.stages:
            if stage.name == name and stage.status is not StageStatus.SKIPPED:
                return stage.score == 1.0
        return None


async def score_files(files: Sequence[RealFile], scorer: Scorer) -> list[ScoredFile]:
    """Verdicts of the files whose format there is a verifier for, in the same order."""
    known = [file for file in files if file.format in FORMATS]
    requests = [
        ScoreRequest(task=Task(format=file.format), completion=completion_of(file))
        for file in known
    ]
    verdicts = await scorer.score(requests)
    return [
        ScoredFile(file, verdict, keyword_reward(file.format, request.completion))
        for file, request, verdict in zip(known, requests, verdicts, strict=True)
    ]


def completion_of(file: RealFile) -> str:
    """The file in a fence of its format."""
    format = FORMATS[file.format]
    return render_answer({format.verifier.default_path: file.text}, format.fence)
