"""A GitHub Actions workflow as rules look at it: its jobs, their steps, what triggers it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.pipelines.values import listing, mapping
from rewardsvc.verification.yaml_files import YamlFile

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class WorkflowJob:
    """A job. ``path``: where it stands."""

    id: str
    value: Mapping[str, Any]

    @property
    def path(self) -> Path:
        """Where it stands."""
        return ("jobs", self.id)


@dataclass(frozen=True, slots=True)
class Workflow:
    """``jobs``: each once, also where several are one (an alias)."""

    source: YamlFile
    root: Mapping[str, Any]
    jobs: Sequence[WorkflowJob]

    @classmethod
    def of(cls, source: YamlFile) -> "Workflow":
        """The workflow of a file that parses; what is not what it should be is not looked at."""
        root = mapping(source.value)
        seen: set[int] = set()
        jobs = []
        for name, job in mapping(root.get("jobs")).items():
            if isinstance(job, dict) and id(job) not in seen:
                seen.add(id(job))
                jobs.append(WorkflowJob(str(name), job))
        return cls(source, root, jobs)

    def problem(self, code: str, words: str, path: Path) -> Diagnostic:
        """An error at a place."""
        return self.source.problem(code, words, path)

    @property
    def steps(self) -> Iterator[tuple[WorkflowJob, Mapping[str, Any], Path]]:
        """Those of all jobs, with their job and place; a list that jobs share is looked at once."""
        seen: set[int] = set()
        for job in self.jobs:
            steps = job.value.get("steps")
            if not isinstance(steps, list) or id(steps) in seen:
                continue
            seen.add(id(steps))
            for index, step in enumerate(steps):
                if isinstance(step, dict):
                    yield job, step, (*job.path, "steps", index)

    def event(self, name: str) -> Mapping[str, Any]:
        """What is said of an event that triggers it; nothing where it is only named."""
        return mapping(mapping(self.root.get("on")).get(name))


def fixed(value: JsonValue) -> str | None:
    """A text that no expression decides; None of all else."""
    return value if isinstance(value, str) and "${{" not in value else None


def runners(job: WorkflowJob) -> list[str]:
    """The labels of the runners that a job surely runs on, in small letters.

    Those it names, or that a list of its matrix does; none where something else decides, or where
    the job excludes combinations.
    """
    runs_on = job.value.get("runs-on")
    labels = runs_on.get("labels") if isinstance(runs_on, dict) else runs_on
    matrix = mapping(mapping(job.value.get("strategy")).get("matrix"))
    if isinstance(labels, str) and "${{" in labels:
        inner = labels.strip().removeprefix("${{").removesuffix("}}").strip()
        name = inner.removeprefix("matrix.")
        if "exclude" in matrix or "include" in matrix or name == inner:
            return []
        labels = [label for label in listing(matrix.get(name)) if fixed(label)]
    texts = [labels] if isinstance(labels, str) else listing(labels)
    return [text.lower() for text in texts if isinstance(text, str) and "${{" not in text]
