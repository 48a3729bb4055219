"""cfn-lint in a box: what it says of a template, as two stages."""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from rewardsvc.types import Component, Diagnostic, Stage
from rewardsvc.verification.boxed import PROGRAMS, program
from rewardsvc.verification.ladder import OVERRUN, lint, shortened, skipped, syntax
from rewardsvc.verification.verifier import Workbench
from rewardsvc.verification.yaml_files import YamlFile
from sandbox.base import MIB, Command, Ended, Limits
from sandbox.errors import ToolCrashed
from sandbox.python import python_binds

LIMITS = Limits(
    wall_seconds=30.0, cpu_seconds=15.0, memory_bytes=768 * MIB, processes=16, file_bytes=MIB
)
"""A usual template takes 0.1 s; what all have in common, 150 MiB."""

_SCRIPT = Path(__file__).with_name("program.py")
_INSIDE = f"{PROGRAMS}/{_SCRIPT.name}"
_BROKEN_RULE = "E0002"
"""A rule of cfn-lint raised an exception."""


async def linted(sources: Sequence[YamlFile], workbench: Workbench) -> tuple[Stage, Stage]:
    """The stages ``validate`` (syntax), of cfn-lint's errors, and ``lint`` (format).

    Raises:
        ToolMissing: cfn-lint is not here.
        ToolCrashed: it ended in a way that says nothing about the templates.
        SandboxError: the isolation failed.
    """
    tool = workbench.toolchain.require("cfn-lint")
    started = time.perf_counter()
    errors: list[Diagnostic] = [Diagnostic("info", f"cfn-lint {tool.version}", "toolchain")]
    warnings: list[Diagnostic] = []
    for source in sources:
        for found in await _findings(source, workbench):
            (errors if found.severity == "error" else warnings).append(found)
    validated = syntax("validate", errors, time.perf_counter() - started)
    if any(found.code == OVERRUN for found in errors):
        why = "cfn-lint reached a limit on the template"
        return validated, skipped("lint", Component.FORMAT, why)
    return validated, lint("lint", warnings, 0.0)


async def _findings(source: YamlFile, workbench: Workbench) -> list[Diagnostic]:
    result = await workbench.sandbox.run(
        Command.one(
            "cfn-lint",
            (sys.executable, "-I", "-B", _INSIDE),
            stdin=source.file.text.encode(),
            binds=(*python_binds(), program(_SCRIPT)),
            limits=LIMITS,
            stateless=True,
            script=_INSIDE,
        )
    )
    if result.ended is not Ended.EXITED or result.output_cut:
        what = "output" if result.output_cut else result.ended.value.replace("_", " ")
        return [source.problem(OVERRUN, f"cfn-lint ran out of {what} on this template")]
    step = result.step("cfn-lint")
    if step is None or step.exit_code:
        said = step.stderr.decode("utf-8", "replace").strip()[-300:] if step else ""
        raise ToolCrashed(f"cfn-lint failed on a template: {said}")
    return [_diagnostic(entry, source) for entry in _told(step.stdout)]


def _told(printed: bytes) -> list[Mapping[str, Any]]:
    try:
        entries: list[Mapping[str, Any]] = json.loads(printed)
        if not all({"rule", "message", "line", "path"} <= entry.keys() for entry in entries):
            raise ToolCrashed("cfn-lint's findings lack fields that we need")
    except (ValueError, TypeError, AttributeError) as error:
        raise ToolCrashed(f"cfn-lint printed what we cannot read: {error!r}") from error
    broken = [entry for entry in entries if entry["rule"] == _BROKEN_RULE]
    sound = [entry for entry in entries if entry["rule"] != _BROKEN_RULE]
    if broken and not any(entry["rule"].startswith("E") for entry in sound):
        # A rule may stumble over what another one refuses; alone, it says nothing.
        raise ToolCrashed(f"cfn-lint: {shortened(broken[0]['message'])}")
    return sound


def _diagnostic(entry: Mapping[str, Any], source: YamlFile) -> Diagnostic:
    rule = str(entry["rule"])
    level: Literal["error", "warning"] = "error" if rule.startswith("E") else "warning"
    place = ".".join(entry["path"])
    message = f"{place}: {entry['message']}" if place else str(entry["message"])
    return Diagnostic(level, shortened(message), rule, source.file.path, int(entry["line"] or 0))
