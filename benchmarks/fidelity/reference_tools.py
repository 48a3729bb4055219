"""The tools run by hand, on the files as they are: does each accept them, and what does it say?

Outside of the sandbox and with nothing of ours between: upstream's files are trusted. What a tool
calls an error counts; warnings and style do not, for they are no part of syntax.
"""

import asyncio
import json
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.fidelity.scored import ScoredFile
from sandbox.toolchain import Source, Toolchain

STAGES: Mapping[str, str] = {
    "dockerfile": "parse",
    "bash": "parse",
    "github-actions": "actionlint",
    "compose": "schema",
    "gitlab-ci": "schema",
    "azure-pipelines": "schema",
    "circleci": "schema",
    "bitbucket-pipelines": "schema",
}
"""The stage in which each format's tool is heard."""

_SCHEMAS: Mapping[str, tuple[str, ...]] = {
    "compose": ("vendor.compose-spec",),
    "gitlab-ci": ("vendor.gitlab-ci", "--data-transform", "gitlab-ci"),
    "azure-pipelines": (
        *("vendor.azure-pipelines", "--data-transform", "azure-pipelines"),
        *("--regex-variant", "nonunicode"),  # its pattern is none in the mode with unicode
    ),
    "circleci": ("vendor.circle-ci",),
    "bitbucket-pipelines": ("vendor.bitbucket-pipelines",),
}
_NAMES = {"dockerfile": "hadolint", "github-actions": "actionlint", "bash": "shellcheck"}
_PARSE_ERROR = re.compile(r"SC10\d\d")


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What a tool says of one file. ``said``: its errors, each with its code or kind."""

    tool: str
    said: tuple[str, ...]

    @property
    def accepts(self) -> bool:
        """Whether it finds no error."""
        return not self.said


async def ask_tools(files: Sequence[ScoredFile], toolchain: Toolchain) -> list[ToolAnswer | None]:
    """The tools' answers in the same order; None where there is no tool for the format."""
    answers: list[ToolAnswer | None] = [None] * len(files)
    groups: dict[str, list[int]] = defaultdict(list)
    for index, scored in enumerate(files):
        groups[scored.file.format].append(index)
    with tempfile.TemporaryDirectory() as folder:
        for format, indices in groups.items():
            paths = [_written(Path(folder), index, files[index]) for index in indices]
            found = await _ask(format, paths, toolchain)
            if found is None:
                continue
            for index, path in zip(indices, paths, strict=True):
                said = tuple(found.get(path.name, ()))
                answers[index] = ToolAnswer(_NAMES.get(format, "check-jsonschema"), said)
    return answers


def _written(folder: Path, index: int, scored: ScoredFile) -> Path:
    """The file under a name that tells it apart; ``.github/workflows`` is not needed."""
    suffix = {"dockerfile": ".dockerfile", "bash": ".sh"}.get(scored.file.format, ".yml")
    path = folder / f"{index}{suffix}"
    path.write_text(scored.file.text, encoding="utf-8")
    return path


async def _ask(
    format: str, paths: Sequence[Path], toolchain: Toolchain
) -> Mapping[str, list[str]] | None:
    """Errors by file name; None where the tool is not on this machine."""
    if format in _SCHEMAS:
        builtin, *options = _SCHEMAS[format]
        command = ["check-jsonschema", "--builtin-schema", builtin, *options, "-o", "json"]
        output = await _run([*_python_tool(command[0]), *command[1:], *map(str, paths)])
        return _by_schema(json.loads(output))
    name = _NAMES.get(format)
    tool = toolchain.tools.get(name) if name else None
    if tool is None or tool.source is Source.MISSING or tool.path is None:
        return None
    program = str(tool.path)
    files = list(map(str, paths))
    if name == "hadolint":
        output = await _run([program, "--no-fail", "--no-color", "--format", "json", *files])
        return _grouped(
            (entry["file"], f"{entry['code']} {entry['message']}")
            for entry in json.loads(output)
            if entry["code"] == "DL1000"
            or (entry["level"] == "error" and _PARSE_ERROR.fullmatch(entry["code"]))
        )
    if name == "shellcheck":
        output = await _run([program, "--shell=bash", "--format=json1", *files])
        return _grouped(
            (entry["file"], f"SC{entry['code']} {entry['message']}")
            for entry in json.loads(output)["comments"]
            if entry["level"] == "error" and _PARSE_ERROR.fullmatch(f"SC{entry['code']}")
        )
    # One by one: given several files, the fork's shared cache of local workflows panics.
    options = ["-no-color", "-shellcheck=", "-pyflakes=", "-format", "{{json .}}"]
    said: list[tuple[str, str]] = []
    for file in files:
        output = await _run([program, *options, file])
        said += [(file, f"{entry['kind']}: {entry['message']}") for entry in json.loads(output)]
    return _grouped(said)


def _python_tool(name: str) -> list[str]:
    return [sys.executable, "-m", name.replace("-", "_")]


async def _run(command: Sequence[str]) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    if not output.strip():
        raise SystemExit(f"{command[0]} said nothing: {errors.decode(errors='replace')[:500]}")
    return output


def _by_schema(report: Mapping[str, Any]) -> dict[str, list[str]]:
    wrong = [
        (entry["filename"], f"{entry['path']}: {entry['message']}")
        for entry in report.get("errors", ())
    ]
    unread = [(entry["filename"], entry["message"]) for entry in report.get("parse_errors", ())]
    return _grouped([*wrong, *unread])


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for path, said in pairs:
        found[Path(path).name].append(" ".join(said.split()))
    return found
