"""What Python files say, read in a box without running them: facts, and a linter's findings."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rewardsvc.artifact import File
from rewardsvc.types import Diagnostic
from rewardsvc.verification.boxed import PROGRAMS, interpreter_binds, isolated, program
from rewardsvc.verification.commands import LINTER_LIMITS, tool_path
from rewardsvc.verification.ladder import OVERRUN, shortened
from rewardsvc.verification.verifier import Workbench
from sandbox.base import Bind, Command, Ended, Result, Step
from sandbox.errors import ToolCrashed
from sandbox.jsontext import read_json

_READER = Path(__file__).with_name("reader.py")
_KILLED = 128
_FINDINGS = frozenset({0, 1})

RULES = "F,E711,E712,E721,E722,E741,B006,B008,B012,B018,B023,W605"
"""pyflakes, and the few of pycodestyle and bugbear that are mistakes rather than taste."""

_ERRORS = frozenset({"F821", "F822", "F823"})
"""Names that are not defined: they fail when the line is reached. The rest are warnings."""


@dataclass(frozen=True, slots=True)
class Reading:
    """``facts`` of each file as ``reader.py`` prints them; none where one of them does not parse.

    ``errors``: why they do not parse. ``findings``: the linter's, with its name first.
    """

    files: Sequence[File]
    facts: Sequence[Mapping[str, Any]]
    errors: Sequence[Diagnostic]
    findings: Sequence[Diagnostic]


async def read(files: Sequence[File], workbench: Workbench) -> Reading:
    """Read the files.

    Raises:
        ToolMissing: there is no linter.
        ToolCrashed: the reader or the linter failed.
        SandboxError: the isolation failed.
    """
    ruff = workbench.toolchain.require("ruff")
    if not files:
        return Reading((), (), (), ())
    assert ruff.path is not None  # it is a program
    names = [f"{number}.py" for number in range(len(files))]
    linted = [f"{name}.lint" for name in names]
    options = ["--isolated", "--no-cache", "--ignore-noqa", "--output-format=json", "--no-fix"]
    options += [f"--select={RULES}", "--target-version=py311", "--extension=lint:python"]
    result = await workbench.sandbox.run(
        Command(
            steps=(
                Step("read", isolated(f"{PROGRAMS}/{_READER.name}", *names)),
                Step("ruff", (tool_path("ruff"), "check", *options, *linted), "all-passed"),
            ),
            files={name: file.text.encode() for name, file in zip(names, files, strict=True)},
            binds=(*interpreter_binds(), program(_READER), Bind(ruff.path, tool_path("ruff"))),
            limits=LINTER_LIMITS,
        )
    )
    note = Diagnostic("info", ruff.title, "toolchain")
    return _read(result, files, note)


def _read(result: Result, files: Sequence[File], note: Diagnostic) -> Reading:
    step = result.step("read")
    if result.ended is not Ended.EXITED or (step is not None and step.exit_code > _KILLED):
        what = result.ended.value.replace("_", " ")
        words = f"Python ran out of {'stack' if result.ended is Ended.EXITED else what} reading it"
        return Reading(files, (), (Diagnostic("error", words, OVERRUN, files[0].path),), ())
    if step is None or step.exit_code:
        said = step.stderr.decode("utf-8", "replace").strip()[-300:] if step else "no result"
        raise ToolCrashed(f"the reader of Python files failed: {said}")
    if result.output_cut:
        words = "there is more in it than is looked at"
        return Reading(files, (), (Diagnostic("error", words, OVERRUN, files[0].path),), ())
    facts: list[dict[str, Any]] = read_json(step.stdout)
    errors = [
        Diagnostic("error", shortened(each["error"]["message"]), "syntax", file.path,
                   each["error"]["line"])
        for file, each in zip(files, facts, strict=True) if each["error"]
    ]  # fmt: skip
    if errors:
        return Reading(files, (), errors, ())
    linted = result.step("ruff")
    if linted is None or linted.exit_code not in _FINDINGS:
        said = linted.stderr.decode("utf-8", "replace").strip()[-300:] if linted else "no result"
        raise ToolCrashed(f"ruff failed: {said}")
    return Reading(files, facts, (), (note, *_findings(linted.stdout, files)))


def _findings(printed: bytes, files: Sequence[File]) -> Iterator[Diagnostic]:
    try:
        for entry in json.loads(printed):
            name = str(entry["filename"]).rpartition("/")[2]
            code = str(entry["code"] or "syntax")
            severity: Literal["error", "warning"] = "error" if code in _ERRORS else "warning"
            yield Diagnostic(
                severity,
                shortened(str(entry["message"])),
                code,
                files[int(name.partition(".")[0])].path,
                int(entry["location"]["row"]),
            )
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise ToolCrashed(f"ruff printed what we cannot read: {error!r}") from error
