"""Programs that render manifests: run in the sandbox, and what they printed as documents.

A program that says what is wrong with its input ends with 1; what it cannot say, because the input
drove it into a limit, is the input's doing all the same. Anything else is a program that failed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rewardsvc.verification.commands import bound
from rewardsvc.verification.verifier import Workbench
from sandbox.base import MIB, WORK, Command, Ended, Limits, Result, Step
from sandbox.errors import ToolCrashed

BESIDE = frozenset({"conf", "dotenv", "env", "ini", "nginx", "properties", "toml", "xml"})
"""Labels of files that manifests are made of and that are no YAML."""

MAX_RENDERED_BYTES = MIB
"""Of one rendering; the largest charts that people publish render to some hundred kilobytes."""

LIMITS = Limits(
    wall_seconds=15.0,
    cpu_seconds=6.0,
    memory_bytes=512 * MIB,
    processes=64,
    file_bytes=8 * MIB,
    output_bytes=4 * MAX_RENDERED_BYTES,
)
"""Of all renderings of an answer together; one takes 50 ms and 60 MB."""

_NOWHERE = "/nonexistent"
"""The home of the programs: no configuration, no plugins, whatever an answer brings."""

_EXHAUSTED = re.compile(
    r"goroutine stack exceeds|fatal error: stack overflow|out of memory|cannot allocate memory"
)
_SEPARATOR = re.compile(r"^---(?:[ \t].*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rendering:
    """What one run came to: ``text``, or why there is none.

    ``error``: what the program says is wrong with its input. ``overrun``: which limit that drove it
    into. ``said``: what it printed beside the text.
    """

    text: str = ""
    error: str = ""
    overrun: str = ""
    said: str = ""

    @property
    def failed(self) -> bool:
        """Whether there is no text, or not all of it."""
        return bool(self.error or self.overrun)


@dataclass(frozen=True, slots=True)
class Part:
    """One document of a rendering, as text. ``line``: where it begins, 1-based."""

    text: str
    line: int


async def render(
    workbench: Workbench,
    tool: str,
    runs: Mapping[str, Sequence[str]],
    files: Mapping[str, str],
    *,
    env: Mapping[str, str] | None = None,
) -> dict[str, Rendering]:
    """Run the tool once for each of ``runs`` (arguments, by a name), all on the same files.

    Raises:
        ToolMissing: the tool is not on this machine.
        ToolCrashed: it ended in a way that says nothing about its input.
        SandboxError: the isolation failed.
    """
    program = bound(workbench, tool)
    command = Command(
        steps=tuple(Step(name, (program.target, *arguments)) for name, arguments in runs.items()),
        files={path: text.encode() for path, text in files.items()},
        env={"HOME": _NOWHERE, "GOMAXPROCS": "1", **(env or {})},
        binds=(program,),
        limits=LIMITS,
    )
    result = await workbench.sandbox.run(command)
    return {name: _read(result, name, tool) for name in runs}


def inside(path: str) -> str:
    """Where a file of the answer lies for the program."""
    return f"{WORK}/{path}"


def parts(text: str) -> Iterator[Part]:
    """The documents of a rendering, where they are separated by lines of their own."""
    start, line = 0, 1
    for match in (*_SEPARATOR.finditer(text), None):
        end = match.start() if match else len(text)
        if text[start:end].strip():
            yield Part(text[start:end], line)
        line += text.count("\n", start, match.end() if match else end)
        start = match.end() if match else end


def _read(result: Result, name: str, tool: str) -> Rendering:
    step = result.step(name)
    if step is None and result.ended is Ended.EXITED:
        raise ToolCrashed(f"{tool} left no result")
    if step is None or (result.ended is not Ended.EXITED and step.exit_code > 1):
        return Rendering(overrun=result.ended.value.replace("_", " "))
    said = step.stderr.decode("utf-8", "replace")
    if len(step.stdout) > MAX_RENDERED_BYTES or result.output_cut:
        return Rendering(overrun="output", said=said)
    text = step.stdout.decode("utf-8", "replace")
    match step.exit_code:
        case 0:
            return Rendering(text, said=said)
        case 1:
            return Rendering(text, error=said.strip() or text.strip() or "it gives no reason")
    if _EXHAUSTED.search(said):
        return Rendering(overrun="memory")
    raise ToolCrashed(f"{tool} failed with exit code {step.exit_code}: {said.strip()[-300:]}")
