"""What of a GitLab pipeline is definite: its schema knows nothing of what stands for a value.

``!reference`` may stand for the value of any keyword of a job, or for an item of a list of them
(docs.gitlab.com/ci/yaml/yaml_optimization); ``$[[ inputs.x ]]`` for any value
(docs.gitlab.com/ci/inputs). And scripts may be lists in lists (GitLab 15.x, ten levels).
"""

import re
from typing import Any

from rewardsvc.formats.gitlab_ci.jobs import MAX_NESTED, Reference, flat
from rewardsvc.types import JsonValue

_INPUT = "$[["
_SCRIPTS = frozenset({"script", "before_script", "after_script"})
_TEXTS = frozenset({"component", "file", "if", "job", "local", "name", "project", "remote"})
"""Keys that others cannot be without; their value is a text."""

_WILDCARD = re.compile(r"[^$:*]*+\*[^$:]*\.ya?ml")
_OPTIONS = re.compile(r"(?<=/)\(\?[imsU]+\)")


class _Open:
    """What something else decides."""


_OPEN = _Open()


def definite(pipeline: JsonValue) -> JsonValue:
    """The pipeline without keys and items whose values come from elsewhere."""
    found: Any = _definite(pipeline, "")
    return {} if found is _OPEN else found


def _definite(value: JsonValue, key: str) -> Any:
    if isinstance(value, Reference) or (isinstance(value, str) and _INPUT in value):
        return _OPEN
    if isinstance(value, dict):
        inner = {name: _definite(one, name) for name, one in value.items()}
        kept = {
            name: "x.yml" if one is _OPEN else one
            for name, one in inner.items()
            if one is not _OPEN or name in _TEXTS
        }
        return kept if kept or not inner else _OPEN
    if isinstance(value, list):
        if key in _SCRIPTS and _depth(value) <= MAX_NESTED:
            # An item that is a list counts as one line.
            items: list[Any] = [_line(one) for one in value]
        else:
            items = [_definite(one, "" if key in _SCRIPTS else key) for one in value]
        known = [one for one in items if one is not _OPEN]
        if not known:
            return _OPEN if items else items
        return [known[0] if one is _OPEN else one for one in items]
    if isinstance(value, str):
        if key in {"include", "local"} and _WILDCARD.fullmatch(value):
            return value.replace("*", "x")
        if key == "coverage":
            return _OPTIONS.sub("", value)  # RE2 has them, the regular expressions of schemas not
    return value


def _line(value: JsonValue) -> Any:
    if isinstance(value, list) and not isinstance(value, Reference):
        return next(flat(value), _OPEN)
    return _definite(value, "")


def _depth(value: JsonValue) -> int:
    """How many levels of lists there are, as far as it matters."""
    level, depth = [value], 0
    while level and depth <= MAX_NESTED:
        lists = [one for one in level if isinstance(one, list) and not isinstance(one, Reference)]
        depth += bool(lists)
        level = [inner for one in lists for inner in one]
        if not lists:
            break
    return depth
