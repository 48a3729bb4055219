"""Jobs with what they extend, as GitLab runs them: checks ask what a job is, not where that is
written (docs.gitlab.com/ci/yaml/yaml_optimization: mappings are merged, all else is replaced)."""

from collections.abc import Mapping
from typing import Any

from rewardsvc.formats.gitlab_ci.jobs import Reference, bases_of
from rewardsvc.types import JsonValue

MAX_INHERITED = 20_000
"""Values that the jobs of a pipeline get from others; jobs beyond stay as they are written, for
many that extend a long one would come to the product of both."""


def with_bases(jobs: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The jobs that run, each with what it extends; what a ``!reference`` stands for is not put in
    its place."""
    sizes = _Sizes()
    left = MAX_INHERITED
    found: dict[str, Mapping[str, Any]] = {}
    for name, job in jobs.items():
        if name.startswith(".") or "extends" not in job:
            continue
        whole: Mapping[str, Any] = job
        for base in bases_of(job, jobs):
            left -= sizes.of(base)
            if left < 0:
                return found
            whole = _merged(whole, {key: base[key] for key in base if key != "extends"})
        found[name] = whole
    return found


def _merged(over: Mapping[str, Any], under: Mapping[str, Any]) -> dict[str, Any]:
    both = {**under, **over}
    for key, value in under.items():
        if isinstance(value, dict) and isinstance(over.get(key), dict):
            both[key] = _merged(over[key], value)
    return both


class _Sizes:
    """How many values there are in a value; each is counted once, for jobs extend the same ones."""

    def __init__(self) -> None:
        self._known: dict[int, int] = {}

    def of(self, value: JsonValue) -> int:
        """The values within it, and itself."""
        if not isinstance(value, dict | list) or isinstance(value, Reference):
            return 1
        if id(value) not in self._known:
            inner = value.values() if isinstance(value, dict) else value
            self._known[id(value)] = 1 + sum(map(self.of, inner))
        return self._known[id(value)]
