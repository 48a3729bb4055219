"""Named checks of Kubernetes manifests."""

from typing import Literal

from pydantic import Field

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
    shown,
    text,
)
from rewardsvc.types import Target

_POD_SPECS = {"Pod": "spec", "CronJob": "spec.jobTemplate.spec.template.spec"}
"""Where the pod's spec stands; ``spec.template.spec`` in the other workloads."""


class ResourceHas(NamedCheck):
    """The resource of a kind (and, where given, of a name) has a value at a path."""

    check: Literal["resource_has"] = "resource_has"
    kind: Name
    name: str = ""
    path: Path
    value: Value

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"{_called(self.kind, self.name)} has {said(self.path, self.value)}"

    def _rendered(self) -> Rendered:
        expr = f"[?{_is(self.kind, self.name)}] | [0].{at(self.path)}"
        return Rendered(on=Target.DOCUMENTS, expr=expr, expect=self.value)


class KindCount(NamedCheck):
    """So many resources of a kind."""

    check: Literal["kind_count"] = "kind_count"
    kind: Name
    count: int = Field(ge=0)

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"there are {self.count} of kind {self.kind}"

    def _rendered(self) -> Rendered:
        expr = f"length([?{_is(self.kind, '')}])"
        return Rendered(on=Target.DOCUMENTS, expr=expr, expect=self.count)


class ContainerHas(NamedCheck):
    """A container of a workload (the one of a name, or some one) has these values."""

    check: Literal["container_has"] = "container_has"
    kind: Name
    name: str = ""
    container: str = ""
    attributes: list[Attribute] = Field(min_length=1)
    """By path below the container: ``image``, ``ports[0].containerPort``."""

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        which = f"container {self.container}" if self.container else "a container"
        called = _called(self.kind, self.name)
        return f"{which} of {called} has {listed(self.attributes)}"

    def _rendered(self) -> Rendered:
        condition = all_equal(self.attributes)
        if self.container:
            condition = f"name == {text(self.container)} && {condition}"
        return Rendered(
            on=Target.DOCUMENTS,
            expr=f"length({_containers(self.kind, self.name)} | [?{condition}]) > `0`",
        )


class EnvironmentHas(NamedCheck):
    """A container of a workload has an environment variable of a plain value."""

    check: Literal["environment_has"] = "environment_has"
    kind: Name
    name: str = ""
    variable: Name
    value: str

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        called = _called(self.kind, self.name)
        return f"{called} sets {self.variable} to {shown(self.value)}"

    def _rendered(self) -> Rendered:
        condition = f"name == {text(self.variable)} && value == {text(self.value)}"
        variables = f"{_containers(self.kind, self.name)} | [].env[]"
        return Rendered(on=Target.DOCUMENTS, expr=f"length({variables} | [?{condition}]) > `0`")


class ServiceExposes(NamedCheck):
    """A Service offers a port that leads to a port of its pods."""

    check: Literal["service_exposes"] = "service_exposes"
    name: str = ""
    port: int = Field(ge=1, le=65535)
    target_port: int | str | None = None
    """The number or name that it leads to; the same number where null."""

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        leads = f" that leads to {self.target_port}" if self.target_port is not None else ""
        return f"{_called('Service', self.name)} offers port {self.port}{leads}"

    def _rendered(self) -> Rendered:
        port = literal(self.port)
        if self.target_port is None or self.target_port == self.port:
            # Without a targetPort, a Service leads to the port of the same number.
            target = f"(targetPort == null || targetPort == {port})"
        else:
            target = f"targetPort == {literal(self.target_port)}"
        ports = f"[?{_is('Service', self.name)}].spec.ports[]"
        return Rendered(
            on=Target.DOCUMENTS, expr=f"length({ports} | [?port == {port} && {target}]) > `0`"
        )


def _is(kind: str, name: str) -> str:
    return f"kind == {text(kind)}" + (f" && metadata.name == {text(name)}" if name else "")


def _called(kind: str, name: str) -> str:
    return f"{kind} {name}" if name else f"the {kind}"


def _containers(kind: str, name: str) -> str:
    pod = _POD_SPECS.get(kind, "spec.template.spec")
    return f"[?{_is(kind, name)}].{pod}.containers[]"


CHECKS = (ResourceHas, KindCount, ContainerHas, EnvironmentHas, ServiceExposes)
