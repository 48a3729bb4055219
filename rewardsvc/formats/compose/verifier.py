"""Compose files: parse, the Compose specification's schema, references, and what collides."""

import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from rewardsvc.artifact import Artifact
from rewardsvc.formats.compose import ports
from rewardsvc.formats.compose.project import Project
from rewardsvc.formats.compose.refusals import REFUSALS
from rewardsvc.formats.compose.vacuity import live, vacuous
from rewardsvc.types import Component, Diagnostic, JsonValue, Target
from rewardsvc.verification.ladder import lint, skipped, syntax
from rewardsvc.verification.refusals import refusals_in
from rewardsvc.verification.schemas import Schema, read_schema
from rewardsvc.verification.verifier import Findings, Workbench
from rewardsvc.verification.yaml_files import YamlFile, check_schema, parse_files, unparsed


def _as_written(value: JsonValue) -> JsonValue:
    return value


_TAGS = {"!reset": _as_written, "!override": _as_written}
"""Compose's own tags; they matter only when files are merged."""

_LATER = (
    ("schema", Component.SYNTAX),
    ("references", Component.SYNTAX),
    ("lint", Component.FORMAT),
)


class ComposeVerifier:
    """Stages: ``parse``, ``schema``, ``references`` (syntax; what
    :mod:`rewardsvc.formats.compose.refusals` lists), ``lint`` (format).

    ``documents`` is a list of the files that the schema accepted, without services that are scaled
    to nothing.
    """

    format = "compose"
    languages = frozenset({"yaml", "yml", "compose", "docker-compose"})
    default_path = "compose.yaml"
    many = False
    companions = False
    tools: tuple[str, ...] = ("compose-schema",)
    targets = frozenset({Target.DOCUMENTS})

    def __init__(self) -> None:
        self._schemas: dict[Path, Schema] = {}

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        """Climb the ladder; see :class:`rewardsvc.verification.verifier.Verifier`."""
        tool = workbench.toolchain.require("compose-schema")
        assert tool.path is not None  # the schema is a file
        if tool.path not in self._schemas:
            self._schemas[tool.path] = Schema(read_schema(tool.path))
        return _verify(
            artifact,
            self._schemas[tool.path],
            f"compose-spec of {tool.note} {tool.version}",
        )


def _verify(artifact: Artifact, schema: Schema, tool: str) -> Findings:
    files = parse_files(artifact, ComposeVerifier.languages, tags=_TAGS)
    if not files.parsed:
        return unparsed(files, _LATER)
    checked, accepted = check_schema(files, schema, tool)
    why = vacuous([source.value for source in files.sources])
    projections = {Target.DOCUMENTS: [live(source.value) for source in accepted]}
    if why or not accepted:
        reason = why or "the schema does not accept it"
        later = (skipped(name, component, reason) for name, component in _LATER[1:])
        return Findings((files.stage, checked, *later), vacuous=why, projections=projections)
    started = time.perf_counter()
    broken = [
        problem for source in accepted for problem in refusals_in(REFUSALS, Project.of(source))
    ]
    referring = syntax("references", broken, time.perf_counter() - started)
    started = time.perf_counter()
    warnings = [problem for source in accepted for problem in _lint(source)]
    return Findings(
        (
            files.stage,
            checked,
            referring,
            lint("lint", warnings, time.perf_counter() - started),
        ),
        projections=projections,
    )


def _lint(source: YamlFile) -> Iterator[Diagnostic]:
    document = source.value
    if "version" in document:
        yield source.problem(
            "obsolete-version", "the attribute version is obsolete", ("version",), "warning"
        )
    services = document.get("services") or {}
    yield from ports.collisions(source, services)
    names: dict[str, list[str]] = defaultdict(list)
    for name, service in services.items():
        if isinstance(service, dict) and isinstance(service.get("container_name"), str):
            names[service["container_name"]].append(name)
    for container, users in names.items():
        if len(users) > 1:
            yield source.problem(
                "name-twice",
                f"{' and '.join(users)} have the container_name {container!r}",
                ("services", users[-1], "container_name"),
            )
