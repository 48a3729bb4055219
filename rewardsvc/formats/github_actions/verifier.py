"""GitHub Actions workflows: parse, the published schema, actionlint, shellcheck on the scripts."""

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from rewardsvc.artifact import Artifact
from rewardsvc.formats.github_actions import findings
from rewardsvc.formats.github_actions.python_steps import check_python_steps
from rewardsvc.formats.github_actions.refusals import REFUSALS
from rewardsvc.formats.github_actions.workflow import Workflow
from rewardsvc.types import Component, Diagnostic, JsonValue, Stage, Target
from rewardsvc.verification.commands import Printed, run_linter, tool_path
from rewardsvc.verification.ladder import OVERRUN, lint, shortened, skipped, syntax
from rewardsvc.verification.once import each_once
from rewardsvc.verification.pipelines.constant import never
from rewardsvc.verification.pipelines.values import Silent
from rewardsvc.verification.pipelines.verifier import MAX_PROBLEMS
from rewardsvc.verification.refusals import refusals_in
from rewardsvc.verification.schemas import Schema, read_schema
from rewardsvc.verification.verifier import Findings, Workbench
from rewardsvc.verification.yaml_files import (
    ParsedFiles,
    YamlFile,
    check_schema,
    parse_files,
    unparsed,
)
from sandbox.errors import ToolCrashed
from sandbox.toolchain import Source

_SCHEMA = "github-workflows.json"
_LATER = (
    ("schema", Component.SYNTAX),
    ("actionlint", Component.SYNTAX),
    ("references", Component.SYNTAX),
    ("shellcheck", Component.FORMAT),
)
_SCRIPT_KINDS = frozenset({"shellcheck", "pyflakes"})
_SHELLCHECK = re.compile(r".*?(SC\d+):(\w+):\d+:\d+: (.*)", re.DOTALL)
_PRAGMA = re.compile(r"(#[ \t]*)shellcheck[ \t]+(?=\w+=)")
_UNKNOWN_LABEL = re.compile(r'label "([^"]*)" is unknown')
_DEPRECATED = re.compile(r'runtime "[^"]*" is deprecated')
_STATUS = re.compile(r"\b(?:always|failure|cancelled)\s*\(")
_FINDINGS = frozenset({0, 1})
"""actionlint's exit codes: nothing found, something found; 2 and 3 are faults of the call."""


class GithubActionsVerifier:
    """Stages: ``parse``, ``schema``, ``actionlint``, ``references``, ``python`` (syntax),
    ``shellcheck`` (format).

    ``python`` is only there where a step is in Python.

    ``documents`` is a list of the workflows that the schema accepted, without the jobs and steps
    that never run.
    """

    format = "github-actions"
    languages = frozenset({"yaml", "yml", "github-actions", "github-workflow"})
    default_path = ".github/workflows/workflow.yml"
    many = False
    companions = False
    tools: tuple[str, ...] = ("actionlint", "ci-schemas", "bubblewrap")
    targets = frozenset({Target.DOCUMENTS})

    def __init__(self) -> None:
        self._schemas: dict[Path, Schema] = {}

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        """Climb the ladder; see :class:`rewardsvc.verification.verifier.Verifier`."""
        tool = workbench.toolchain.require("ci-schemas")
        assert tool.path is not None  # the schemas are a folder
        if tool.path not in self._schemas:
            self._schemas[tool.path] = Schema(read_schema(tool.path / _SCHEMA))
        note = f"{_SCHEMA} of {tool.note or tool.name} {tool.version}"
        files, schema, accepted = _read(artifact, self._schemas[tool.path], note)
        if not files.parsed:
            return unparsed(files, _LATER)
        vacuous = _vacuous([source.value for source in files.sources])
        if vacuous:
            later = (skipped(name, component, vacuous) for name, component in _LATER[1:])
            return Findings(
                (files.stage, schema, *later),
                vacuous=vacuous,
                projections={Target.DOCUMENTS: [_live(source.value) for source in accepted]},
            )
        linted, scripts = await _actionlint(files.sources, workbench)
        python = await check_python_steps(files.sources, workbench)
        if linted.score == 1.0 and len(files.sources) <= len(artifact.files):
            schema, accepted = _as_advice(schema), list(files.sources)
        # actionlint says more of the same mistake, and at the key.
        started = time.perf_counter()
        _, told, refused = each_once(
            linted.diagnostics, schema.diagnostics, _refused(files.sources)
        )
        said = _errors(linted.diagnostics)
        schema = syntax(schema.name, told, schema.seconds, after=said)
        said += _errors(told)
        seconds = time.perf_counter() - started
        references = syntax("references", refused, seconds, after=said)
        return Findings(
            (files.stage, schema, linted, references, *([python] if python else []), scripts),
            projections={Target.DOCUMENTS: [_live(source.value) for source in accepted]},
        )


