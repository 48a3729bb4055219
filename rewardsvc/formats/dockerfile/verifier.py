"""Dockerfiles: parse (our reader and hadolint's), build structure, hadolint's findings."""

import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats.dockerfile.build import (
    Build,
    build_of,
    substantial,
    tree_of,
)
from rewardsvc.formats.dockerfile.hadolint import Rewritten, for_hadolint
from rewardsvc.formats.dockerfile.refusals import REFUSALS
from rewardsvc.formats.dockerfile.source import DockerfileSource
from rewardsvc.formats.dockerfile.structure import left_open, misplaced_sources
from rewardsvc.formats.dockerfile.syntax import DockerfileError, Instruction, parse
from rewardsvc.types import Component, Diagnostic, JsonValue, Stage, Target
from rewardsvc.verification.commands import Printed, run_linter
from rewardsvc.verification.ladder import OVERRUN, lint, shortened, skipped, syntax
from rewardsvc.verification.refusals import refusals_in
from rewardsvc.verification.verifier import Findings, Workbench
from sandbox.errors import ToolCrashed

__all__ = ["HADOLINT_ARGUMENTS", "DockerfileVerifier"]

HADOLINT_ARGUMENTS = (
    "--no-fail", "--no-color", "--disable-ignore-pragma", "--format", "json",
)  # fmt: skip
"""How hadolint is called, beside the files."""

_NO_IMAGE = frozenset({"no-from", "no-image"})
"""Codes of :func:`_refused` for what cannot be built at all."""

_UNREADABLE = "DL1000"
"""hadolint's code for a file that it cannot parse."""

_SHELL_SYNTAX = re.compile(r"SC1\d\d\d")
"""shellcheck's codes for scripts that it cannot parse; as errors, the build would fail there."""

_UNKNOWN_SHELLS = frozenset({"SC1071", "SC2148"})
"""shellcheck's codes for a shell that it does not know, zsh or fish: the image may well have it."""

_BREAKING = frozenset({"DL3011", "DL3043", "DL3061", OVERRUN})
"""hadolint's codes, and ours, for what Docker refuses: a port beyond 65535, ONBUILD of FROM or
ONBUILD, an instruction before FROM."""

_NAME = re.compile(r"(?:.*/)?(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?|.*\.dockerfile", re.I)


@dataclass(frozen=True, slots=True)
class _Read:
    """One file, as we read it."""

    file: File
    instructions: Sequence[Instruction]
    build: Build
    rewritten: Rewritten


class DockerfileVerifier:
    """Stages: ``parse``, ``instructions`` (syntax), ``lint`` (format; hadolint's errors, warnings).

    ``ast`` is the first Dockerfile of the answer; docs/writing-checks.md describes its shape.
    """

    format = "dockerfile"
    languages = frozenset({"dockerfile", "docker", "containerfile"})
    default_path = "Dockerfile"
    many = False
    companions = False
    tools: tuple[str, ...] = ("hadolint", "bubblewrap")
    targets = frozenset({Target.AST})

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        """Climb the ladder; see :class:`rewardsvc.verification.verifier.Verifier`."""
        started = time.perf_counter()
        files = [
            file
            for file in artifact.files
            if file.language.lower() in self.languages or _NAME.fullmatch(file.path)
        ]
        reads, unreadable = _read_all(files)
        if unreadable:
            return _unparsed(unreadable, time.perf_counter() - started)
        projections = {Target.AST: _tree(reads)}
        if not any(substantial(read.build) for read in reads):
            why = "no RUN, COPY or ADD that does anything makes it into the image"
            return Findings(
                (
                    syntax("parse", (), time.perf_counter() - started),
                    skipped("instructions", Component.SYNTAX, why),
                    skipped("lint", Component.FORMAT, why),
                ),
                vacuous=why,
                projections=projections,
            )
        printed = await run_linter(
            workbench,
            "hadolint",
            [*HADOLINT_ARGUMENTS, *(_inside(index) for index in range(len(reads)))],
            # Under names of ours: an answer must not bring hadolint's configuration along.
            {_inside(index): read.rewritten.text.encode() for index, read in enumerate(reads)},
        )
        found = _findings(printed, reads)
        tool = workbench.toolchain.require("hadolint")
        note = Diagnostic("info", f"hadolint {tool.version} ({tool.note or tool.source.value})")
        seconds = time.perf_counter() - started
        refused = [problem for read in reads for problem in _refused(read)]
        # What BuildKit refuses is said once.
        places = set(_places(refused, reads))
        found = [finding for finding in found if (finding.file, finding.line) not in places]
        unreadable = [finding for finding in found if finding.code == _UNREADABLE]
        if unreadable:
            return _unparsed([note, *unreadable], seconds)
        broken = [finding for finding in found if _breaks(finding)]
        warnings = [finding for finding in found if not _breaks(finding)]
        structure = [*refused, *(said for read in reads for said in _beside(read, artifact))]
        if any(problem.code in _NO_IMAGE for problem in refused):
            projections = {}  # Docker does not begin to build it
        return Findings(
            (
                syntax("parse", [note], seconds),
                syntax("instructions", [*structure, *broken], 0.0),
                lint("lint", warnings, 0.0),
            ),
            projections=projections,
        )


