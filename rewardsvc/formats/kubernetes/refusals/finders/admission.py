"""What the API server refuses of admission policies, and of CEL wherever it stands."""

from collections.abc import Iterator, Mapping
from typing import Any

from rewardsvc.formats.kubernetes.expressions import misread
from rewardsvc.formats.kubernetes.manifests import mapping, sequence
from rewardsvc.formats.kubernetes.refusals.rules import Check, Problem

IN_POLICIES = frozenset(
    {"authorizer", "namespaceObject", "object", "oldObject", "params", "request", "variables"}
)
IN_WEBHOOKS = frozenset({"authorizer", "object", "oldObject", "request"})


def expression(names: frozenset[str] | None = None) -> Check:
    """A text in CEL, which speaks of these names only."""

    def check(value: Any) -> Iterator[Problem]:
        if isinstance(value, str) and value.strip() and (why := misread(value, names)):
            yield (), why

    return check


def without_validations(spec: Any) -> Iterator[Problem]:
    """A policy that neither validates nor annotates."""
    body = mapping(spec)
    if body and not body.get("validations") and not body.get("auditAnnotations"):
        yield ("validations",), "one of validations, auditAnnotations must be given"


def without_constraints(spec: Any) -> Iterator[Problem]:
    """A policy of nothing."""
    body = mapping(spec)
    constraints = body.get("matchConstraints")
    if body and constraints is None:
        yield ("matchConstraints",), "a policy says what it is about"
    elif isinstance(constraints, dict) and not constraints.get("resourceRules"):
        yield ("matchConstraints", "resourceRules"), "it must be given"


def actions(value: Any) -> Iterator[Problem]:
    """Actions twice, or two that say one thing."""
    names = [each for each in sequence(value) if isinstance(each, str)]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield (index,), f"{name} is there twice"
    if {"Deny", "Warn"} <= set(names):
        yield (max(names.index("Deny"), names.index("Warn")),), "Deny and Warn exclude each other"


def line_of_message(value: Any) -> Iterator[Problem]:
    """A message of several lines."""
    if isinstance(value, str) and "\n" in value.strip():
        yield (), "a message is one line"


def parameter(reference: Any) -> Iterator[Problem]:
    """Parameters by name and by selector, or by neither."""
    body: Mapping[str, Any] = mapping(reference)
    given = [key for key in ("name", "selector") if body.get(key) not in (None, "")]
    if len(given) > 1:
        yield ("selector",), "name and selector exclude each other"
    elif body and not given:
        yield (), "one of name, selector must be given"
    if body and not body.get("parameterNotFoundAction"):
        yield ("parameterNotFoundAction",), "it must be given"
