"""Named checks of CI pipelines; GitHub Actions and GitLab CI have the same words here."""

from typing import ClassVar, Literal

from pydantic import Field

from rewardsvc.checks.named.base import (
    Name,
    NamedCheck,
    Path,
    Rendered,
    Value,
    at,
    key,
    said,
    text,
)
from rewardsvc.types import Target

_GITHUB = "github-actions"
_GITLAB = "gitlab-ci"
_BOTH = frozenset({_GITHUB, _GITLAB})


class JobNeeds(NamedCheck):
    """A job waits for other jobs, all of these."""

    check: Literal["job_needs"] = "job_needs"
    formats: ClassVar[frozenset[str]] = _BOTH
    job: Name
    needs: list[Name] = Field(min_length=1)

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"job {self.job} needs {' and '.join(self.needs)}"

    def _rendered(self, format: str) -> Rendered:
        needs = f"{_job(format, self.job)}.needs"
        # One name, a list of names, or (GitLab) a list of mappings with the name as `job`.
        found = f"[{needs}, {needs}[], {needs}[].job][]"
        every = " && ".join(f"contains({found}, {text(name)})" for name in self.needs)
        return Rendered(on=Target.DOCUMENTS, expr=every)


class JobHas(NamedCheck):
    """A job has a value at a path."""

    check: Literal["job_has"] = "job_has"
    formats: ClassVar[frozenset[str]] = _BOTH
    job: Name
    path: Path
    value: Value

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"job {self.job} has {said(self.path, self.value)}"

    def _rendered(self, format: str) -> Rendered:
        place = f"{_job(format, self.job)}.{at(self.path)}"
        return Rendered(on=Target.DOCUMENTS, expr=place, expect=self.value)


class JobRuns(NamedCheck):
    """A job runs a command: as a line of a script, whole or at its end."""

    check: Literal["job_runs"] = "job_runs"
    formats: ClassVar[frozenset[str]] = _BOTH
    job: Name
    command: Name

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"job {self.job} runs {self.command}"

    def _rendered(self, format: str) -> Rendered:
        job = _job(format, self.job)
        scripts = f"{job}.steps[].run" if format == _GITHUB else f"[{job}.script][]"
        whole = text(self.command)
        first, inner = text(self.command + "\n"), text("\n" + self.command + "\n")
        last = text("\n" + self.command)
        line = (
            f"@ == {whole} || starts_with(@, {first}) || contains(@, {inner})"
            f" || ends_with(@, {last})"
        )
        return Rendered(on=Target.DOCUMENTS, expr=f"length({scripts} | [?{line}]) > `0`")


class JobUses(NamedCheck):
    """A step of a GitHub Actions job uses an action, in whatever version."""

    check: Literal["job_uses"] = "job_uses"
    formats: ClassVar[frozenset[str]] = frozenset({_GITHUB})
    job: Name
    action: Name
    """``owner/name`` or ``owner/name/path``, without a version."""

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"job {self.job} uses {self.action}"

    def _rendered(self, format: str) -> Rendered:
        used = f"{_job(format, self.job)}.steps[].uses"
        named = text(self.action + "@")
        return Rendered(
            on=Target.DOCUMENTS, expr=f"length({used} | [?starts_with(@, {named})]) > `0`"
        )


class JobStage(NamedCheck):
    """A GitLab job runs in a stage."""

    check: Literal["job_stage"] = "job_stage"
    formats: ClassVar[frozenset[str]] = frozenset({_GITLAB})
    job: Name
    stage: Name

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"job {self.job} runs in stage {self.stage}"

    def _rendered(self, format: str) -> Rendered:
        place = f"{_job(format, self.job)}.stage"
        return Rendered(on=Target.DOCUMENTS, expr=place, expect=self.stage)


class TriggeredBy(NamedCheck):
    """A GitHub Actions workflow runs on an event, where given on exactly these branches."""

    check: Literal["triggered_by"] = "triggered_by"
    formats: ClassVar[frozenset[str]] = frozenset({_GITHUB})
    event: Name
    branches: list[Name] = Field(default_factory=list)

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        on = f" on {' and '.join(self.branches)}" if self.branches else ""
        return f"it runs on {self.event}{on}"

    def _rendered(self, format: str) -> Rendered:
        if self.branches:
            place = f'[0].on."{self.event}".branches'
            return Rendered(
                on=Target.DOCUMENTS, expr=f"sort({place})", expect=sorted(self.branches)
            )
        named = f"@ == {text(self.event)}"
        ways = (
            f"type([0].on) == 'string' && ([0].on | {named})",
            f"type([0].on) == 'array' && contains([0].on, {text(self.event)})",
            f"type([0].on) == 'object' && contains(keys([0].on), {text(self.event)})",
        )
        return Rendered(on=Target.DOCUMENTS, expr=" || ".join(f"({way})" for way in ways))


class FileHas(NamedCheck):
    """A value at a path from the top of the file, in any CI format."""

    check: Literal["file_has"] = "file_has"
    formats: ClassVar[frozenset[str]] = frozenset(
        {_GITHUB, _GITLAB, "azure-pipelines", "circleci", "bitbucket-pipelines", "compose"}
    )
    path: Path
    value: Value

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"the file has {said(self.path, self.value)}"

    def _rendered(self, format: str) -> Rendered:
        return Rendered(on=Target.DOCUMENTS, expr=f"[0].{at(self.path)}", expect=self.value)


def _job(format: str, job: str) -> str:
    return f"[0].jobs.{key(job)}" if format == _GITHUB else f"[0].{key(job)}"


CHECKS = (JobNeeds, JobHas, JobRuns, JobUses, JobStage, TriggeredBy, FileHas)
