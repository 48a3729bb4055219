"""GitLab CI pipelines: parse, GitLab's schema, whether jobs and stages are there, shellcheck."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import ClassVar

from rewardsvc.formats.gitlab_ci.definite import definite
from rewardsvc.formats.gitlab_ci.inputs import EXPRESSION
from rewardsvc.formats.gitlab_ci.jobs import OTHER_WORK, bases_of, flat, jobs_of, reference
from rewardsvc.formats.gitlab_ci.merged import with_bases
from rewardsvc.formats.gitlab_ci.pipeline import GitlabPipeline
from rewardsvc.formats.gitlab_ci.presence import NeverAdded
from rewardsvc.formats.gitlab_ci.refusals import REFUSALS
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.pipelines.scripts import Script
from rewardsvc.verification.pipelines.values import Silent
from rewardsvc.verification.pipelines.verifier import PipelineVerifier
from rewardsvc.verification.refusals import refusals_in
from rewardsvc.verification.schemas import Violation
from rewardsvc.verification.yaml_files import YamlFile
from rewardsvc.yaml12 import LocalTag

_SCRIPTS = ("before_script", "script", "after_script")


class GitlabCiVerifier(PipelineVerifier):
    """See :class:`rewardsvc.verification.pipelines.verifier.PipelineVerifier`."""

    format = "gitlab-ci"
    languages = frozenset({"yaml", "yml", "gitlab-ci", "gitlab"})
    default_path = ".gitlab-ci.yml"
    schema = "gitlab-ci.json"
    tags: ClassVar[Mapping[str, LocalTag]] = {"!reference": reference}

    def relevant(self, source: YamlFile) -> bool:
        """More than a header (``spec:`` with inputs, docs.gitlab.com/ci/inputs)."""
        return not (isinstance(source.value, dict) and source.value.keys() == {"spec"})

    def definite(self, pipeline: JsonValue) -> JsonValue:
        """The pipeline without what references and inputs stand for."""
        return definite(pipeline)

    def forgiven(self, violation: Violation, value: JsonValue) -> bool:
        """To GitLab a key without a value is a key that is not there."""
        return value is None and bool(violation.path) and "unexpected" not in violation.message

    def live(self, pipeline: JsonValue) -> JsonValue:
        """The pipeline without the jobs that are never added, the others with what they extend."""
        return _live(pipeline)

    def vacuous(self, pipeline: JsonValue) -> str:
        """Nothing runs where no visible job that is ever added has a trigger, or a script of more
        than comments."""
        jobs = jobs_of(pipeline)
        off, silent = NeverAdded(pipeline, jobs), Silent()
        for name, job in jobs.items():
            if name.startswith(".") or off.holds_of(job):
                continue
            for one in (job, *bases_of(job, jobs)):
                if not silent.holds_of(one.get("script")) or any(map(one.get, OTHER_WORK)):
                    return ""
        if isinstance(pipeline, dict) and pipeline.get("include"):
            return ""
        return "no job has a trigger, or a script that does something"

    def references(self, source: YamlFile) -> Iterator[Diagnostic]:
        """What :mod:`rewardsvc.formats.gitlab_ci.refusals` lists."""
        return refusals_in(REFUSALS, GitlabPipeline.of(source))

    def scripts(self, source: YamlFile) -> Iterator[Script]:
        """The lines of each script as one, for one shell runs them; but for PowerShell's. Where
        GitLab puts a value in, an ``x`` stands in for it."""
        for name, job in (("default", source.value.get("default")), *source.value.items()):
            if not isinstance(job, dict) or "pwsh" in str(job.get("tags", "")):
                continue
            for key in _SCRIPTS:
                lines = list(flat(job.get(key)))
                if lines:
                    plain = EXPRESSION.sub("x", "\n".join(lines))
                    line = partial(source.line_of, (name, key))
                    yield Script(plain, source.file.path, line)


def _live(pipeline: JsonValue) -> JsonValue:
    """What checks see must be what runs: no job that is never added, each with what it extends."""
    jobs = jobs_of(pipeline)
    never_runs = NeverAdded(pipeline, jobs)
    off = {
        name for name, job in jobs.items() if not name.startswith(".") and never_runs.holds_of(job)
    }
    whole = with_bases(jobs)
    if not off and not whole:
        return pipeline
    return {key: whole.get(key, value) for key, value in pipeline.items() if key not in off}