def _read_all(files: Sequence[File]) -> tuple[list[_Read], list[Diagnostic]]:
    reads, unreadable = [], []
    for file in files:
        try:
            instructions = parse(file.text)
        except DockerfileError as error:
            unreadable.append(
                Diagnostic("error", error.message, "dockerfile", file.path, error.line)
            )
            continue
        rewritten = for_hadolint(file.text, instructions)
        reads.append(_Read(file, instructions, build_of(instructions), rewritten))
    return reads, unreadable


def _unparsed(problems: Sequence[Diagnostic], seconds: float) -> Findings:
    why = "the file does not parse"
    stages: tuple[Stage, ...] = (
        syntax("parse", problems, seconds),
        skipped("instructions", Component.SYNTAX, why),
        skipped("lint", Component.FORMAT, why),
    )
    return Findings(stages, parsed=False)


def _tree(reads: Sequence[_Read]) -> JsonValue:
    return tree_of(reads[0].build, reads[0].instructions) if reads else {}


def _inside(index: int) -> str:
    return f"{index}.dockerfile"


def _findings(printed: Printed, reads: Sequence[_Read]) -> list[Diagnostic]:
    if printed.overrun or printed.cut:
        what = f"hadolint ran out of {printed.overrun}" if printed.overrun else "too many findings"
        return [Diagnostic("error", f"{what} on this file", OVERRUN)]
    try:
        entries: list[dict[str, Any]] = json.loads(printed.stdout)
        return [_finding(entry, reads) for entry in entries]
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise ToolCrashed(f"hadolint printed what we cannot read: {error!r}") from error


def _finding(entry: dict[str, Any], reads: Sequence[_Read]) -> Diagnostic:
    # The only file is given on standard input, and called so.
    name = str(entry["file"]).rpartition("/")[2]
    index = int(name.partition(".")[0]) if len(reads) > 1 else 0
    level: Literal["error", "warning", "info"] = "info"
    if entry["level"] in {"error", "warning"} and entry["code"] not in _UNKNOWN_SHELLS:
        level = entry["level"]
    read = reads[index]
    line = read.rewritten.original_line(entry["line"])
    return Diagnostic(level, shortened(entry["message"]), entry["code"], read.file.path, line)


def _breaks(finding: Diagnostic) -> bool:
    """Whether the build would fail there: an error of hadolint's that is no matter of style."""
    if finding.severity != "error":
        return False
    return bool(_SHELL_SYNTAX.fullmatch(finding.code)) or finding.code in _BREAKING


def _refused(read: _Read) -> Iterator[Diagnostic]:
    """What BuildKit refuses in one Dockerfile."""
    path = read.file.path
    if not read.build.stages:
        yield Diagnostic("error", "there is no FROM", "no-from", path, 1)
    source = DockerfileSource.of(path, read.file.text, read.instructions, read.build)
    yield from refusals_in(REFUSALS, source)


def _beside(read: _Read, artifact: Artifact) -> Iterator[Diagnostic]:
    """What is wrong with the rest of the answer, and what is left open."""
    path = read.file.path
    others = [file.path for file in artifact.files if file.path != path]
    yield from misplaced_sources(read.build, path, others)
    yield from left_open(read.build, path)


def _places(problems: Sequence[Diagnostic], reads: Sequence[_Read]) -> Iterator[tuple[str, int]]:
    """The lines of the instructions that have problems, by file."""
    wanted = {(problem.file, problem.line) for problem in problems}
    for read in reads:
        for instruction in read.instructions:
            if (read.file.path, instruction.line) in wanted:
                for line in range(instruction.line, instruction.end + 1):
                    yield read.file.path, line
