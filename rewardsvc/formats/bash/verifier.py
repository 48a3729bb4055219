"""Bash scripts: parsed by bash, linted by shellcheck, run in a box on the files of the task."""

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats.bash.execution import SHELL, Execution, execute, no_op
from rewardsvc.formats.bash.fixtures import Fixtures, UnusableFixtures, read_fixtures
from rewardsvc.formats.bash.programs import KNOWN_PROGRAMS
from rewardsvc.formats.bash.vacuity import vacuous
from rewardsvc.types import (
    Component,
    Diagnostic,
    FailureKind,
    Fault,
    Fixture,
    Stage,
    StageStatus,
    Target,
)
from rewardsvc.verification.commands import LINTER_LIMITS, Printed, file_named, run_linter
from rewardsvc.verification.given import laid_out
from rewardsvc.verification.ladder import OVERRUN, gate, lint, shortened, skipped, syntax
from rewardsvc.verification.verifier import Findings, Workbench
from sandbox.base import Command, Ended, Step
from sandbox.errors import ToolCrashed

__all__ = ["BashVerifier"]

MAX_SCRIPT_BYTES = 256 * 1024
"""The grammar's time is bounded with it; no script written by hand comes near it."""

_SCRIPT = re.compile(r".*\.(?:sh|bash)", re.IGNORECASE)
_PRAGMA = re.compile(r"(#[ \t]*)(shellcheck)(?=[ \t])", re.IGNORECASE)
_BASH_SAYS = re.compile(r"(\d+)\.sh: line (\d{1,9}): (.*)")
_NOT_FOUND = re.compile(r"^(?:.*: )?line (\d{1,9}): (\S+): command not found$", re.MULTILINE)
_NO_FORK = re.compile(r"\bfork: (?:retry: )?Resource temporarily unavailable|\b[Cc]annot fork\b")
_SHEBANG = re.compile(r"#!\s*+\S*+(?<=[\w.-])")
"""A first line that names a program: its path, or env's."""
_FINDINGS = frozenset({0, 1})


class BashVerifier:
    """Stages: ``parse`` (syntax), ``lint`` (format; shellcheck), ``run`` (correctness).

    ``documents`` is a list with what the script did; docs/bash.md describes it. The first script of
    an answer is the one that is run.
    """

    format = "bash"
    languages = frozenset({"bash", "sh", "shell", "shellscript"})
    default_path = "script.sh"
    many = False
    companions = False
    tools: tuple[str, ...] = ("shellcheck", "bubblewrap")
    targets = frozenset({Target.DOCUMENTS})

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        """Climb the ladder; see :class:`rewardsvc.verification.verifier.Verifier`."""
        workbench.toolchain.require("shellcheck")
        scripts = [file for file in artifact.files if _is_script(file)]
        parse, said = await _parse(scripts, workbench)
        if parse.score < 1.0:
            why = "the file does not parse"
            return Findings(
                (
                    parse,
                    skipped("lint", Component.FORMAT, why),
                    skipped("run", Component.CORRECTNESS, why),
                ),
                parsed=False,
            )
        why = vacuous(scripts[0].text)
        if why:
            return Findings(
                (
                    parse,
                    skipped("lint", Component.FORMAT, why),
                    skipped("run", Component.CORRECTNESS, why),
                ),
                vacuous=why,
            )
        linted = await _lint(scripts, said, workbench)
        try:
            fixtures = read_fixtures(workbench.task_input)
        except UnusableFixtures as error:
            fault = Fault(FailureKind.INTERNAL, f"the task's input: {error}")
            return Findings((parse, linted), fault=fault)
        texts = {file.path: file.text for file in artifact.files}
        findings: list[Findings] = []
        done: Execution | None = None
        used = 0.0
        for given in (fixtures, *_hidden(fixtures, workbench.task_fixtures)):
            if done is None or done.document is not None:
                done = await execute(texts, scripts[0].path, given, workbench, used=used)
                used += done.seconds
            ran = _run(done, scripts[0], fixture=len(findings))
            documents = [] if done.document is None else [dict(done.document)]
            findings.append(
                Findings(
                    (parse, linted, ran),
                    projections={Target.DOCUMENTS: documents},
                    no_op={Target.DOCUMENTS: [no_op(given)]},
                )
            )
        return replace(findings[0], on_fixtures=tuple(findings[1:]))


def _hidden(shown: Fixtures, others: Sequence[Fixture]) -> Iterator[Fixtures]:
    """What the script finds in each of the others: other files, and the same arguments."""
    for fixture in others:
        yield replace(shown, files=laid_out(fixture.files.items()))


def _is_script(file: File) -> bool:
    return file.language.lower() in BashVerifier.languages or bool(_SCRIPT.fullmatch(file.path))


