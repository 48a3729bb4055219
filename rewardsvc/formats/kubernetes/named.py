"""Named checks of Kubernetes manifests."""

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from pydantic import Field

from rewardsvc.checks.named.base import (
    Attribute,
    Name,
    NamedCheck,
    Path,
    Rendered,
    Value,
    at,
    equals,
    having_two,
    listed,
    literal,
    said,
    shown,
    text,
)
from rewardsvc.formats.kubernetes.defaults import CONTAINER, PROBES, is_default
from rewardsvc.formats.kubernetes.quantities import amount
from rewardsvc.types import Target

_QUANTITY = re.compile(
    r"(?:.*\.)?(?:(?:limits|requests|hard|overhead|podFixed|capacity)"
    r"|limits\[\d+\]\.(?:default|defaultRequest|max|min))\.(?:[^.\"]+|\"[^\"]+\")"
    r"|(?:.*\.)?(?:sizeLimit|divisor)"
)
"""Paths whose values are quantities, which can be written in several ways."""

_UNITS = ("", "m", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti")

MAX_NAMES = 3
"""Of ports with one number that are held against a Service's target."""

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
        found = f"[?{_is(self.kind, self.name)}] | [0]"
        if written := _quantities(self.path, self.value):
            return Rendered(on=Target.DOCUMENTS, expr=f"{found} | {_one_of(self.path, written)}")
        if is_default(self.kind, self.path, self.value):
            held = _or_default(self.path, self.value)
            return Rendered(on=Target.DOCUMENTS, expr=f"{found} | (kind != null && {held})")
        return Rendered(on=Target.DOCUMENTS, expr=f"{found}.{at(self.path)}", expect=self.value)

    def _impossible(self) -> str:
        if self.name and self.path == "metadata.name" and self.value != self.name:
            return f"{self.kind} {self.name} has another name"
        return _no_kind(self.kind)


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

    def _impossible(self) -> str:
        return _no_kind(self.kind)


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
        condition = " && ".join(
            _or_default(each.path, each.value)
            if is_default(CONTAINER, each.path, each.value)
            else _equals(each.path, each.value)
            for each in self.attributes
        )
        if self.container:
            condition = f"name == {text(self.container)} && {condition}"
        return Rendered(
            on=Target.DOCUMENTS,
            expr=f"length({_containers(self.kind, self.name)} | [?{condition}]) > `0`",
        )

    def _impossible(self) -> str:
        wanted = having_two(self.attributes)
        named = [each for each in self.attributes if each.path == "name" and self.container]
        if any(each.value != self.container for each in named):
            return f"container {self.container} has another name"
        return wanted or _no_kind(self.kind)


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
    """The number or name that it leads to; the same number where null. A number may be given by the
    name that a container's port has."""

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
        ways = [f"length({ports} | [?port == {port} && {target}]) > `0`"]
        number = self.port if self.target_port is None else self.target_port
        if isinstance(number, int):
            ways += _by_name(f"{ports} | [?port == {port}].targetPort", number)
        return Rendered(on=Target.DOCUMENTS, expr=" || ".join(ways))


def _by_name(targets: str, number: int) -> list[str]:
    """The conditions that one of the targets is the name of a container's port of a number."""
    pods = ("spec.template.spec", "spec", "spec.jobTemplate.spec.template.spec")
    named = "[].[" + ", ".join(f"{pod}.containers[].ports[]" for pod in pods) + "][][]"
    names = f"({named} | [?containerPort == {literal(number)}].name | [?@ != null])"
    return [
        f"(type({names}[{index}]) == 'string' && contains(({targets}), {names}[{index}]))"
        for index in range(MAX_NAMES)
    ]


def _or_default(path: str, value: Value) -> str:
    """The condition that a value is there, or nothing is where it would be."""
    place, holder = at(path), path.rpartition(".")[0]
    there = f"{at(holder)} != null && " if "[" in holder or holder.startswith(PROBES) else ""
    return f"({equals(place, value)} || ({there}{place} == null))"


def _equals(path: str, value: Value) -> str:
    """The condition that a value is there, in any of the ways to write it."""
    written = _quantities(path, value)
    return _one_of(path, written) if written else equals(at(path), value)


def _one_of(path: str, written: Sequence[Value]) -> str:
    place = at(path)
    values = json.dumps(written)
    return f"(type({place}) != 'boolean' && contains(`{values}`, {place}))"


def _quantities(path: str, value: Value) -> list[Value]:
    """The usual ways to write a quantity (``0.5``, ``500m``); none of what is no quantity."""
    number = None if isinstance(value, list) else amount(value)
    if number is None or not _QUANTITY.fullmatch(path):
        return []
    written: list[Value] = [value] if isinstance(value, str) else []
    for unit in _UNITS:
        size = amount(f"1{unit}")
        assert size is not None  # a quantity of one
        shown = number / size
        if shown == shown.quantize(Decimal("0.001")) and Decimal("0.001") <= abs(shown) < 10**15:
            plain = f"{shown.normalize():f}"
            written.append(f"{plain}{unit}")
            if not unit:
                written.append(int(shown) if shown == int(shown) else float(shown))
    return list(dict.fromkeys(written))


def _no_kind(kind: str) -> str:
    """Why nothing is of a kind, "" where something may be."""
    if re.fullmatch(r"[A-Z][A-Za-z0-9]*", kind):
        return ""
    return f"{kind!r} is no kind: those are words like Deployment"


def _is(kind: str, name: str) -> str:
    return f"kind == {text(kind)}" + (f" && metadata.name == {text(name)}" if name else "")


def _called(kind: str, name: str) -> str:
    return f"{kind} {name}" if name else f"the {kind}"


def _containers(kind: str, name: str) -> str:
    pod = _POD_SPECS.get(kind, "spec.template.spec")
    return f"[?{_is(kind, name)}].{pod}.containers[]"


CHECKS = (ResourceHas, KindCount, ContainerHas, EnvironmentHas, ServiceExposes)
