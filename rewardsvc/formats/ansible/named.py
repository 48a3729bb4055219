"""Named checks of Ansible playbooks and roles."""

from typing import Literal

from rewardsvc.checks.named.base import (
    Attribute,
    Name,
    NamedCheck,
    Path,
    Rendered,
    Value,
    all_equal,
    at,
    equals,
    listed,
    said,
    text,
)
from rewardsvc.types import Target

_TASKS = "[].tasks[]"
_HANDLERS = "[].handlers[]"
_PACKAGES = ("apt", "dnf", "dnf5", "package")
_SERVICES = ("service", "systemd", "systemd_service", "sysvinit")


def _some(entries: str, condition: str) -> Rendered:
    """Some of the entries meet a condition."""
    expr = f"{entries} | [?{condition}] | length(@) > `0`"
    return Rendered(on=Target.DOCUMENTS, expr=expr)


def _uses(module: str, attributes: list[Attribute]) -> str:
    held = all_equal(attributes, within="args")
    return f"module == {text(module)}" + (f" && {held}" if held else "")


def _of(modules: tuple[str, ...]) -> str:
    full = " || ".join(f"module == {text(f'ansible.builtin.{name}')}" for name in modules)
    return f"({full})"


class TaskUses(NamedCheck):
    """A task that runs uses a module, with these arguments among its own."""

    check: Literal["task_uses"] = "task_uses"
    module: Name
    """Its full name: ``ansible.builtin.copy``."""
    attributes: list[Attribute]
    """Of its arguments, by the names that are documented first (``path``, not ``dest``); what is
    documented as a list is one, also where a single text was written."""

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        having = f" with {listed(self.attributes)}" if self.attributes else ""
        return f"a task uses {self.module}{having}"

    def _rendered(self) -> Rendered:
        return _some(_TASKS, _uses(self.module, self.attributes))


class HandlerUses(NamedCheck):
    """A handler that some task notifies uses a module, with these arguments among its own."""

    check: Literal["handler_uses"] = "handler_uses"
    module: Name
    attributes: list[Attribute]

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        having = f" with {listed(self.attributes)}" if self.attributes else ""
        return f"a handler that is notified uses {self.module}{having}"

    def _rendered(self) -> Rendered:
        return _some(_HANDLERS, _uses(self.module, self.attributes))


class Installs(NamedCheck):
    """A task installs a package with the system's package manager: alone, in a list or a loop."""

    check: Literal["installs"] = "installs"
    package: Name

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"it installs {self.package}"

    def _rendered(self) -> Rendered:
        name = text(self.package)
        ways = " || ".join(
            f"(type({place}) == 'array' && contains({place}, {name}))"
            for place in ("args.name", "loop")
        )
        kept = "args.state != 'absent'"
        condition = f"{_of(_PACKAGES)} && {kept} && (args.name == {name} || {ways})"
        return _some(_TASKS, condition)


class ServiceState(NamedCheck):
    """A task sees to a service's state, with whichever of Ansible's modules for services."""

    check: Literal["service_state"] = "service_state"
    service: Name
    state: Literal["started", "stopped", "restarted", "reloaded"]

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"service {self.service} is {self.state}"

    def _rendered(self) -> Rendered:
        named = f"args.name == {text(self.service)}"
        return _some(_TASKS, f"{_of(_SERVICES)} && {named} && args.state == {text(self.state)}")


class ServiceEnabled(NamedCheck):
    """A task has a service start with the machine, or not."""

    check: Literal["service_enabled"] = "service_enabled"
    service: Name
    enabled: bool

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"service {self.service} {'starts' if self.enabled else 'does not start'} at boot"

    def _rendered(self) -> Rendered:
        named = f"args.name == {text(self.service)}"
        held = equals("args.enabled", self.enabled)
        return _some(_TASKS, f"{_of(_SERVICES)} && {named} && {held}")


class PlayTargets(NamedCheck):
    """A play that does something runs on a group or host."""

    check: Literal["play_targets"] = "play_targets"
    hosts: Name

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"a play runs on {self.hosts}"

    def _rendered(self) -> Rendered:
        return _some("@", f"contains(hosts, {text(self.hosts)}) && length(tasks) > `0`")


class PlayHas(NamedCheck):
    """A play on a group or host has a value at a path: ``become``, ``vars.port`` …"""

    check: Literal["play_has"] = "play_has"
    hosts: Name
    path: Path
    value: Value

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"the play on {self.hosts} has {said(self.path, self.value)}"

    def _rendered(self) -> Rendered:
        held = equals(at(self.path), self.value)
        return _some("@", f"contains(hosts, {text(self.hosts)}) && {held}")


CHECKS = (TaskUses, HandlerUses, Installs, ServiceState, ServiceEnabled, PlayTargets, PlayHas)
