"""What services refer to and how their settings agree: what ``docker compose config`` refuses."""

import re
from collections.abc import Callable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from rewardsvc.formats.compose.project import Path, Problem, Project, Service
from rewardsvc.formats.compose.vacuity import replicas
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.yaml_files import placed

_NAMED_VOLUME = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9_.-]+):(?P<target>.+)")


def without_image(project: Project) -> Iterator[Diagnostic]:
    """A service has an image, a build or a provider, or extends one that is elsewhere."""
    for name, service in project.services.items():
        if not any(key in service.values for key in ("image", "build", "extends", "provider")):
            words = f"{name} has neither an image nor a build, nor extends a service"
            yield project.source.problem("no-image", words, ("services", name))


def unknown_services(project: Project) -> Iterator[Diagnostic]:
    """Services that are named and not there; what is missing here an included file may have."""
    for name, _, other, path in _named(project):
        if "$" not in other and other not in project.services and not project.open:
            words = f"{name} refers to the service {other!r}, which is not there"
            yield project.source.problem("service", words, ("services", name, *path))


def disabled_services(project: Project) -> Iterator[Diagnostic]:
    """Services that are needed and do not start without their profile."""
    for name, service, other, path in _named(project):
        if other not in project.services or path[0] == "extends" or service.get("profiles"):
            continue
        if not project.services[other].values.get("profiles"):
            continue
        if path[0] != "depends_on" or _is_required(service, other):
            words = f"{name} needs {other!r}, which does not start without its profile"
            yield project.source.problem("disabled", words, ("services", name, *path))


def unknown_resources(section: str) -> Callable[[Project], Iterator[Diagnostic]]:
    """Of one top-level section, what services name and is not there."""

    def find(project: Project) -> Iterator[Diagnostic]:
        known = set(project.section(section)) | ({"default"} if section == "networks" else set())
        asked = not project.open and not project.keys.isdisjoint({section, "build"})
        for name, service in _written(project) if asked else ():
            for other, path in _resources_named(service, section):
                if other not in known:
                    words = (
                        f"{name} refers to {other!r}, which is not among the top-level {section}"
                    )
                    yield project.source.problem(section, words, ("services", name, *path))

    return find


def additional_contexts(project: Project) -> Iterator[Diagnostic]:
    """A context of a build may be another service's image."""
    for name, service in project.services.items():
        contexts = service.at("build", "additional_contexts")
        for path, each in placed(contexts):
            context, _, value = str(each).partition("=")
            if isinstance(contexts, dict):
                value = contexts[each]
            other = str(value).removeprefix("service:")
            if project.open or not str(value).startswith("service:") or "$" in other:
                continue
            if other not in project.services:
                words = f"{name}: the context {context!r} is of a service that is not there"
                place = ("services", name, "build", "additional_contexts", *path)
                yield project.source.problem("context", words, place)


def network_modes(service: Service) -> Iterator[Problem]:
    """A network of its own, or another's."""
    mode = service.at("network_mode")
    if mode and service.at("networks"):
        yield ("networks",), "network_mode and networks exclude each other"
    if isinstance(mode, str) and mode.startswith(("service:", "container:")):
        if service.at("ports"):
            yield ("ports",), f"ports are published although it has the network of {mode!r}"
        if mode == f"service:{service.name}":
            yield ("network_mode",), "it is to have its own network"


def counts(service: Service) -> Iterator[Problem]:
    """How many containers there are is said alike, and one where the container has a name."""
    found = [n for n in (service.at("scale"), replicas(service.values)) if type(n) is int]
    if len(set(found)) > 1:
        yield ("scale",), f"a scale of {found[0]} and {found[1]} replicas"
    if service.at("container_name") and any(count > 1 for count in found):
        yield ("container_name",), f"{max(found)} containers cannot have one container_name"


def without_content(project: Project) -> Iterator[Diagnostic]:
    """A secret or a config says what it holds."""
    for section, keys in _CONTENT.items():
        for name, content in project.section(section).items():
            if not isinstance(content, dict) or not any(content.get(key) for key in keys):
                yield project.source.problem(
                    "no-content",
                    f"{name!r} says nothing of its content: {', '.join(keys[:-1])}",
                    (section, name),
                )


_CONTENT = {
    "secrets": ("file", "environment", "external", "driver", "template_driver"),
    "configs": ("file", "environment", "content", "external", "template_driver"),
}
"""One of these says what a secret or a config holds."""


def _written(project: Project) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The services as they are written, without what they extend."""
    for name, service in (project.source.value.get("services") or {}).items():
        if isinstance(service, dict):
            yield name, service


def _named(project: Project) -> Iterator[tuple[str, Mapping[str, Any], str, Path]]:
    """A service, what it says, a service that it names, and where in it."""
    for name, service in _written(project):
        for other, path in _services_named(service):
            yield name, service, other, path


def cycles(project: Project) -> Iterator[Diagnostic]:
    """Services that wait for each other, or extend each other."""
    if project.keys.isdisjoint({"depends_on", "extends"}):
        return
    services = dict(_written(project))
    waiting = {
        name: [other for other in service.get("depends_on") or () if other in services]
        for name, service in services.items()
    }
    extending = {
        name: [other for other in _extended(service) if other in services]
        for name, service in services.items()
    }
    for key, graph in (("depends_on", waiting), ("extends", extending)):
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circle: list[str] = error.args[1]
            yield project.source.problem(
                "cycle",
                f"{key} goes in a circle: {' → '.join(circle[:20])}",
                ("services", circle[0], key),
            )


def _is_required(service: Mapping[str, Any], other: str) -> bool:
    needed = service.get("depends_on")
    detail = needed.get(other) if isinstance(needed, dict) else None
    return not (isinstance(detail, dict) and detail.get("required") is False)


def _services_named(service: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    for key in ("depends_on", "links", "volumes_from"):
        for path, entry in placed(service[key]) if key in service else ():
            if isinstance(entry, str) and not entry.startswith("container:"):
                yield entry.split(":")[0], (key, *path)
    yield from ((other, ("extends", "service")) for other in _extended(service))
    for key in ("network_mode", "ipc", "pid"):
        mode = service.get(key)
        if isinstance(mode, str) and mode.startswith("service:"):
            yield mode.removeprefix("service:"), (key,)


def _extended(service: Mapping[str, Any]) -> Iterator[str]:
    """The service of this file that one extends."""
    extended = service.get("extends")
    if isinstance(extended, str):
        yield extended
    elif isinstance(extended, dict) and not extended.get("file"):
        yield str(extended.get("service"))


def _resources_named(service: Mapping[str, Any], section: str) -> Iterator[tuple[str, Path]]:
    for path, entry in placed(service[section]) if section in service else ():
        name: JsonValue = entry
        if section == "volumes":
            if isinstance(entry, str):
                match = _NAMED_VOLUME.fullmatch(entry)
                name = match["name"] if match else None
            elif isinstance(entry, dict):
                name = entry.get("source") if entry.get("type") == "volume" else None
        elif isinstance(entry, dict):
            name = entry.get("source")
        if isinstance(name, str) and "$" not in name:
            yield name, (section, *path)
    build = service.get("build")
    if section == "secrets" and isinstance(build, dict):
        for path, entry in placed(build.get("secrets")):
            if isinstance(entry, str):
                yield entry, ("build", "secrets", *path)
            elif isinstance(entry, dict) and isinstance(entry.get("source"), str):
                yield entry["source"], ("build", "secrets", *path)
