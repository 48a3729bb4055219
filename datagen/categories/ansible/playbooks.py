"""What topics of Ansible share: needs about plays, pins about tasks."""

from datagen.brief import Need, lit, need
from datagen.pins import documents, raw
from rewardsvc.checks.named.base import Value, having
from rewardsvc.formats.ansible.named import HandlerUses, Installs, TaskUses
from rewardsvc.types import Check

GROUPS = (
    "web", "frontend", "edge", "app", "backend", "workers", "db", "cache", "storage", "ci",
    "monitoring", "gateway", "staging", "production", "bastion",
)  # fmt: skip
"""Groups of an inventory."""


def task(module: str, attributes: dict[str, Value] | None = None) -> Check:
    """A task that runs uses a module of ansible-core with these arguments."""
    return TaskUses(
        module=f"ansible.builtin.{module}", attributes=having(attributes or {})
    ).render()


def handler(module: str, attributes: dict[str, Value]) -> Check:
    """A handler that is notified uses a module of ansible-core with these arguments."""
    return HandlerUses(module=f"ansible.builtin.{module}", attributes=having(attributes)).render()


def some_task(module: str, *conditions: str) -> Check:
    """A task that runs uses a module of ansible-core and meets conditions."""
    held = " && ".join((f"module=={raw(f'ansible.builtin.{module}')}", *conditions))
    return documents(f"[].tasks[] | [?{held}] | length(@) > `0`")


def from_file(name: str) -> str:
    """Condition: a task's source is a file of that name, in whichever folder."""
    return f"(args.src=={raw(name)} || ends_with(args.src || '', {raw(f'/{name}')}))"


def line_is(text: str) -> str:
    """Condition: a task's content is that text, with a line end or without."""
    behind = (
        f"starts_with(args.content || '', {raw(text)}) && length(args.content)==`{len(text) + 1}`"
    )
    return f"(args.content=={raw(text)} || {behind})"


def installs(package: str) -> Check:
    """A package is installed, with whichever module for packages."""
    return Installs(package=package).render()


def service_is(service: str, *conditions: str) -> Check:
    """A task about a service, with whichever module for services, meets conditions."""
    modules = " || ".join(
        f"module=={raw(f'ansible.builtin.{name}')}" for name in ("service", "systemd_service")
    )
    held = " && ".join((f"({modules})", f"args.name=={raw(service)}", *conditions))
    return documents(f"[].tasks[] | [?{held}] | length(@) > `0`")


def service_then(service: str, state: str) -> Check:
    """A handler that is notified has a service restarted or reloaded."""
    modules = " || ".join(
        f"module=={raw(f'ansible.builtin.{name}')}" for name in ("service", "systemd_service")
    )
    held = f"({modules}) && args.name=={raw(service)} && args.state=={raw(state)}"
    return documents(f"[].handlers[] | [?{held}] | length(@) > `0`")


def on_hosts(group: str) -> Need:
    """There is one play, and it runs on a group."""
    return need(
        f"on the hosts {lit(group)}",
        f"It runs on the hosts {lit(group)}",
        f"The play is for the group {lit(group)}",
        f"The hosts are {lit(group)}",
        pins=[documents("[].hosts[]", [group])],
    )


def as_root() -> Need:
    """Every task and handler runs as root."""
    return need(
        "with become",
        "All of it runs with become",
        "Every task needs become",
        "Use become throughout",
        pins=[
            documents(
                "length([].tasks[]) > `0` && length([].[tasks, handlers][][?!become][]) == `0`"
            )
        ],
    )
