"""Named checks of GitHub Actions workflows."""

from typing import ClassVar, Literal

from pydantic import Field

from rewardsvc.checks.named import jobs
from rewardsvc.checks.named.base import (
    Name,
    NamedCheck,
    Rendered,
    at,
    key,
    text,
)
from rewardsvc.checks.named.files import FileHas
from rewardsvc.types import Target

_JOBS = "[0].jobs"


class JobNeeds(jobs.JobNeeds):
    """See :class:`rewardsvc.checks.named.jobs.JobNeeds`."""

    jobs: ClassVar[str] = _JOBS


class JobHas(jobs.JobHas):
    """See :class:`rewardsvc.checks.named.jobs.JobHas`."""

    jobs: ClassVar[str] = _JOBS

    def _rendered(self) -> Rendered:
        place = f"{self._job}.{at(self.path)}"
        short = _SHORT.get(self.path)
        if short is None or not isinstance(self.value, str):
            return super()._rendered()
        word = text(self.value)
        written = f"{self._job}.{at(short)}"
        ways = (
            f"(type({written}) == 'array' && length({written}) == `1` && {written}[0] == {word})"
            if short == self.path
            else f"{written} == {word}"
        )
        held = f"{place} == {word}"
        if short != self.path:  # below a text nothing is looked for
            held = f"(type({written}) == 'object' && {held})"
        return Rendered(on=Target.DOCUMENTS, expr=f"{held} || {ways}")


_SHORT = {
    "runs-on": "runs-on",
    "needs": "needs",
    "container.image": "container",
    "environment.name": "environment",
    "concurrency.group": "concurrency",
}
"""What may be a list of one, or a text where the path leads into a mapping."""


class JobRuns(jobs.JobRuns):
    """See :class:`rewardsvc.checks.named.jobs.JobRuns`."""

    jobs: ClassVar[str] = _JOBS

    @property
    def _scripts(self) -> str:
        return f"{self._job}.steps[].run"


class JobUses(jobs.JobCheck):
    """A step of a GitHub Actions job uses an action, in whatever version."""

    check: Literal["job_uses"] = "job_uses"
    jobs: ClassVar[str] = _JOBS
    action: Name
    """``owner/name`` or ``owner/name/path``, without a version."""

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"job {self.job} uses {self.action}"

    def _rendered(self) -> Rendered:
        used = f"{self._job}.steps[].uses"
        wanted = f"starts_with(@, {text(self.action + '@')})"
        if self.action.startswith(("./", "docker://")):  # these have no version behind an @
            wanted += f" || @ == {text(self.action)}"
        return Rendered(on=Target.DOCUMENTS, expr=f"length({used} | [?{wanted}]) > `0`")


class TriggeredBy(NamedCheck):
    """A GitHub Actions workflow runs on an event, where given on exactly these branches."""

    check: Literal["triggered_by"] = "triggered_by"
    event: Name
    branches: list[Name] = Field(default_factory=list)

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        on = f" on {' and '.join(self.branches)}" if self.branches else ""
        return f"it runs on {self.event}{on}"

    def _rendered(self) -> Rendered:
        if self.branches:
            place = f"[0].on.{key(self.event)}.branches"
            return Rendered(
                on=Target.DOCUMENTS, expr=f"sort([{place}][])", expect=sorted(self.branches)
            )
        named = f"@ == {text(self.event)}"
        ways = (
            f"type([0].on) == 'string' && ([0].on | {named})",
            f"type([0].on) == 'array' && contains([0].on, {text(self.event)})",
            f"type([0].on) == 'object' && contains(keys([0].on), {text(self.event)})",
        )
        return Rendered(on=Target.DOCUMENTS, expr=" || ".join(f"({way})" for way in ways))


CHECKS = (JobNeeds, JobHas, JobRuns, JobUses, TriggeredBy, FileHas)
