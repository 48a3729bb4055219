"""A GitLab pipeline as rules look at it: its jobs with what they inherit, its stages."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rewardsvc.formats.gitlab_ci.jobs import Reference, bases_of, jobs_of, texts
from rewardsvc.formats.gitlab_ci.parallel import has_part, whole_of
from rewardsvc.formats.gitlab_ci.presence import NeverAdded
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.yaml_files import YamlFile

_DEFAULT_STAGES = ("build", "test", "deploy")

Path = tuple[str | int, ...]
Problem = tuple[Path, str]
"""Where in a job something is, and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Need:
    """A job that another one waits for or takes artifacts from; ``key``: where it says so."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class GitlabJob:
    """One job. ``configured``: what it says itself, then what it extends, the nearest first."""

    name: str
    own: Mapping[str, Any]
    configured: Sequence[Mapping[str, Any]]

    def get(self, key: str) -> Any:
        """The value of a key, its own or the nearest that it extends; None where there is none."""
        for one in self.configured:
            if key in one:
                return one[key]
        return None

    def has(self, key: str) -> bool:
        """Whether the key has a value in the job or in one that it extends."""
        return any(one.get(key) is not None for one in self.configured)

    def needed(self) -> Iterator[Need]:
        """The jobs of this pipeline that it cannot be without."""
        needs = self.own.get("needs")
        if isinstance(needs, list) and not isinstance(needs, Reference):
            for need in needs:
                if isinstance(need, str):
                    yield Need(need, "needs")
                elif (
                    isinstance(need, dict)
                    and isinstance(need.get("job"), str)
                    and not need.get("optional")
                    and not ({"project", "pipeline"} & need.keys())
                ):
                    yield Need(need["job"], "needs")
        for name in texts(self.own.get("dependencies")):
            yield Need(name, "dependencies")


@dataclass(frozen=True, slots=True)
class GitlabPipeline:
    """``open``: other files add to it (``include``): what is missing may come from there."""

    source: YamlFile
    jobs: Mapping[str, GitlabJob]
    open: bool
    stages: Mapping[str, int]
    """Their names and their order."""
    off: frozenset[str]
    """The visible jobs that are never added."""

    @classmethod
    def of(cls, source: YamlFile) -> "GitlabPipeline":
        """The pipeline of a file that the schema accepts."""
        document = source.value
        written = jobs_of(document)
        jobs = {
            name: GitlabJob(name, job, (job, *bases_of(job, written)))
            for name, job in written.items()
        }
        declared = document.get("stages") or _DEFAULT_STAGES
        stages = [stage for stage in declared if isinstance(stage, str)]
        never = NeverAdded(document, written)
        return cls(
            source,
            jobs,
            bool(document.get("include")),
            {".pre": -1, **{stage: at for at, stage in enumerate(stages)}, ".post": 10**6},
            frozenset(
                name
                for name, job in written.items()
                if not name.startswith(".") and never.holds_of(job)
            ),
        )

    def job(self, name: str) -> GitlabJob | None:
        """The job of a name, also of one that a parallel job becomes."""
        if name in self.jobs:
            return self.jobs[name]
        whole = self.jobs.get(whole_of(name))
        return whole if whole is not None and has_part(whole.get("parallel"), name) else None

    @property
    def visible(self) -> Iterator[GitlabJob]:
        """The jobs that are no templates."""
        return (job for name, job in self.jobs.items() if not name.startswith("."))

    def stage_of(self, job: GitlabJob) -> JsonValue:
        """The stage of a job; ``test`` where it names none."""
        return next((one["stage"] for one in job.configured if "stage" in one), "test")


def in_jobs(
    code: str, rule: Callable[[GitlabJob], Iterable[Problem]]
) -> Callable[[GitlabPipeline], Iterator[Diagnostic]]:
    """A rule about one job, asked of each visible one."""

    def find(pipeline: GitlabPipeline) -> Iterator[Diagnostic]:
        for job in pipeline.visible:
            for path, words in rule(job):
                yield pipeline.source.problem(code, f"{job.name}: {words}", (job.name, *path))

    return find


def plain(value: JsonValue) -> str | None:
    """A text that no variable, input or reference decides; None of all else."""
    return value if isinstance(value, str) and "$" not in value else None
