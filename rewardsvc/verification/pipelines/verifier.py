"""The ladder that CI pipelines in YAML share: parse, the schema, references, shellcheck."""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import ClassVar, Protocol

from rewardsvc.artifact import Artifact
from rewardsvc.types import Component, Diagnostic, JsonValue, Stage, Target
from rewardsvc.verification.ladder import lint, skipped, syntax
from rewardsvc.verification.pipelines.scripts import STAGE as SHELLCHECK
from rewardsvc.verification.pipelines.scripts import Script, check_scripts
from rewardsvc.verification.schemas import Schema, Violation, read_schema
from rewardsvc.verification.verifier import Findings, Workbench
from rewardsvc.verification.yaml_files import ParsedFiles, YamlFile, parse_files, unparsed
from rewardsvc.yaml12 import LocalTag

_LATER = (
    ("schema", Component.SYNTAX),
    ("references", Component.SYNTAX),
    (SHELLCHECK, Component.FORMAT),
)

MAX_PROBLEMS = 1000
"""Of the references of an answer: many calls that lack many parameters each have as many as the
product of both, and what more there are hardly takes credit away."""

MAX_EXPLAINED = 4000
"""Values of a pipeline that a schema's objections are looked for in; few have a thousand."""


class Objecting(Protocol):
    """A compiled schema: :class:`rewardsvc.verification.schemas.Schema`, or one with more to it."""

    def accepts(self, value: JsonValue) -> bool:
        """Whether there is nothing to object to."""
        ...

    def violations(self, value: JsonValue) -> list[Violation]:
        """What it objects to; nothing where it accepts the value."""
        ...


