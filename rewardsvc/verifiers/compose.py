"""Compose files: parse, the Compose specification's schema, references, and what collides."""

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from rewardsvc.artifact import Artifact
from rewardsvc.types import Component, Diagnostic, JsonValue, Target
from rewardsvc.verifiers.base import Findings, Workbench
from rewardsvc.verifiers.ladder import lint, skipped, syntax
from rewardsvc.verifiers.schemas import Schema, read_schema
from rewardsvc.verifiers.yaml_files import Source, check_schema, parse_files, unparsed


def _as_written(value: JsonValue) -> JsonValue:
    return value


_TAGS = {"!reset": _as_written, "!override": _as_written}
"""Compose's own tags; they matter only when files are merged."""

_PORT = re.compile(
    r"(?:(?P<ip>[\d.]+|\[[0-9a-fA-F:]+\]):)?(?P<host>\d+)(?:-\d+)?:[\d-]+(?:/(?P<proto>\w+))?"
)
_NAMED_VOLUME = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9_.-]+):(?P<target>.+)")
_LATER = (
    ("schema", Component.SYNTAX),
    ("references", Component.SYNTAX),
    ("lint", Component.FORMAT),
)
_REFERRING = ("networks", "volumes", "configs", "secrets")


class ComposeVerifier:
    """Stages: ``parse``, ``schema``, ``references`` (syntax), ``lint`` (format).

    ``documents`` is a list of the files that the schema accepted, without services that are scaled
    to nothing.
    """

    format = "compose"
    languages = frozenset({"yaml", "yml", "compose", "docker-compose"})
    default_path = "compose.yaml"
    many = False
    tools: tuple[str, ...] = ("compose-schema",)
    targets = frozenset({Target.DOCUMENTS})

    def __init__(self) -> None:
        self._schemas: dict[Path, Schema] = {}

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        """Climb the ladder; see :class:`rewardsvc.verifiers.base.Verifier`."""
        tool = workbench.toolchain.require("compose-schema")
        assert tool.path is not None  # the schema is a file
        if tool.path not in self._schemas:
            self._schemas[tool.path] = Schema(read_schema(tool.path))
        # Keeps a core busy; in a thread, so that the event loop keeps answering.
        return await asyncio.to_thread(
            _verify,
            artifact,
            self._schemas[tool.path],
            f"compose-spec of {tool.note} {tool.version}",
        )


def _verify(artifact: Artifact, schema: Schema, tool: str) -> Findings:
    files = parse_files(artifact, ComposeVerifier.languages, tags=_TAGS)
    if not files.parsed:
        return unparsed(files, _LATER)
    checked, accepted = check_schema(files, schema, tool)
    vacuous = _vacuous([source.value for source in files.sources])
    projections = {Target.DOCUMENTS: [_live(source.value) for source in accepted]}
    if vacuous or not accepted:
        why = vacuous or "the schema does not accept it"
        later = (skipped(name, component, why) for name, component in _LATER[1:])
        return Findings((files.stage, checked, *later), vacuous=vacuous, projections=projections)
    started = time.perf_counter()
    broken = [problem for source in accepted for problem in _references(source)]
    references = syntax("references", broken, time.perf_counter() - started)
    started = time.perf_counter()
    habits = [problem for source in accepted for problem in _lint(source)]
    return Findings(
        (
            files.stage,
            checked,
            references,
            lint("lint", habits, time.perf_counter() - started),
        ),
        projections=projections,
    )


def _vacuous(documents: list[JsonValue]) -> str:
    services = [
        service
        for document in documents
        if isinstance(document, dict) and isinstance(document.get("services"), dict)
        for service in document["services"].values()
    ]
    if not services:
        return "there is no service in it"
    for service in services:
        if not isinstance(service, dict):
            continue
        runs = any(service.get(key) for key in ("image", "build", "extends", "provider"))
        if runs and not _is_off(service):
            return ""
    return "no service has an image or a build, or all are scaled to 0"


