"""A CircleCI configuration as rules look at it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rewardsvc.formats.circleci.units import Path, invoked_in, steps_of, workflows_of
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.pipelines.values import mapping
from rewardsvc.verification.yaml_files import YamlFile

_WITHOUT_STEPS = frozenset({"approval", "no-op", "release", "lock", "unlock"})
"""Types of jobs that a workflow has without a definition."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """A job as a workflow (or a group of jobs) runs it. ``said``: what is said of it there."""

    job: str
    said: Mapping[str, Any]
    path: Path

    @property
    def name(self) -> str:
        """What it is called in the workflow."""
        return str(self.said.get("name", self.job))

    @property
    def defined(self) -> bool:
        """Whether it is of a job that must be defined somewhere."""
        return self.said.get("type") not in _WITHOUT_STEPS and "<<" not in self.job


@dataclass(frozen=True, slots=True)
class CircleConfig:
    """``flows``: the invocations of each workflow and group, by where it stands."""

    source: YamlFile
    root: Mapping[str, Any]
    jobs: Mapping[str, Any]
    commands: Mapping[str, Any]
    executors: Mapping[str, Any]
    orbs: Mapping[str, Any]
    groups: Mapping[str, Any]
    flows: Mapping[Path, list[Invocation]]

    @classmethod
    def of(cls, source: YamlFile) -> "CircleConfig":
        """The configuration of a file that the schema accepts."""
        root = mapping(source.value)
        groups = mapping(root.get("job-groups"))
        flows: dict[Path, list[Invocation]] = {}
        for section, holders in (("workflows", workflows_of(root)), ("job-groups", groups)):
            for name, flow in holders.items():
                flows[section, name] = [
                    Invocation(job, said, (section, name, "jobs", index))
                    for job, said, index in invoked_in(mapping(flow))
                ]
        return cls(
            source,
            root,
            mapping(root.get("jobs")),
            mapping(root.get("commands")),
            mapping(root.get("executors")),
            mapping(root.get("orbs")),
            groups,
            flows,
        )

    def problem(self, code: str, words: str, path: Path) -> Diagnostic:
        """An error at a place."""
        return self.source.problem(code, words, path)

    @property
    def invocations(self) -> Iterator[Invocation]:
        """Those of all workflows and groups."""
        return (invocation for flow in self.flows.values() for invocation in flow)

    @property
    def steps(self) -> Iterator[tuple[str, JsonValue, Path]]:
        """Kind, arguments and place of the steps of all jobs and commands."""
        for section, holders in (("jobs", self.jobs), ("commands", self.commands)):
            for name, holder in holders.items():
                yield from steps_of(mapping(holder).get("steps"), (section, name))

    def parameters(self, holder: JsonValue) -> Mapping[str, Any]:
        """The parameters that a job, a command or an executor declares."""
        return mapping(mapping(holder).get("parameters"))