def _read(
    artifact: Artifact, schema: Schema, note: str
) -> tuple[ParsedFiles, Stage, list[YamlFile]]:
    # GitHub knows anchors and aliases, but no merge keys.
    files = parse_files(artifact, GithubActionsVerifier.languages, merge=False)
    return files, *check_schema(files, schema, note)


def _refused(sources: Sequence[YamlFile]) -> list[Diagnostic]:
    """What :mod:`rewardsvc.formats.github_actions.refusals` lists."""
    found = (
        problem for source in sources for problem in refusals_in(REFUSALS, Workflow.of(source))
    )
    return list(islice(found, MAX_PROBLEMS))


def _errors(diagnostics: Sequence[Diagnostic]) -> int:
    return sum(diagnostic.severity == "error" for diagnostic in diagnostics)


def _as_advice(schema: Stage) -> Stage:
    """The schema's stage where actionlint accepts the workflow: its objections do not count.

    The schema is stricter than GitHub (no text for ``branches``, no empty ``container``, no
    expression in place of a mapping): 10 of the 49 workflows that actionlint's authors call good.
    """
    diagnostics = [
        replace(found, severity="info") if found.severity == "error" else found
        for found in schema.diagnostics
    ]
    return syntax(schema.name, diagnostics, schema.seconds)


def _vacuous(workflows: Sequence[JsonValue]) -> str:
    if not any(_jobs(workflow) for workflow in workflows):
        return "there is no job in it"
    silent = Silent()
    for workflow in workflows:
        for job in _jobs(_live(workflow)).values():
            if job.get("uses") or any(
                _does_something(step) and (step.get("uses") or not silent.holds_of(step.get("run")))
                for step in _steps(job)
            ):
                return ""
    return "no job runs a step or uses a workflow"


def _live(workflow: JsonValue) -> JsonValue:
    """The workflow without what never runs: what checks see must be what happens."""
    jobs = _jobs(workflow)
    running = {name: _with_live_steps(job) for name, job in jobs.items() if _works(job)}
    off = jobs.keys() - running.keys()
    # A job that waits for one that never runs does not run either.
    waiting: dict[str, list[str]] = {}
    for name, job in running.items():
        for needed in _needed(job):
            waiting.setdefault(needed, []).append(name)
    ended = list(off)
    while ended:
        for name in waiting.get(ended.pop(), ()):
            if running.pop(name, None) is not None:
                ended.append(name)
    return {**workflow, "jobs": running} if jobs else workflow


def _works(job: JsonValue) -> bool:
    if not isinstance(job, dict) or never(job.get("if")):
        return False
    return bool(job.get("uses")) or any(_does_something(step) for step in _steps(job))


def _steps(job: Mapping[str, Any]) -> list[Any]:
    steps = job.get("steps")
    return steps if isinstance(steps, list) else []


def _does_something(step: JsonValue) -> bool:
    if not isinstance(step, dict) or never(step.get("if")):
        return False
    return bool(step.get("run") or step.get("uses"))


def _with_live_steps(job: Mapping[str, Any]) -> Mapping[str, Any]:
    steps = _steps(job)
    live = [step for step in steps if not (isinstance(step, dict) and never(step.get("if")))]
    return job if len(live) == len(steps) else {**job, "steps": live}


def _needed(job: Mapping[str, Any]) -> list[str]:
    """The jobs without which it does not run: a status function in ``if`` makes up for them."""
    needs = job.get("needs")
    wanted = [needs] if isinstance(needs, str) else needs if isinstance(needs, list) else []
    if not wanted or _STATUS.search(str(job.get("if", ""))):
        return []
    return [name for name in wanted if isinstance(name, str)]


def _jobs(workflow: JsonValue) -> Mapping[str, Any]:
    jobs = workflow.get("jobs") if isinstance(workflow, dict) else None
    return jobs if isinstance(jobs, dict) else {}


