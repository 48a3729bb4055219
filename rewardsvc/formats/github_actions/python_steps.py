"""Python in the ``run`` steps of a GitHub workflow: it must compile and know its names.

actionlint asks pyflakes for this; ruff, which the toolchain has, finds the same two mistakes that
no such step survives: a syntax error and a name that nobody defines.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rewardsvc.types import Diagnostic, JsonValue, Stage
from rewardsvc.verification.commands import run_linter
from rewardsvc.verification.ladder import OVERRUN, shortened, syntax
from rewardsvc.verification.verifier import Workbench
from rewardsvc.verification.yaml_files import YamlFile
from sandbox.errors import ToolCrashed
from sandbox.toolchain import Source

MAX_STEPS = 50
"""Of one workflow; those beyond are not looked at."""

_PYTHON = re.compile(r"python[\d.]*(?:\s.*)?")
_EXPRESSION = re.compile(r"\$\{\{.{0,500}?\}\}", re.DOTALL)
_UNDEFINED = "F821"

_Step = tuple[str, YamlFile, tuple[str | int, ...]]
"""The script, the workflow and where in it."""


async def check_python_steps(sources: Sequence[YamlFile], workbench: Workbench) -> Stage | None:
    """The ``python`` stage (syntax); None where no step is in Python, or ruff is not here.

    Raises:
        ToolCrashed: ruff ended in a way that says nothing about the scripts.
        SandboxError: the isolation failed.
    """
    steps = [step for source in sources for step in _python_steps(source)][:MAX_STEPS]
    ruff = workbench.toolchain.tools.get("ruff")
    if not steps or ruff is None or ruff.source is Source.MISSING:
        return None
    started = time.perf_counter()
    # An expression may stand for anything: a literal is the least that it can be.
    files = {
        f"{index}.py": _EXPRESSION.sub(lambda found: "0" * len(found[0]), text).encode()
        for index, (text, _, _) in enumerate(steps)
    }
    options = ("--isolated", "--no-cache", "--ignore-noqa", "--target-version=py314", "--quiet")
    printed = await run_linter(
        workbench,
        "ruff",
        ["check", *options, f"--select={_UNDEFINED}", "--output-format=json", *files],
        files,
        exit_codes=frozenset({0, 1}),
    )
    note = Diagnostic("info", f"ruff {ruff.version}", "toolchain")
    if printed.overrun or printed.cut:
        what = f"ruff ran out of {printed.overrun or 'output'} on these scripts"
        problems = [steps[0][1].problem(OVERRUN, what, steps[0][2])]
    else:
        problems = [_problem(entry, steps) for entry in _entries(printed.stdout)]
    return syntax("python", [note, *problems], time.perf_counter() - started)


def _python_steps(source: YamlFile) -> Iterator[_Step]:
    workflow = source.value if isinstance(source.value, dict) else {}
    jobs = workflow.get("jobs")
    for name, job in jobs.items() if isinstance(jobs, dict) else ():
        steps = job.get("steps") if isinstance(job, dict) else None
        shell = _default_shell(job) or _default_shell(workflow)
        for index, step in enumerate(steps if isinstance(steps, list) else ()):
            if not isinstance(step, dict) or not isinstance(step.get("run"), str):
                continue
            if _PYTHON.fullmatch(str(step.get("shell", shell)).strip()):
                yield step["run"], source, ("jobs", name, "steps", index, "run")


def _default_shell(holder: JsonValue) -> str:
    defaults = holder.get("defaults") if isinstance(holder, dict) else None
    run = defaults.get("run") if isinstance(defaults, dict) else None
    return str(run.get("shell", "")) if isinstance(run, dict) else ""


def _entries(stdout: bytes) -> list[dict[str, Any]]:
    try:
        entries: list[dict[str, Any]] = json.loads(stdout or b"[]")
        if not all({"filename", "message"} <= entry.keys() for entry in entries):
            raise ToolCrashed("ruff's findings lack fields that we need")
    except (ValueError, TypeError, AttributeError) as error:
        raise ToolCrashed(f"ruff printed what we cannot read: {error!r}") from error
    return entries


def _problem(entry: Mapping[str, Any], steps: Sequence[_Step]) -> Diagnostic:
    name = str(entry["filename"]).rpartition("/")[2].partition(".")[0]
    if not name.isdigit() or int(name) >= len(steps):
        raise ToolCrashed(f"ruff speaks of a file that it was not given: {entry['filename']}")
    _, source, path = steps[int(name)]
    return source.problem(str(entry.get("code") or "syntax"), shortened(entry["message"]), path)
