"""What services refer to and how their settings agree: what ``docker compose config`` refuses."""

import re
from collections.abc import Iterator, Mapping, Set
from graphlib import CycleError, TopologicalSorter
from typing import Any

from rewardsvc.formats.compose.ports import unreadable
from rewardsvc.formats.compose.vacuity import replicas
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.yaml_files import YamlFile

_NAMED_VOLUME = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9_.-]+):(?P<target>.+)")
_REFERRING = ("networks", "volumes", "configs", "secrets", "models")
_CONTENT = {
    "secrets": ("file", "environment", "external", "driver", "template_driver"),
    "configs": ("file", "environment", "content", "external", "template_driver"),
}
"""One of these says what a secret or a config holds."""


def problems(source: YamlFile) -> Iterator[Diagnostic]:
    """What no ``docker compose up`` gets past."""
    document = source.value
    services: Mapping[str, Any] = document.get("services") or {}
    for name, service in services.items():
        if isinstance(service, dict):
            yield from _contradictions(source, name, service)
            yield from unreadable(source, name, service)
    yield from _without_content(source)
    yield from _cycles(source, services)
    if document.get("include"):
        return  # what is missing here may be there
    known = {section: set(document.get(section) or {}) for section in _REFERRING}
    known["networks"].add("default")
    for name, service in services.items():
        if isinstance(service, dict):
            yield from _unknown(source, name, service, known)


def _unknown(
    source: YamlFile, name: str, service: Mapping[str, Any], known: Mapping[str, Set[str]]
) -> Iterator[Diagnostic]:
    """``known``: what may be referred to, by section."""
    document = source.value
    services: Mapping[str, Any] = document.get("services") or {}
    place = ("services", name)
    if not any(key in service for key in ("image", "build", "extends", "provider")):
        yield source.problem(
            "no-image", f"{name} has neither an image nor a build, nor extends a service", place
        )
    for other, key in _services_named(service):
        if "$" in other:
            continue
        if other not in services:
            yield source.problem(
                "service",
                f"{name} refers to the service {other!r}, which is not there",
                (*place, key),
            )
        elif key != "extends" and not service.get("profiles") and _profiles(services[other]):
            if key == "depends_on" and not _is_required(service, other):
                continue
            yield source.problem(
                "disabled",
                f"{name} needs {other!r}, which does not start without its profile",
                (*place, key),
            )
    for section in _REFERRING:
        for other in _resources_named(service, section):
            if other not in known[section]:
                yield source.problem(
                    section,
                    f"{name} refers to {other!r}, which is not among the top-level {section}",
                    (*place, section),
                )


def _profiles(service: JsonValue) -> JsonValue:
    return service.get("profiles") if isinstance(service, dict) else None


def _is_required(service: Mapping[str, Any], other: str) -> bool:
    needed = service.get("depends_on")
    detail = needed.get(other) if isinstance(needed, dict) else None
    return not (isinstance(detail, dict) and detail.get("required") is False)


def _contradictions(
    source: YamlFile, name: str, service: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    """Settings of one service that exclude each other."""
    place = ("services", name)
    mode = service.get("network_mode")
    if mode and service.get("networks"):
        yield source.problem(
            "network-mode", f"{name} has both network_mode and networks", (*place, "network_mode")
        )
    if isinstance(mode, str) and mode.startswith(("service:", "container:")):
        if service.get("ports"):
            words = f"{name} publishes ports although it has the network of {mode!r}"
            yield source.problem("network-mode", words, (*place, "ports"))
        if mode == f"service:{name}":
            words = f"{name} is to have its own network"
            yield source.problem("network-mode", words, (*place, "network_mode"))
    counts = [count for count in (service.get("scale"), replicas(service)) if type(count) is int]
    if len(set(counts)) > 1:
        words = f"{name} has a scale of {counts[0]} and {counts[1]} replicas"
        yield source.problem("replicas", words, (*place, "scale"))
    if service.get("container_name") and any(count > 1 for count in counts):
        words = f"{max(counts)} containers of {name} cannot have one container_name"
        yield source.problem("replicas", words, (*place, "container_name"))


def _without_content(source: YamlFile) -> Iterator[Diagnostic]:
    for section, keys in _CONTENT.items():
        for name, content in (source.value.get(section) or {}).items():
            if not isinstance(content, dict) or not any(content.get(key) for key in keys):
                yield source.problem(
                    "no-content",
                    f"{name!r} says nothing of its content: {', '.join(keys[:-1])}",
                    (section, name),
                )


def _services_named(service: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("depends_on", "links", "volumes_from"):
        for entry in service.get(key) or ():
            if isinstance(entry, str) and not entry.startswith("container:"):
                yield entry.split(":")[0], key
    yield from ((other, "extends") for other in _extended(service))
    for key in ("network_mode", "ipc", "pid"):
        mode = service.get(key)
        if isinstance(mode, str) and mode.startswith("service:"):
            yield mode.removeprefix("service:"), key


def _extended(service: Mapping[str, Any]) -> Iterator[str]:
    """The service of this file that one extends."""
    extended = service.get("extends")
    if isinstance(extended, str):
        yield extended
    elif isinstance(extended, dict) and not extended.get("file"):
        yield str(extended.get("service"))


def _resources_named(service: Mapping[str, Any], section: str) -> Iterator[str]:
    for entry in service.get(section) or ():
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
            yield name
    build = service.get("build")
    if section == "secrets" and isinstance(build, dict):
        for entry in build.get("secrets") or ():
            if isinstance(entry, str):
                yield entry
            elif isinstance(entry, dict) and isinstance(entry.get("source"), str):
                yield entry["source"]


def _cycles(source: YamlFile, services: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Services that wait for each other, or extend each other."""
    waiting = {
        name: [other for other in (service or {}).get("depends_on") or () if other in services]
        for name, service in services.items()
    }
    extending = {
        name: [other for other in _extended(service or {}) if other in services]
        for name, service in services.items()
    }
    for key, graph in (("depends_on", waiting), ("extends", extending)):
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circle: list[str] = error.args[1]
            yield source.problem(
                "cycle",
                f"{key} goes in a circle: {' → '.join(circle[:20])}",
                ("services", circle[0], key),
            )