async def _actionlint(sources: Sequence[YamlFile], workbench: Workbench) -> tuple[Stage, Stage]:
    started = time.perf_counter()
    tools = workbench.toolchain
    found = tools.tools.get("shellcheck")
    shellcheck = found if found is not None and found.source is not Source.MISSING else None
    paths = list(dict.fromkeys(source.file for source in sources))
    printed = await run_linter(
        workbench,
        "actionlint",
        [
            "-no-color",
            "-format",
            "{{json .}}",
            f"-shellcheck={tool_path('shellcheck') if shellcheck else ''}",
            "-pyflakes=",
            *(f"{index}.yml" for index in range(len(paths))),
        ],
        # Without pragmas, for a finding that is hushed up is still one.
        {
            f"{index}.yml": _PRAGMA.sub(r"\1", file.text).encode()
            for index, file in enumerate(paths)
        },
        also=("shellcheck",) if shellcheck else (),
        exit_codes=_FINDINGS,
    )
    seconds = time.perf_counter() - started
    custom = set(_self_hosted_labels(sources))
    placed = {source.file.path: source for source in sources}
    errors, scripts = [], []
    for entry in _entries(printed):
        path = _path_of(entry, [file.path for file in paths])
        if entry["kind"] in _SCRIPT_KINDS:
            scripts.append(_script_finding(entry, path))
        else:
            errors.append(_finding(entry, path, custom, placed))
    tool = tools.require("actionlint")
    name = f"actionlint {tool.version} ({tool.note or tool.source.value})"
    once = findings.once(errors, placed)
    stage = syntax("actionlint", [Diagnostic("info", name, "toolchain"), *once], seconds)
    if shellcheck is None:
        return stage, skipped("shellcheck", Component.FORMAT, "shellcheck is not installed")
    note = Diagnostic("info", f"shellcheck {shellcheck.version}", "toolchain")
    return stage, lint("shellcheck", [note, *scripts], 0.0)


def _entries(printed: Printed) -> list[dict[str, Any]]:
    if printed.overrun or printed.cut:
        what = printed.overrun or "output"
        message = f"actionlint ran out of {what} on this file"
        return [{"kind": OVERRUN, "message": message, "filepath": "0.yml", "line": 0}]
    try:
        entries = json.loads(printed.stdout)
        if not all({"kind", "message", "filepath", "line"} <= entry.keys() for entry in entries):
            raise ToolCrashed("actionlint's findings lack fields that we need")
    except (ValueError, TypeError, AttributeError) as error:
        raise ToolCrashed(f"actionlint printed what we cannot read: {error!r}") from error
    return list(entries)


def _path_of(entry: Mapping[str, Any], paths: Sequence[str]) -> str:
    index = str(entry["filepath"]).rpartition("/")[2].partition(".")[0]
    return paths[int(index)] if index.isdigit() and int(index) < len(paths) else ""


def _finding(
    entry: Mapping[str, Any], path: str, custom: set[str], sources: Mapping[str, YamlFile]
) -> Diagnostic:
    message = str(entry["message"])
    unknown = _UNKNOWN_LABEL.match(message)
    # Whoever runs their own runners names them as they like; what is deprecated still runs.
    harmless = bool(unknown and unknown[1] in custom) or bool(_DEPRECATED.match(message))
    severity: Literal["error", "info"] = "info" if harmless else "error"
    line = int(entry["line"])
    place = findings.place(sources.get(path), line, int(entry.get("column", 0)), message)
    return Diagnostic(
        severity, shortened(message), str(entry["kind"]), path, line, (place,) if place else ()
    )


def _script_finding(entry: Mapping[str, Any], path: str) -> Diagnostic:
    match = _SHELLCHECK.fullmatch(str(entry["message"]))
    level: Literal["error", "warning", "info"] = "warning"
    code, message = str(entry["kind"]), str(entry["message"])
    if match:
        code, message = match[1], match[3]
        level = "error" if match[2] == "error" else "warning" if match[2] == "warning" else "info"
    return Diagnostic(level, shortened(message), code, path, int(entry["line"]))


def _self_hosted_labels(sources: Sequence[YamlFile]) -> Iterator[str]:
    """The labels that stand beside ``self-hosted``."""
    for source in sources:
        for job in _jobs(source.value).values():
            runs_on = job.get("runs-on") if isinstance(job, dict) else None
            labels = runs_on.get("labels") if isinstance(runs_on, dict) else runs_on
            if isinstance(labels, list) and "self-hosted" in labels:
                yield from (label for label in labels if isinstance(label, str))
