"""Named checks of CI pipelines whose jobs stand by their names: words that such formats share."""

from abc import ABC
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


class JobCheck(NamedCheck, ABC):
    """A check about one job."""

    jobs: ClassVar[str] = "[0]"
    """Where the jobs stand, as an expression."""
    job: Name

    @property
    def _job(self) -> str:
        return f"{self.jobs}.{key(self.job)}"


class JobNeeds(JobCheck):
    """A job waits for other jobs, all of these."""

    check: Literal["job_needs"] = "job_needs"
    needs: list[Name] = Field(min_length=1)

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"job {self.job} needs {' and '.join(self.needs)}"

    def _rendered(self) -> Rendered:
        needs = f"{self._job}.needs"
        # One name, a list of names, or (GitLab) a list of mappings with the name as `job`.
        found = f"[{needs}, {needs}[], {needs}[].job][]"
        every = " && ".join(f"contains({found}, {text(name)})" for name in self.needs)
        return Rendered(on=Target.DOCUMENTS, expr=every)

    def _impossible(self) -> str:
        return "no job waits for itself" if self.job in self.needs else ""


class JobHas(JobCheck):
    """A job has a value at a path."""

    check: Literal["job_has"] = "job_has"
    path: Path
    value: Value

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"job {self.job} has {said(self.path, self.value)}"

    def _rendered(self) -> Rendered:
        place = f"{self._job}.{at(self.path)}"
        return Rendered(on=Target.DOCUMENTS, expr=place, expect=self.value)


class JobRuns(JobCheck):
    """A job runs a command: as a line of a script, whole or at its end."""

    check: Literal["job_runs"] = "job_runs"
    command: Name

    @property
    def _scripts(self) -> str:
        """Where the job's scripts stand: a text, or a list of them."""
        return f"[{self._job}.script][]"

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"job {self.job} runs {self.command}"

    def _rendered(self) -> Rendered:
        whole = text(self.command)
        first, inner = text(self.command + "\n"), text("\n" + self.command + "\n")
        last = text("\n" + self.command)
        line = (
            f"@ == {whole} || starts_with(@, {first}) || contains(@, {inner})"
            f" || ends_with(@, {last})"
        )
        return Rendered(on=Target.DOCUMENTS, expr=f"length({self._scripts} | [?{line}]) > `0`")
