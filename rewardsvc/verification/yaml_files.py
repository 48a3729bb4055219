"""The YAML (and JSON, which YAML 1.2 includes) files of an artifact: parsed, with their places."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from rewardsvc.artifact import Artifact, File
from rewardsvc.types import Component, Diagnostic, JsonValue, Stage
from rewardsvc.verification.ladder import shortened, skipped, syntax
from rewardsvc.verification.schemas import Schema
from rewardsvc.verification.verifier import Findings
from rewardsvc.yaml12 import Lines, LocalTag, YamlError, load_documents


class Places(Protocol):
    """Where the nodes of a document stand: those of the file itself, or of what made it."""

    def line_of(self, document: int, path: Sequence[str | int]) -> int:
        """The 1-based line of the node at a path, or of the nearest above; 0 where nobody knows."""
        ...


@dataclass(frozen=True, slots=True)
class YamlFile:
    """One document of one file."""

    file: File
    index: int
    """Which document of the file, from 0."""
    value: JsonValue
    line: int
    lines: Places
    within: tuple[str | int, ...] = ()
    """Where in the document the value stands (an item of a List), () for the whole of it."""

    def problem(
        self,
        code: str,
        message: str,
        path: Sequence[str | int] = (),
        severity: Literal["error", "warning", "info"] = "error",
        against: Sequence[tuple[str | int, ...]] = (),
    ) -> Diagnostic:
        """A diagnostic about the place that ``path`` leads to.

        ``against``: the places of what it is held against, as :meth:`place` gives them.
        """
        places = (self.place(path), *against)
        line = self.line_of(path)
        return Diagnostic(severity, shortened(message), code, self.file.path, line, places)

    def place(self, path: Sequence[str | int] = ()) -> tuple[str | int, ...]:
        """The place of what a path leads to, or of what would hold it: see :class:`Diagnostic`."""
        return (self.file.path, self.index, *self.within, *reached(self.value, path))

    def line_of(self, path: Sequence[str | int] = ()) -> int:
        """The 1-based line of the place that ``path`` leads to."""
        whole = (*self.within, *path)
        return self.lines.line_of(self.index, whole) if whole else self.line


def placed(value: JsonValue) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The items of a list, the keys of a mapping or a single text, each with the way to it."""
    if isinstance(value, list):
        yield from (((index,), item) for index, item in enumerate(value))
    elif isinstance(value, dict):
        yield from (((key,), key) for key in value)
    elif isinstance(value, str):
        yield (), value


def reached(value: JsonValue, path: Sequence[str | int]) -> tuple[str | int, ...]:
    """As far as a path leads into a value: what is not there is a lack of what would hold it."""
    for depth, part in enumerate(path):
        if isinstance(value, dict) and part in value:
            value = value[str(part)]
        elif isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value):
            value = value[part]
        else:
            return tuple(path[:depth])
    return tuple(path)


@dataclass(frozen=True, slots=True)
class ParsedFiles:
    """What parsing came to. Where a file does not parse, the stage says so."""

    sources: tuple[YamlFile, ...]
    stage: Stage
    parsed: bool


def parse_files(
    artifact: Artifact,
    languages: frozenset[str],
    *,
    merge: bool = True,
    tags: Mapping[str, LocalTag] | None = None,
) -> ParsedFiles:
    """Parse the files that are in one of the languages; empty documents are left out."""
    started = time.perf_counter()
    sources: list[YamlFile] = []
    problems: list[Diagnostic] = []
    for file in artifact.files:
        if not is_yaml(file, languages):
            continue
        try:
            documents = load_documents(file.text, merge=merge, tags=tags)
        except YamlError as error:
            problems.append(
                Diagnostic("error", shortened(error.message), "yaml", file.path, error.line)
            )
            continue
        lines = Lines(file.text)
        sources.extend(
            YamlFile(file, index, document.value, document.line, lines)
            for index, document in enumerate(documents)
            if document.value is not None
        )
    stage = syntax("parse", problems, time.perf_counter() - started)
    return ParsedFiles(tuple(sources), stage, parsed=not problems)


def check_schema(files: ParsedFiles, schema: Schema, tool: str) -> tuple[Stage, list[YamlFile]]:
    """The ``schema`` stage of a format whose files are one document each, and what it accepts."""
    started = time.perf_counter()
    problems = [Diagnostic("info", tool, "toolchain")]
    accepted: list[YamlFile] = []
    seen: set[str] = set()
    for source in files.sources:
        objections = [
            source.problem(
                "schema",
                f"{found.place or 'file'}: {found.message}",
                found.path,
                against=[source.place(path) for path in found.against],
            )
            for found in schema.violations(source.value)
        ]
        if source.file.path in seen:
            objections.append(source.problem("documents", "the file may hold one document only"))
        seen.add(source.file.path)
        problems.extend(objections)
        if not objections:
            accepted.append(source)
    return syntax("schema", problems, time.perf_counter() - started), accepted


def unparsed(files: ParsedFiles, later: Sequence[tuple[str, Component]]) -> Findings:
    """What a verifier reports where a file does not parse: the later stages are skipped."""
    stages = [skipped(name, component, "a file does not parse") for name, component in later]
    return Findings((files.stage, *stages), parsed=False)


def is_yaml(file: File, languages: frozenset[str]) -> bool:
    """Whether a file is the format's business: by its label, or by its name."""
    named = file.path.endswith((".yaml", ".yml", ".json"))
    return file.language.lower() in languages or named
