"""Linters as commands in the sandbox: one tool, a few files, what it printed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rewardsvc.verifiers.base import Workbench
from sandbox.base import MIB, Bind, Command, Ended, Limits, Result
from sandbox.errors import ToolCrashed

LINTER_LIMITS = Limits(
    wall_seconds=20.0, cpu_seconds=15.0, memory_bytes=512 * MIB, processes=64, file_bytes=8 * MIB
)
"""hadolint takes 10 ms and actionlint with shellcheck 40 ms for a usual file."""

_MAX_SUCCESS = 127
"""A shell reports a program that a signal ended as 128 and more."""


@dataclass(frozen=True, slots=True)
class Printed:
    """What a linter printed. ``overrun``: which limit its input drove it into, "" where none."""

    stdout: bytes
    overrun: str
    cut: bool


def tool_path(name: str) -> str:
    """Where a bound tool lies inside the sandbox."""
    return f"/tools/{name}"


async def run_linter(
    workbench: Workbench,
    name: str,
    arguments: Sequence[str],
    files: Mapping[str, bytes],
    *,
    also: Sequence[str] = (),
    exit_codes: frozenset[int] = frozenset({0}),
) -> Printed:
    """Run the tool of that name on the files; ``also`` names tools that it calls itself.

    Raises:
        ToolMissing: the tool is not on this machine.
        ToolCrashed: it ended with none of ``exit_codes``, which says nothing about its input.
        SandboxError: the isolation failed.
    """
    binds = []
    for bound in (name, *also):
        path = workbench.toolchain.require(bound).path
        if path is None:
            raise ToolCrashed(f"{bound} is in the toolchain without a path")
        binds.append(Bind(path, tool_path(bound)))
    command = Command.one(
        name,
        [tool_path(name), *arguments],
        files=files,
        binds=tuple(binds),
        limits=LINTER_LIMITS,
    )
    result = await workbench.sandbox.run(command)
    return _printed(result, name, exit_codes)


def _printed(result: Result, name: str, exit_codes: frozenset[int]) -> Printed:
    if result.ended is not Ended.EXITED:
        return Printed(b"", result.ended.value, result.output_cut)
    step = result.step(name)
    if step is None:
        raise ToolCrashed(f"{name} left no result")
    if step.exit_code not in exit_codes:
        said = step.stderr.decode("utf-8", "replace").strip()[-300:]
        how = "was killed" if step.exit_code > _MAX_SUCCESS else "failed"
        raise ToolCrashed(f"{name} {how} with exit code {step.exit_code}: {said}")
    return Printed(step.stdout, "", result.output_cut)
