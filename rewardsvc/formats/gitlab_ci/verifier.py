"""GitLab CI pipelines: parse, GitLab's schema, whether jobs and stages are there, shellcheck."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

from rewardsvc.formats.gitlab_ci.jobs import (
    OTHER_WORK,
    Reference,
    bases_of,
    inherited,
    jobs_of,
    reference,
)
from rewardsvc.formats.gitlab_ci.references import references
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.pipelines.constant import never
from rewardsvc.verification.pipelines.scripts import Script
from rewardsvc.verification.pipelines.values import Silent
from rewardsvc.verification.pipelines.verifier import PipelineVerifier
from rewardsvc.verification.schemas import Violation
from rewardsvc.verification.yaml_files import YamlFile
from rewardsvc.yaml12 import LocalTag

_EVERYTHING = frozenset({"/.*/", "/^.*$/", "/.+/"})
"""Names of refs that every ref has."""

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

    def forgiven(self, violation: Violation, value: JsonValue) -> bool:
        """To GitLab a key without a value is a key that is not there."""
        return value is None and bool(violation.path)

    def live(self, pipeline: JsonValue) -> JsonValue:
        """The pipeline without the jobs that are never added."""
        return _live(pipeline)

    def vacuous(self, pipeline: JsonValue) -> str:
        """Nothing runs where no visible job that is ever added has a trigger, or a script of more
        than comments."""
        jobs = jobs_of(pipeline)
        off, silent = _Off(pipeline, jobs), Silent()
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
        """Jobs, stages and templates that are named and not there, and what cannot be mixed."""
        return references(source)

    def scripts(self, source: YamlFile) -> Iterator[Script]:
        """The lines of each script as one, for one shell runs them; but for PowerShell's."""
        for name, job in (("default", source.value.get("default")), *source.value.items()):
            if not isinstance(job, dict) or "pwsh" in str(job.get("tags", "")):
                continue
            for key in _SCRIPTS:
                value = job.get(key)
                lines = [value] if isinstance(value, str) else value
                if isinstance(lines, list) and not isinstance(lines, Reference):
                    text = "\n".join(line for line in lines if isinstance(line, str))
                    line = partial(source.line_of, (name, key))
                    yield Script(text, source.file.path, line)


def _live(pipeline: JsonValue) -> JsonValue:
    """The pipeline without the jobs that are never added: what checks see must be what runs."""
    jobs = jobs_of(pipeline)
    never_runs = _Off(pipeline, jobs)
    off = {
        name for name, job in jobs.items() if not name.startswith(".") and never_runs.holds_of(job)
    }
    return {key: value for key, value in pipeline.items() if key not in off} if off else pipeline


class _Off:
    """Which jobs no run ever gets: by ``when``, ``rules``, ``except``, the workflow's rules.

    Jobs may share long lists by what they extend: each is looked through once.
    """

    def __init__(self, pipeline: JsonValue, jobs: Mapping[str, Mapping[str, Any]]) -> None:
        workflow = pipeline.get("workflow") if isinstance(pipeline, dict) else None
        self._all = isinstance(workflow, dict) and _never_added(workflow.get("rules"))
        self._jobs = jobs
        self._known: dict[tuple[str, int], bool] = {}

    def holds_of(self, job: Mapping[str, Any]) -> bool:
        """Whether a job is never added."""
        if self._all or inherited(job, self._jobs, "when", "on_success") == "never":
            return True
        excepted = inherited(job, self._jobs, "except", "")
        refs = excepted.get("refs") if isinstance(excepted, dict) else excepted
        rules = inherited(job, self._jobs, "rules", "")
        return self._of("refs", refs, _every_ref) or self._of("rules", rules, _never_added)

    def _of(self, what: str, value: JsonValue, holds: Callable[[JsonValue], bool]) -> bool:
        key = (what, id(value))
        if key not in self._known:
            self._known[key] = holds(value)
        return self._known[key]


def _every_ref(refs: JsonValue) -> bool:
    return isinstance(refs, list) and any(
        isinstance(each, str) and each in _EVERYTHING for each in refs
    )


def _never_added(rules: JsonValue) -> bool:
    """Whether the first rule that may match always says never; open where rules come from afar."""
    if not isinstance(rules, list) or not rules or isinstance(rules, Reference):
        return False
    for rule in rules:
        if not isinstance(rule, dict):
            return False
        if never(rule.get("if")):
            continue
        if rule.get("when") != "never":
            return False
        if not rule.keys() & {"if", "changes", "exists"}:
            return True
    return True