def _is_off(service: JsonValue) -> bool:
    """Whether a service is scaled to nothing; the specification takes the number as text, too."""
    if not isinstance(service, dict):
        return False
    deploy = service.get("deploy")
    replicas = deploy.get("replicas") if isinstance(deploy, dict) else None
    counts = (service.get("scale"), replicas)
    return any(type(count) in {int, str} and str(count) == "0" for count in counts)


def _live(document: JsonValue) -> JsonValue:
    """The file without the services that are off: what checks see must be what runs."""
    services = document.get("services") if isinstance(document, dict) else None
    if not isinstance(services, dict):
        return document
    running = {name: service for name, service in services.items() if not _is_off(service)}
    return {**document, "services": running}


def _references(source: Source) -> Iterator[Diagnostic]:
    """What the file refers to and does not define (``docker compose config`` refuses these)."""
    document = source.value
    services: Mapping[str, Any] = document.get("services") or {}
    if document.get("include"):
        return  # what is missing here may be there
    for name, service in services.items():
        if not isinstance(service, dict):
            continue
        place = ("services", name)
        for other, key in _services_named(service):
            if other not in services:
                yield source.problem(
                    "service",
                    f"{name} refers to the service {other!r}, which is not there",
                    (*place, key),
                )
        for section in _REFERRING:
            known = set(document.get(section) or {}) | (
                {"default"} if section == "networks" else set()
            )
            for other in _resources_named(service, section):
                if other not in known:
                    yield source.problem(
                        section,
                        f"{name} refers to {other!r}, which is not among the top-level {section}",
                        (*place, section),
                    )
    yield from _cycle(source, services)


def _services_named(service: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("depends_on", "links", "volumes_from"):
        for entry in service.get(key) or ():
            if isinstance(entry, str) and not entry.startswith("container:"):
                yield entry.split(":")[0], key
    extended = service.get("extends")
    if isinstance(extended, str):
        yield extended, "extends"
    elif isinstance(extended, dict) and not extended.get("file"):
        yield extended["service"], "extends"
    for key in ("network_mode", "ipc", "pid"):
        mode = service.get(key)
        if isinstance(mode, str) and mode.startswith("service:"):
            yield mode.removeprefix("service:"), key


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


def _cycle(source: Source, services: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Services that wait for each other."""
    waiting = {
        name: [other for other in (service or {}).get("depends_on") or () if other in services]
        for name, service in services.items()
    }
    try:
        TopologicalSorter(waiting).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        yield source.problem(
            "cycle",
            f"depends_on goes in a circle: {' → '.join(circle[:20])}",
            ("services", circle[0], "depends_on"),
        )


def _lint(source: Source) -> Iterator[Diagnostic]:
    document = source.value
    if "version" in document:
        yield source.problem(
            "obsolete-version", "the attribute version is obsolete", ("version",), "warning"
        )
    holders: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    names: dict[str, list[str]] = defaultdict(list)
    for name, service in (document.get("services") or {}).items():
        if not isinstance(service, dict):
            continue
        for key in _host_ports(service):
            holders[key].append(name)
        if isinstance(service.get("container_name"), str):
            names[service["container_name"]].append(name)
    for (_, port, protocol), users in holders.items():
        if len(users) > 1:
            yield source.problem(
                "port-twice",
                f"{' and '.join(sorted(set(users)))} publish the host port {port}/{protocol}",
                ("services", users[-1], "ports"),
            )
    for container, users in names.items():
        if len(users) > 1:
            yield source.problem(
                "name-twice",
                f"{' and '.join(users)} have the container_name {container!r}",
                ("services", users[-1], "container_name"),
            )


def _host_ports(service: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Address, port and protocol on the host that a service publishes; ranges by their start."""
    for entry in service.get("ports") or ():
        if isinstance(entry, str) and (match := _PORT.fullmatch(entry)):
            address = match["ip"] or "0.0.0.0"
            yield address, match["host"], match["proto"] or "tcp"
        elif isinstance(entry, dict) and str(entry.get("published", "")).isdigit():
            address = str(entry.get("host_ip") or "0.0.0.0")
            yield address, str(entry["published"]), str(entry.get("protocol") or "tcp")
