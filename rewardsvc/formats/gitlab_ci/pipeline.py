"""A GitLab pipeline as rules look at it: its jobs with what they inherit, its stages."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from rewardsvc.formats.gitlab_ci.jobs import Reference, bases_of, jobs_of, placed_texts
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
    """A job that another one waits for or takes artifacts from.

    ``key``, ``place``: where it says so, and where below that.
    """

    name: str
    key: str
    place: Path = ()


@dataclass(frozen=True, slots=True)
class GitlabJob:
    """One job. ``configured``: what it says itself, then what it extends, the nearest first."""

    name: str
    own: Mapping[str, Any]
    configured: Sequence[Mapping[str, Any]]
    keys: frozenset[str]
    """Of all that is configured."""

    @classmethod
    def of(cls, name: str, job: Mapping[str, Any], jobs: Mapping[str, Mapping[str, Any]]) -> Self:
        """One of the jobs, with what it extends of the others."""
        bases = bases_of(job, jobs)
        return cls(name, job, (job, *bases), frozenset(job).union(*bases))

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
            for index, need in enumerate(needs):
                if isinstance(need, str):
                    yield Need(need, "needs", (index,))
                elif (
                    isinstance(need, dict)
                    and isinstance(need.get("job"), str)
                    and not need.get("optional")
                    and not ({"project", "pipeline"} & need.keys())
                ):
                    yield Need(need["job"], "needs", (index, "job"))
        for place, name in placed_texts(self.own.get("dependencies")):
            yield Need(name, "dependencies", place)


@dataclass(frozen=True, slots=True)
class GitlabPipeline:
    """``open``: other files add to it (``include``): what is missing may come from there.
    ``keys``: what any job has. ``visible``: the jobs that are no templates. ``rules``: those of
    every job and of the workflow, by their places; a list that jobs share is there once."""

    source: YamlFile
    jobs: Mapping[str, GitlabJob]
    visible: Sequence[GitlabJob]
    keys: frozenset[str]
    by_key: Mapping[str, Sequence[GitlabJob]]
    """The visible jobs that have a key: most have few, and every verdict asks all rules."""
    rules: Sequence[tuple[Path, Mapping[str, Any]]]
    open: bool
    stages: Mapping[str, int]
    """Their names and their order."""
    off: frozenset[str]
    """The visible jobs that are never added; none where no job needs another, for who is needed is
    all that they are asked about."""

    @classmethod
    def of(cls, source: YamlFile) -> "GitlabPipeline":
        """The pipeline of a file that the schema accepts."""
        document = source.value
        written = jobs_of(document)
        jobs = {name: GitlabJob.of(name, job, written) for name, job in written.items()}
        declared = document.get("stages") or _DEFAULT_STAGES
        stages = [stage for stage in declared if isinstance(stage, str)]
        visible = [job for name, job in jobs.items() if not name.startswith(".")]
        keys = frozenset[str]().union(*(job.keys for job in jobs.values()))
        by_key: dict[str, list[GitlabJob]] = {}
        for job in visible:
            for key in job.keys:
                by_key.setdefault(key, []).append(job)
        never = NeverAdded(document, written)
        return cls(
            source,
            jobs,
            visible,
            keys,
            by_key,
            tuple(_rules(document.get("workflow"), written)),
            bool(document.get("include")),
            {".pre": -1, **{stage: at for at, stage in enumerate(stages)}, ".post": 10**6},
            frozenset(job.name for job in visible if "needs" in keys and never.holds_of(job.own)),
        )

    def job(self, name: str) -> GitlabJob | None:
        """The job of a name, also of one that a parallel job becomes."""
        if name in self.jobs:
            return self.jobs[name]
        whole = self.jobs.get(whole_of(name))
        return whole if whole is not None and has_part(whole.get("parallel"), name) else None

    def having(self, *keys: str) -> Sequence[GitlabJob]:
        """The visible jobs that have one of the keys."""
        found = [self.by_key[key] for key in keys if key in self.by_key]
        if len(found) < 2:
            return found[0] if found else ()
        return [job for job in self.visible if not job.keys.isdisjoint(keys)]

    def stage_of(self, job: GitlabJob) -> JsonValue:
        """The stage of a job; ``test`` where it names none."""
        return next((one["stage"] for one in job.configured if "stage" in one), "test")


def in_jobs(
    code: str, keys: str, rule: Callable[[GitlabJob], Iterable[Problem]]
) -> Callable[[GitlabPipeline], Iterator[Diagnostic]]:
    """A rule about one job, asked of each visible one that has one of the keys that it is about."""
    about = keys.split()

    def find(pipeline: GitlabPipeline) -> Iterator[Diagnostic]:
        for job in pipeline.having(*about):
            for path, words in rule(job):
                yield pipeline.source.problem(code, f"{job.name}: {words}", (job.name, *path))

    return find


def _rules(
    workflow: JsonValue, jobs: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    holders = [("workflow", workflow)] if isinstance(workflow, dict) else []
    seen: set[int] = set()
    for name, holder in (*holders, *jobs.items()):
        rules = holder.get("rules")
        if not isinstance(rules, list) or id(rules) in seen:
            continue
        seen.add(id(rules))
        for index, rule in enumerate(rules):
            if isinstance(rule, dict):
                yield (name, "rules", index), rule


def plain(value: JsonValue) -> str | None:
    """A text that no variable, input or reference decides; None of all else."""
    return value if isinstance(value, str) and "$" not in value else None
