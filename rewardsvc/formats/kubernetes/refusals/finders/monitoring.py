"""What Prometheus and its operator refuse of rules, monitors and notifications."""

import re
import warnings
from collections.abc import Iterator
from typing import Any

from rewardsvc.formats.kubernetes.manifests import mapping, sequence
from rewardsvc.formats.kubernetes.promql import misread
from rewardsvc.formats.kubernetes.refusals.finders.operators import duration_seconds
from rewardsvc.formats.kubernetes.refusals.rules import Problem
from rewardsvc.formats.kubernetes.refusals.values import plain

MAX_DEPTH = 40


def scrape_times(endpoint: Any) -> Iterator[Problem]:
    """A scrape that may last longer than the next one is away."""
    body = mapping(endpoint)
    within, every = (duration_seconds(body.get(key)) for key in ("scrapeTimeout", "interval"))
    if within is not None and every is not None and within > every:
        yield ("scrapeTimeout",), f"{body['scrapeTimeout']} is more than the interval"


def relabeling(value: Any) -> Iterator[Problem]:
    """A relabeling that writes nowhere."""
    body = mapping(value)
    action = plain(body.get("action", "replace"))
    if body and action is not None and action.lower() in _WRITING and not body.get("targetLabel"):
        yield ("action",) if "action" in body else (), f"the action {action} needs targetLabel"


_WRITING = frozenset({"hashmod", "keepequal", "dropequal", "lowercase", "replace", "uppercase"})


def pattern(value: Any) -> Iterator[Problem]:
    """A pattern that neither RE2 nor Python reads; what only one refuses is left alone."""
    text = plain(value)
    if text is None or len(text) > MAX_PATTERN:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        told = getattr(error, "msg", "")
        if told.startswith(_UNCLOSED):
            yield (), f"{text!r} is no pattern: {told}"


_UNCLOSED = (
    "missing ), unterminated subpattern", "unbalanced parenthesis", "unterminated character set",
)  # fmt: skip
_LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*+"?|`[^`]*+`?')
"""A text within a template; one that is not closed ends with its line."""
MAX_PATTERN = 1_000


def query(value: Any) -> Iterator[Problem]:
    """What is no PromQL."""
    text = plain(value)
    if text is not None and (why := misread(text)):
        yield (), f"no PromQL: {why}"


def template(value: Any) -> Iterator[Problem]:
    """A template that is not closed."""
    text = _LITERAL.sub("", value) if isinstance(value, str) else ""
    if text.count("{{") > text.count("}}"):
        yield (), "an action of the template ({{) is not closed (}})"


def receivers(spec: Any) -> Iterator[Problem]:
    """Routes to receivers that are not there, or one that is there twice."""
    body = mapping(spec)
    names: set[str] = set()
    for index, each in enumerate(sequence(body.get("receivers"))):
        name = plain(mapping(each).get("name"))
        if name is not None and name in names:
            yield ("receivers", index, "name"), f"two receivers of the name {name!r}"
        names |= {name} if name is not None else set()
    yield from _routed(body.get("route"), names, ("route",))


def _routed(route: Any, names: set[str], path: tuple[str | int, ...]) -> Iterator[Problem]:
    name = plain(mapping(route).get("receiver"))
    if name and name not in names:
        yield (*path, "receiver"), f"no receiver has the name {name!r}"
    if len(path) < MAX_DEPTH:
        for index, inner in enumerate(sequence(mapping(route).get("routes"))):
            yield from _routed(inner, names, (*path, "routes", index))
