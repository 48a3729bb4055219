"""An Azure pipeline as rules look at it: its stages, its jobs, their steps."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rewardsvc.formats.azure_pipelines.units import (
    EXPRESSION,
    AzureUnit,
    Path,
    jobs_of,
    stages_of,
    steps_of,
)
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.pipelines.values import listing, mapping
from rewardsvc.verification.yaml_files import YamlFile

_WHOLE = ("trigger", "pr", "schedules", "resources", "pool")
"""Keys that only a whole pipeline has, a template has not."""

Step = tuple[Mapping[str, JsonValue], Path]


@dataclass(frozen=True, slots=True)
class AzurePipeline:
    """``folded``: it has alternatives (``${{ if }}``), of which one counts. ``whole``: it is no
    template, which others give resources and parameters to."""

    source: YamlFile
    root: Mapping[str, Any]
    stages: Sequence[AzureUnit]
    jobs: Sequence[Sequence[AzureUnit]]
    """Those of each stage."""
    steps: Sequence[Sequence[Step]]
    """Those of each job."""
    folded: bool
    whole: bool

    @classmethod
    def of(cls, source: YamlFile) -> "AzurePipeline":
        """The pipeline of a file that the schema accepts."""
        root = mapping(source.value)
        stages = stages_of(root)
        jobs = [jobs_of(stage) for stage in stages]
        text = source.file.text
        return cls(
            source,
            root,
            stages,
            jobs,
            [list(steps_of(job)) for some in jobs for job in some],
            "${{" in text and bool(EXPRESSION.search(text)),
            any(key in root for key in _WHOLE),
        )

    def problem(self, code: str, words: str, path: Path) -> Diagnostic:
        """An error at a place."""
        return self.source.problem(code, words, path)

    @property
    def conditions(self) -> Iterator[tuple[Path, str]]:
        """Those of stages, jobs and steps that are no template expressions, with whose they are."""
        holders: list[tuple[Mapping[str, Any], Path]] = []
        if "stages" in self.root:
            holders += [(stage.value, stage.path) for stage in self.stages]
        holders += [(job.value, job.path) for jobs in self.jobs for job in jobs if job.path]
        holders += [step for steps in self.steps for step in steps]
        for holder, path in holders:
            text = holder.get("condition")
            if isinstance(text, str) and "${{" not in text and "$[" not in text:
                yield path, text

    def resources(self, kind: str) -> Iterator[tuple[Mapping[str, JsonValue], Path]]:
        """The repositories, pipelines or containers that are declared."""
        declared = listing(mapping(self.root.get("resources")).get(kind))
        for index, entry in enumerate(declared):
            if isinstance(entry, dict):
                yield entry, ("resources", kind, index)


def plain(value: JsonValue) -> str | None:
    """A text that no expression or variable decides; None of all else."""
    return value if isinstance(value, str) and "$" not in value else None