class PipelineVerifier(ABC):
    """Stages: ``parse``, ``schema``, ``references`` (syntax), ``shellcheck`` (format).

    ``documents`` is a list of the pipelines that the schema accepted, as they are written, without
    what never runs. What is particular to a format is in the methods below; they are pure.
    """

    format: str
    languages: frozenset[str]
    default_path: str
    schema: str
    """The file among the schemas that check-jsonschema vendors."""
    advised: ClassVar[str] = ""
    """The stage of :meth:`advice`, "" where there is none."""
    tags: ClassVar[Mapping[str, LocalTag]] = {}
    """The format's own YAML tags."""
    many = False
    companions = False
    tools: tuple[str, ...] = ("ci-schemas",)
    targets = frozenset({Target.DOCUMENTS})

    def __init__(self) -> None:
        self._schemas: dict[Path, Objecting] = {}

    @abstractmethod
    def vacuous(self, pipeline: JsonValue) -> str:
        """Why there is nothing in a pipeline that runs, "" where there is."""

    @abstractmethod
    def references(self, source: YamlFile) -> Iterator[Diagnostic]:
        """What the service refuses in a pipeline that the schema accepts: names that lead nowhere,
        and what else the format's table of refusals has."""

    @abstractmethod
    def scripts(self, source: YamlFile) -> Iterator[Script]:
        """The shell scripts of a pipeline that the schema accepts."""

    def compiled(self, schema: JsonValue) -> Objecting:
        """The schema, ready to judge."""
        return Schema(schema)

    def advice(self, source: YamlFile, schema: Objecting) -> Iterator[Diagnostic]:
        """Warnings of what the service takes, which is likely a mistake: they cost format."""
        return iter(())

    def relevant(self, source: YamlFile) -> bool:
        """Whether a document is a pipeline, not a header of one."""
        return True

    def unfolded(self, pipeline: JsonValue) -> JsonValue:
        """A pipeline as its service sees it once templates are expanded: what is judged."""
        return pipeline

    def live(self, pipeline: JsonValue) -> JsonValue:
        """A pipeline without what never runs: what checks see must be what happens."""
        return pipeline

    def definite(self, pipeline: JsonValue) -> JsonValue:
        """A pipeline without what something else decides: where the schema objects to the whole,
        its objections to this count."""
        return pipeline

    def forgiven(self, violation: Violation, value: JsonValue) -> bool:
        """Whether the service takes what the schema objects to; ``value`` is what it is about."""
        return False

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        """Climb the ladder; see :class:`rewardsvc.verification.verifier.Verifier`."""
        tool = workbench.toolchain.require("ci-schemas")
        assert tool.path is not None  # the schemas are a folder
        if tool.path not in self._schemas:
            self._schemas[tool.path] = self.compiled(read_schema(tool.path / self.schema))
        note = f"{self.schema} of {tool.note or tool.name} {tool.version}"
        findings, scripts = self._climb(artifact, self._schemas[tool.path], note)
        if scripts is None:
            return findings
        stage = await check_scripts(scripts, workbench)
        return Findings((*findings.stages, stage), projections=findings.projections)

    def _climb(
        self, artifact: Artifact, schema: Objecting, note: str
    ) -> tuple[Findings, list[Script] | None]:
        """Everything but shellcheck; no scripts (None) where its turn does not come."""
        files = parse_files(artifact, self.languages, tags=self.tags)
        if not files.parsed:
            return unparsed(files, _LATER), None
        files = replace(files, sources=tuple(filter(self.relevant, files.sources)))
        unfolded = [self._unfolded(source) for source in files.sources]
        checked, accepted = self._check_schema(files, unfolded, schema, note)
        written = [
            self.live(source.value)
            for source, good in zip(files.sources, accepted, strict=True)
            if good
        ]
        projections = {Target.DOCUMENTS: written}
        why = self._nothing_runs(unfolded)
        if why or not written:
            later = (
                skipped(name, component, why or "the schema does not accept it")
                for name, component in _LATER[1:]
            )
            stages: tuple[Stage, ...] = (files.stage, checked, *later)
            return Findings(stages, vacuous=why, projections=projections), None
        started = time.perf_counter()
        good = [source for source, fine in zip(unfolded, accepted, strict=True) if fine]
        found = (problem for source in good for problem in self.references(source))
        broken = list(islice(found, MAX_PROBLEMS))
        references = syntax("references", broken, time.perf_counter() - started)
        scripts = [script for source in good for script in self.scripts(source)]
        stages = (files.stage, checked, references, *self._advice(good, schema))
        return Findings(stages, projections=projections), scripts

    def _unfolded(self, source: YamlFile) -> YamlFile:
        value = self.unfolded(source.value)
        return source if value is source.value else replace(source, value=value)

    def _advice(self, sources: Iterable[YamlFile], schema: Objecting) -> Iterator[Stage]:
        if self.advised:
            started = time.perf_counter()
            found = (warning for source in sources for warning in self.advice(source, schema))
            warnings = list(islice(found, MAX_PROBLEMS))
            yield lint(self.advised, warnings, time.perf_counter() - started)

    def _nothing_runs(self, sources: Iterable[YamlFile]) -> str:
        reasons = [self.vacuous(source.value) for source in sources]
        return "" if "" in reasons else next(iter(reasons), "there is nothing in it")

    def _check_schema(
        self, files: ParsedFiles, unfolded: list[YamlFile], schema: Objecting, note: str
    ) -> tuple[Stage, list[bool]]:
        started = time.perf_counter()
        problems = [Diagnostic("info", note, "toolchain")]
        accepted: list[bool] = []
        seen: set[str] = set()
        for source in unfolded:
            value = source.value
            found = _violations(schema, value)
            if found and (definite := self.definite(value)) is not value:
                value = definite
                found = _violations(schema, value)
            objections = [
                source.problem("schema", f"{each.place or 'file'}: {each.message}", each.path)
                for each in found
                if not self.forgiven(each, _at(value, each.path))
            ]
            if source.file.path in seen:
                objections.append(
                    source.problem("documents", "the file may hold one document only")
                )
            seen.add(source.file.path)
            problems.extend(objections)
            accepted.append(not objections)
        return syntax("schema", problems, time.perf_counter() - started), accepted


def _violations(schema: Objecting, value: JsonValue) -> list[Violation]:
    """What a schema objects to in the beginning of a pipeline: validators keep every alternative
    that every value failed, which is gigabytes for a file of a megabyte."""
    if schema.accepts(value):
        return []
    beginning, left = _beginning(value, MAX_EXPLAINED)
    found = schema.violations(beginning)
    return found or [Violation((), f"not valid beyond its first {MAX_EXPLAINED - left} values")]


def _beginning(value: JsonValue, nodes: int) -> tuple[JsonValue, int]:
    """A value without what comes after so many nodes, and how many are left of them."""
    nodes -= 1
    if isinstance(value, dict):
        kept: dict[str, JsonValue] = {}
        for key, inner in value.items():
            if nodes <= 0:
                break
            kept[key], nodes = _beginning(inner, nodes)
        return kept, nodes
    if isinstance(value, list):
        items: list[JsonValue] = []
        for inner in value:
            if nodes <= 0:
                break
            item, nodes = _beginning(inner, nodes)
            items.append(item)
        return items, nodes
    return value, nodes


def _at(value: JsonValue, path: Iterable[str | int]) -> JsonValue:
    for part in path:
        if isinstance(value, dict):
            value = value.get(str(part))
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value
