"""Which jobs of a GitLab pipeline no run ever gets."""

from collections.abc import Callable, Mapping
from typing import Any

from rewardsvc.formats.gitlab_ci.jobs import Reference, inherited
from rewardsvc.types import JsonValue
from rewardsvc.verification.pipelines.constant import never

_EVERYTHING = frozenset({"/.*/", "/^.*$/", "/.+/"})
"""Names of refs that every ref has."""


class NeverAdded:
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