async def _parse(scripts: Sequence[File], workbench: Workbench) -> tuple[Stage, list[Diagnostic]]:
    """What bash itself says without running it, and its warnings."""
    started = time.perf_counter()
    large = [file for file in scripts if len(file.text.encode()) > MAX_SCRIPT_BYTES]
    if large or not scripts:
        what = f"longer than {MAX_SCRIPT_BYTES} bytes" if large else "there is no script"
        return syntax("parse", [Diagnostic("error", what, "size")], 0.0), []
    names = [f"{number}.sh" for number in range(len(scripts))]
    result = await workbench.sandbox.run(
        Command(
            steps=tuple(Step(name, (SHELL, "-n", name)) for name in names),
            files={name: file.text.encode() for name, file in zip(names, scripts, strict=True)},
            env={"LC_ALL": "C.UTF-8"},
            limits=LINTER_LIMITS,
        )
    )
    found: list[Diagnostic] = []
    if result.ended is not Ended.EXITED:
        words = f"bash ran out of {result.ended.value.replace('_', ' ')} reading it"
        found.append(Diagnostic("error", words, OVERRUN, scripts[0].path))
    else:
        for file, name in zip(scripts, names, strict=True):
            step = result.step(name)
            if step is None:
                raise ToolCrashed("bash left no result")
            found += _said(step.stderr.decode("utf-8", "replace"), file, step.exit_code)
    errors = [each for each in found if each.severity == "error"]
    warnings = [each for each in found if each.severity != "error"]
    return syntax("parse", errors, time.perf_counter() - started), warnings


def _said(stderr: str, file: File, exit_code: int) -> Iterator[Diagnostic]:
    """bash's words on one file: errors where it refused it, else warnings."""
    if exit_code > 128:  # its parser ran out of stack, on nesting that nobody writes
        yield Diagnostic("error", f"bash was ended by signal {exit_code - 128}", "bash", file.path)
        return
    lines = [match for line in stderr.splitlines() if (match := _BASH_SAYS.fullmatch(line))]
    if exit_code and not lines:
        yield Diagnostic("error", shortened(stderr) or "bash refuses it", "bash", file.path)
    for match in lines[:1] if exit_code else lines:  # the others repeat the line
        severity: Any = "error" if exit_code else "warning"
        yield Diagnostic(severity, shortened(match[3]), "bash", file.path, int(match[2]))


async def _lint(scripts: Sequence[File], said: Sequence[Diagnostic], workbench: Workbench) -> Stage:
    started = time.perf_counter()
    names = [f"{number}.sh" for number in range(len(scripts))]
    shells = [_SHEBANG.match(file.text) for file in scripts]
    shell = [] if all(shells) else ["--shell=bash"]
    printed = await run_linter(
        workbench,
        "shellcheck",
        ["--norc", "--format=json1", *shell, *names],
        # Under names of ours, and without pragmas: a finding that is hushed up is still one.
        {
            name: _PRAGMA.sub(r"\1not \2", file.text).encode()
            for name, file in zip(names, scripts, strict=True)
        },
        exit_codes=_FINDINGS,
    )
    tool = workbench.toolchain.require("shellcheck")
    note = Diagnostic("info", f"shellcheck {tool.version}", "toolchain")
    found = [note, *said, *_findings(printed, scripts)]
    return lint("lint", found, time.perf_counter() - started)


def _findings(printed: Printed, scripts: Sequence[File]) -> list[Diagnostic]:
    if printed.overrun or printed.cut:
        what = f"shellcheck ran out of {printed.overrun or 'output'} on this script"
        return [Diagnostic("error", what, OVERRUN)]
    try:
        return [_finding(entry, scripts) for entry in json.loads(printed.stdout)["comments"]]
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise ToolCrashed(f"shellcheck printed what we cannot read: {error!r}") from error


def _finding(entry: Mapping[str, Any], scripts: Sequence[File]) -> Diagnostic:
    index = int(file_named(str(entry["file"]), ["0.sh"]).partition(".")[0])
    level: Any = entry["level"] if entry["level"] in {"error", "warning"} else "info"
    message = shortened(str(entry["message"]))
    return Diagnostic(level, message, f"SC{entry['code']}", scripts[index].path, entry["line"])


def _run(done: Execution, script: File, *, fixture: int) -> Stage:
    """The stage of the run, on the ``fixture``-th that nobody is shown where that is not 0. An exit
    code is for checks to judge; not ending by itself is a fault of the script's, and so is a
    command that nobody knows."""
    if done.document is None or _NO_FORK.search(str(done.document["stderr"])):
        words = f"the script did not end by itself: {done.overrun or 'it ran out of processes'}"
        fault = Diagnostic("error", words, OVERRUN)
        return Stage("run", Component.CORRECTNESS, StageStatus.FAILED, 0.0, done.seconds, (fault,))
    found = [Diagnostic("info", f"exit code {done.document['exit_code']}", "exit")]
    if fixture:
        found.append(Diagnostic("info", f"on fixtures[{fixture - 1}]", "fixture"))
    for line, name in dict.fromkeys(_NOT_FOUND.findall(str(done.document["stderr"]))):
        if name in KNOWN_PROGRAMS:
            words = f"{name} is not in the box; a task can bring a stand-in as bin/{name}"
            found.append(Diagnostic("info", words, "not-here", script.path, int(line)))
        else:
            words = f"{shortened(name)}: no such command"
            found.append(Diagnostic("error", words, "no-command", script.path, int(line)))
    if done.document["output_cut"] or done.document["files_cut"]:
        found.append(Diagnostic("info", "only a part of what it made was kept", "cut"))
    return gate("run", found, done.seconds, Component.CORRECTNESS)
