"""Linters as commands in the sandbox: one tool, a few files, what it printed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rewardsvc.verification.verifier import Workbench
from sandbox.base import MIB, Bind, Command, Ended, Limits, Result
from sandbox.errors import ToolCrashed
from sandbox.toolchain import Source

LINTER_LIMITS = Limits(
    wall_seconds=20.0, cpu_seconds=15.0, memory_bytes=512 * MIB, processes=64, file_bytes=8 * MIB
)
"""hadolint takes 10 ms and actionlint with shellcheck 40 ms for a usual file."""

_READS_STDIN: Mapping[str, Callable[[str], tuple[str, ...]]] = {
    "actionlint": lambda path: ("-stdin-filename", path, "-"),
    "hadolint": lambda _: ("-",),
    "shellcheck": lambda _: ("-",),
}
"""What tools call their standard input instead of a file of that path. These need no file at all,
so the sandbox may keep a box for them, which saves more time than hadolint itself takes."""

_ENVIRONMENT = {"hadolint": {"GHCRTS": "-N1 -A1m -O64m -V0"}}
"""For the Haskell runtime of hadolint: one core and 1 MiB of fresh memory at a time, the size of a
core's cache. With more it starts threads that only wait for each other in so short a run, and
touches pages that the kernel must clear: a fifth of its CPU time. And what is old is only collected
from 64 MiB on, which few files reach: three collections are another tenth."""

_MAX_SUCCESS = 127
"""A shell reports a program that a signal ended as 128 and more."""


@dataclass(frozen=True, slots=True)
class Printed:
    """What a linter printed. ``overrun``: which limit its input drove it into, "" where none."""

    stdout: bytes
    overrun: str
    cut: bool


def file_named(said: str, names: Sequence[str]) -> str:
    """Which file a tool's finding is about: it may say a path, or "-" of the only one."""
    return names[0] if said == "-" else said.rpartition("/")[2]


def tool_path(name: str) -> str:
    """Where a bound tool lies inside the sandbox."""
    return f"/tools/{name}"


def bound(workbench: Workbench, name: str) -> Bind:
    """The tool of that name, where it lies inside the sandbox.

    Raises:
        ToolMissing: it is not on this machine.
    """
    path = workbench.toolchain.require(name).path
    if path is None:
        raise ToolCrashed(f"{name} is in the toolchain without a path")
    return Bind(path, tool_path(name))


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

    Where the only file is the last argument and the tool reads standard input as well, the file is
    given there: actionlint goes on calling it by its name, hadolint says ``/dev/stdin``, shellcheck
    ``-``.

    Raises:
        ToolMissing: the tool is not on this machine.
        ToolCrashed: it ended with none of ``exit_codes``, which says nothing about its input.
        SandboxError: the isolation failed.
    """
    binds = tuple(bound(workbench, tool) for tool in (name, *also))
    # Another build than the one that comes with us may refuse the option.
    ours = workbench.toolchain.require(name).source is Source.PACKAGE
    env = _ENVIRONMENT.get(name, {}) if ours else {}
    argv, stdin = (tool_path(name), *arguments), b""
    stateless = name in _READS_STDIN and len(files) == 1 and arguments[-1] in files
    if stateless:
        ((called, stdin),) = files.items()
        argv, files = (*argv[:-1], *_READS_STDIN[name](called)), {}
    command = Command.one(
        name,
        argv,
        files=files,
        stdin=stdin,
        env=env,
        binds=binds,
        limits=LINTER_LIMITS,
        stateless=stateless,
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
