"""The shell scripts inside a pipeline, through shellcheck: one command for all of a file."""

import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from rewardsvc.types import Component, Diagnostic, Stage
from rewardsvc.verification.commands import file_named, run_linter
from rewardsvc.verification.ladder import OVERRUN, lint, shortened, skipped
from rewardsvc.verification.verifier import Workbench
from sandbox.errors import ToolCrashed
from sandbox.toolchain import Source as ToolSource

STAGE = "shellcheck"

MAX_SCRIPTS = 100
"""Of one file; those beyond are not looked at."""

_EXCLUDED = "SC1090,SC1091,SC2034,SC2043,SC2050,SC2153,SC2154,SC2157,SC2194"
"""actionlint's list (files that are not here, variables that the pipeline sets, values that stand
in for expressions), and variables that are set for a later script."""

_SHEBANG = re.compile(r"#!\s*(?:/usr/bin/env\s+(?:-S\s+)?)?(\S+)")
_SHELLS: dict[str, Literal["sh", "bash", "ksh"]] = {
    "sh": "sh", "ash": "sh", "dash": "sh", "bash": "bash", "ksh": "ksh",
}  # fmt: skip
_PRAGMA = re.compile(r"(#[ \t]*)shellcheck[ \t]+(?=\w+=)")
_PLAIN = re.compile(r"(?:[\w./:@%+,\- \t]|(?<=[\w-])=(?=[\w./:@%+,-]))*")
"""Words without quotes, variables or operators; ``--flag=value`` is one."""

_KEYWORD = re.compile(
    r"(?:^|\s)(?:if|then|else|elif|fi|for|while|until|do|done|case|esac|function|select|time|in"
    r"|sudo|local|read|export|alias|find|xargs|ls|expr|which)(?:\s|$)"
)


@dataclass(frozen=True, slots=True)
class Script:
    """A script and where it begins (the 1-based ``line`` is only asked for where there is a
    finding). ``shell`` where no shebang says otherwise."""

    text: str
    file: str
    line: Callable[[], int]
    shell: Literal["sh", "bash", "ksh"] = "bash"


async def check_scripts(scripts: Sequence[Script], workbench: Workbench) -> Stage:
    """The ``shellcheck`` stage (format) of all scripts of a file.

    Raises:
        ToolCrashed: shellcheck ended in a way that says nothing about the scripts.
        SandboxError: the isolation failed.
    """
    found = workbench.toolchain.tools.get("shellcheck")
    if found is None or found.source is ToolSource.MISSING:
        return skipped(STAGE, Component.FORMAT, "shellcheck is not installed")
    note = Diagnostic("info", f"shellcheck {found.version}", "toolchain")
    files = _files(scripts)
    if not files:
        return lint(STAGE, [note], 0.0)
    started = time.perf_counter()
    printed = await run_linter(
        workbench,
        "shellcheck",
        ["--norc", "--format=json1", f"--exclude={_EXCLUDED}", *files],
        {name: content for name, (content, _) in files.items()},
        exit_codes=frozenset({0, 1}),
    )
    seconds = time.perf_counter() - started
    if printed.overrun or printed.cut:
        first = scripts[0]
        what = f"shellcheck ran out of {printed.overrun or 'output'} on these scripts"
        return lint(
            STAGE, [note, Diagnostic("error", what, OVERRUN, first.file, first.line())], seconds
        )
    problems = [_problem(entry, files) for entry in _entries(printed.stdout)]
    return lint(STAGE, [note, *problems], seconds)


def _files(scripts: Sequence[Script]) -> dict[str, tuple[bytes, Script]]:
    """What shellcheck is given, by file name; scripts that it has nothing to say about left out."""
    files: dict[str, tuple[bytes, Script]] = {}
    seen: set[str] = set()
    for script in scripts:
        shell = _shell_of(script)
        if shell is None or script.text in seen or _is_plain(script.text):
            continue
        seen.add(script.text)
        # A pipeline stops where a command fails; and a finding that is hushed up is still one.
        # The name of a file tells shellcheck of some shells only, and a shebang not in line 3.
        head = f"# shellcheck shell={shell}\nset -e\n"
        text = head + _PRAGMA.sub(r"\1", script.text) + "\n"
        found_once = replace(script, line=cache(script.line))  # a script may have many findings
        files[f"{len(files)}.{shell}"] = (text.encode("utf-8", "replace"), found_once)
        if len(files) == MAX_SCRIPTS:
            break
    return files


def _shell_of(script: Script) -> Literal["sh", "bash", "ksh"] | None:
    shebang = _SHEBANG.match(script.text)
    if shebang is None:
        return script.shell
    return _SHELLS.get(shebang[1].rpartition("/")[2])


def _is_plain(text: str) -> bool:
    """Whether every line is a command with plain words: nothing that shellcheck looks into."""
    return all(_PLAIN.fullmatch(line) and not _KEYWORD.search(line) for line in text.splitlines())


def _entries(stdout: bytes) -> list[dict[str, Any]]:
    try:
        entries: list[dict[str, Any]] = json.loads(stdout)["comments"]
        if not all({"file", "level", "code", "message"} <= entry.keys() for entry in entries):
            raise ToolCrashed("shellcheck's findings lack fields that we need")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ToolCrashed(f"shellcheck printed what we cannot read: {error!r}") from error
    return entries


def _problem(entry: dict[str, Any], files: dict[str, tuple[bytes, Script]]) -> Diagnostic:
    known = files.get(file_named(str(entry["file"]), list(files)))
    script = known[1] if known is not None else None
    level = str(entry["level"])
    severity: Literal["error", "warning", "info"] = (
        "error" if level == "error" else "warning" if level == "warning" else "info"
    )
    return Diagnostic(
        severity,
        shortened(str(entry["message"])),
        f"SC{entry['code']}",
        script.file if script is not None else "",
        script.line() if script is not None else 0,
    )
