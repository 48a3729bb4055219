"""Named checks of GitLab pipelines."""

from typing import Literal

from rewardsvc.checks.named.base import (
    Name,
    Rendered,
)
from rewardsvc.checks.named.files import FileHas
from rewardsvc.checks.named.jobs import JobCheck, JobHas, JobNeeds, JobRuns
from rewardsvc.types import Target

_DEFAULT = "test"
"""The stage of a job that names none (docs.gitlab.com/ci/yaml/#stage)."""


class JobStage(JobCheck):
    """A GitLab job runs in a stage."""

    check: Literal["job_stage"] = "job_stage"
    stage: Name

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"job {self.job} runs in stage {self.stage}"

    def _rendered(self) -> Rendered:
        place = f"{self._job}.stage"
        if self.stage == _DEFAULT:
            found = f"{self._job} | type(@) == 'object' && (stage == null || stage == '{_DEFAULT}')"
            return Rendered(on=Target.DOCUMENTS, expr=found)
        return Rendered(on=Target.DOCUMENTS, expr=place, expect=self.stage)


CHECKS = (JobNeeds, JobHas, JobRuns, JobStage, FileHas)
