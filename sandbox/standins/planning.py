"""What is planned of a resource: the framework's rules, from a declaration. Pure.

https://developer.hashicorp.com/terraform/plugin/framework/resources/plan-modification: what is not
written has its default; where anything differs from the state, computed values that are not
written are known after apply; then each attribute's modifiers look at it (its value stays, another
value replaces the resource).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.standins.schema import MAP_OF_STRING, Complaint, ResourceKind, SchemaAttribute
from sandbox.standins.values import UNKNOWN, Value, Values, is_unknown


@dataclass(frozen=True, slots=True)
class StandinPlan:
    """What is planned. ``replacing``: the attributes for whose sake the resource is made anew."""

    planned: Values
    replacing: tuple[str, ...] = ()
    complaints: tuple[Complaint, ...] = ()


def plan(kind: ResourceKind, prior: Values | None, proposed: Values, config: Values) -> StandinPlan:
    """The plan for a resource that is to be there; ``prior`` is its state, None where it is new."""
    planned = dict(proposed)
    for name, attribute in kind.attributes.items():
        if attribute.default is not None and config.get(name) is None:
            planned[name] = attribute.default
    if planned != prior:
        for name, attribute in kind.attributes.items():
            if _left_open(attribute) and config.get(name) is None:
                before = prior.get(name) if prior is not None and attribute.stays else None
                planned[name] = UNKNOWN if before is None else before
    complaints = tuple(kind.modify(config, prior, planned))
    if prior is None:
        return StandinPlan(planned, (), complaints)
    replacing = tuple(
        name
        for name, attribute in sorted(kind.attributes.items())
        if attribute.replaces and _differs(attribute, prior.get(name), planned.get(name))
    )
    blocks = tuple(
        name
        for name, block in sorted(kind.blocks.items())
        if block.replaces and prior.get(name) != planned.get(name)
    )
    return StandinPlan(planned, (*replacing, *blocks), complaints)


def _left_open(attribute: SchemaAttribute) -> bool:
    """Whether the provider says what it is where its user does not."""
    return attribute.computed and attribute.default is None


def _differs(attribute: SchemaAttribute, before: Value, after: Value) -> bool:
    if attribute.type == MAP_OF_STRING and not is_unknown(after):
        return _without_nulls(before) != _without_nulls(after)
    return bool(before != after)


def _without_nulls(value: Value) -> Mapping[str, Value]:
    """A map without its null values, which older versions of the framework did not store."""
    return {key: each for key, each in (value or {}).items() if each is not None}
