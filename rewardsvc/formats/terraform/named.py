"""Named checks of Terraform plans (``terraform show -json``, modules one level deep included)."""

import json
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from rewardsvc.checks.named.base import (
    Attribute,
    Name,
    NamedCheck,
    Path,
    Rendered,
    Value,
    all_equal,
    at,
    listed,
    literal,
    said,
    text,
)
from rewardsvc.formats.terraform.changes import WAYS, Action
from rewardsvc.types import Target

_PLANNED = "[planned_values.root_module, planned_values.root_module.child_modules[]][].resources[]"

_CONFIGURED = (
    "[configuration.root_module, values(configuration.root_module.module_calls || `{}`)[].module][]"
    ".resources[]"
)

_CHANGES = "(resource_changes || `[]`)"

_ANYWHERE = ("0.0.0.0/0", "::/0")


class ResourceExists(NamedCheck):
    """Some managed resource of a type is planned with these attributes."""

    check: Literal["resource_exists"] = "resource_exists"
    type: Name
    attributes: list[Attribute] = Field(default_factory=list)
    """Planned values by their path: ``versioning_configuration[0].status``."""

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        wanted = f" with {listed(self.attributes)}" if self.attributes else ""
        return f"there is a {self.type}{wanted}"

    def _rendered(self) -> Rendered:
        condition = f"mode == 'managed' && type == {text(self.type)}"
        if self.attributes:
            condition += f" && {all_equal(self.attributes, 'values')}"
        return Rendered(on=Target.PLAN, expr=f"length({_PLANNED} | [?{condition}]) > `0`")


class ResourceCount(NamedCheck):
    """So many managed resources of a type are planned."""

    check: Literal["resource_count"] = "resource_count"
    type: Name
    count: int = Field(ge=0)

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"there are {self.count} of {self.type}"

    def _rendered(self) -> Rendered:
        condition = f"mode == 'managed' && type == {text(self.type)}"
        counted = f"length({_PLANNED} | [?{condition}])"
        return Rendered(on=Target.PLAN, expr=counted, expect=self.count)


class ResourceReferences(NamedCheck):
    """Each resource of a type refers, in an argument, to a resource of another type."""

    check: Literal["resource_references"] = "resource_references"
    type: Name
    argument: Path
    to: Name
    """The type that is referred to; ``data.TYPE`` for a data source."""

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"{self.argument} of every {self.type} refers to a {self.to}"

    def _rendered(self) -> Rendered:
        of_type = f"{_CONFIGURED} | [?type == {text(self.type)}]"
        refers = (
            f"expressions.{at(self.argument)}.references[?starts_with(@, {text(self.to + '.')})]"
        )
        some, none = f"length({of_type}) > `0`", f"length({of_type} | [?!({refers})]) == `0`"
        return Rendered(on=Target.PLAN, expr=f"{some} && {none}")


class RuleExposes(NamedCheck):
    """A security group lets a TCP or UDP port in from a CIDR block, and only that port range.

    In whichever of the three ways the AWS provider knows: an ``ingress`` block, an
    ``aws_security_group_rule`` or an ``aws_vpc_security_group_ingress_rule``.
    """

    check: Literal["rule_exposes"] = "rule_exposes"
    port: int = Field(ge=0, le=65535)
    cidr: Name = _ANYWHERE[0]
    protocol: Literal["tcp", "udp"] = "tcp"

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"{self.protocol} port {self.port} is reachable from {self.cidr}"

    def _rendered(self) -> Rendered:
        port = literal(self.port)
        ports = f"from_port == {port} && to_port == {port}"
        cidr, protocol = text(self.cidr), text(self.protocol)
        named = f"{ports} && protocol == {protocol}"
        blocks = " || ".join(
            f"contains({attribute} || `[]`, {cidr})"
            for attribute in ("cidr_blocks", "ipv6_cidr_blocks")
        )
        ways = (
            f"{_of_type('aws_security_group')} | [].ingress[] | [?{named} && ({blocks})]",
            f"{_of_type('aws_security_group_rule')}"
            f" | [?type == 'ingress' && {named} && ({blocks})]",
            f"{_of_type('aws_vpc_security_group_ingress_rule')} | [?{ports} && ip_protocol =="
            f" {protocol} && (cidr_ipv4 == {cidr} || cidr_ipv6 == {cidr})]",
        )
        return Rendered(on=Target.PLAN, expr=" || ".join(f"length({way}) > `0`" for way in ways))


class ProviderConfigured(NamedCheck):
    """A provider block sets an argument to a constant, e.g. ``region``."""

    check: Literal["provider_configured"] = "provider_configured"
    provider: Name = "aws"
    argument: Path = "region"
    value: Value

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"the {self.provider} provider has {said(self.argument, self.value)}"

    def _rendered(self) -> Rendered:
        place = f'configuration.provider_config."{self.provider}".expressions.{at(self.argument)}'
        return Rendered(on=Target.PLAN, expr=f"{place}.constant_value", expect=self.value)


class OutputExists(NamedCheck):
    """The root module has an output of this name."""

    check: Literal["output_exists"] = "output_exists"
    name: Name

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"there is an output {self.name}"

    def _rendered(self) -> Rendered:
        outputs = "keys(configuration.root_module.outputs || `{}`)"
        return Rendered(on=Target.PLAN, expr=f"contains({outputs}, {text(self.name)})")


class Change(BaseModel):
    """What may become of resources."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )

    resource: Name
    """An address, with or without the index of an instance (``module.net.aws_subnet.a``), or a
    type, of all its resources."""
    actions: list[Action] = Field(min_length=1)
    """``replace`` is to destroy it and make it anew; ``forget`` to leave it and know it no more."""


class ChangesOnly(NamedCheck):
    """Beside these changes, the plan leaves every managed resource as it is.

    For tasks that say what stood ``before``. It permits the changes and asks for none.
    """

    check: Literal["changes_only"] = "changes_only"
    changes: list[Change]

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        permitted = "; ".join(
            f"{each.resource}: {' or '.join(each.actions)}" for each in self.changes
        )
        return f"nothing changes beside {permitted}" if permitted else "nothing changes"

    def _rendered(self) -> Rendered:
        permitted = "".join(
            f" && !({_is_of(each.resource)} && {_does(each.actions)})" for each in self.changes
        )
        left = f"{_CHANGES}[?mode == 'managed' && change.actions != `[\"no-op\"]`{permitted}]"
        some = f"length({_CHANGES}) > `0`"  # or it would hold of a plan of nothing
        return Rendered(on=Target.PLAN, expr=f"{some} && length({left}) == `0`")


class ResourceChanges(NamedCheck):
    """The plan changes a resource, or one of a type, in one of these ways.

    For tasks that say what stood ``before``.
    """

    check: Literal["resource_changes"] = "resource_changes"
    resource: Name
    """An address, with or without the index of an instance, or a type."""
    actions: list[Action] = Field(min_length=1)

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"the plan is to {' or '.join(self.actions)} {self.resource}"

    def _rendered(self) -> Rendered:
        condition = f"{_is_of(self.resource)} && {_does(self.actions)}"
        changed = f"{_CHANGES}[?mode == 'managed' && {condition}]"
        return Rendered(on=Target.PLAN, expr=f"length({changed}) > `0`")


def _is_of(resource: str) -> str:
    if "." not in resource:
        return f"type == {text(resource)}"
    return f"(address == {text(resource)} || starts_with(address, {text(resource + '[')}))"


def _does(actions: Sequence[Action]) -> str:
    """The condition that a change is one of these; a replacement comes in two orders."""
    ways = [way for action in actions for way in WAYS[action]]
    return f"({' || '.join(f'change.actions == `{json.dumps(way)}`' for way in ways)})"


def _of_type(type: str) -> str:
    return f"{_PLANNED} | [?type == '{type}'].values"


CHECKS = (
    ResourceExists,
    ResourceCount,
    ResourceReferences,
    RuleExposes,
    ProviderConfigured,
    OutputExists,
    ChangesOnly,
    ResourceChanges,
)
