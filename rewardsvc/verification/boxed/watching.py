"""A run of an answer's own code, watched by our supervisor in the box: what that reports of it.

The supervisor is out of the code's reach, but shares its box and so its fate: the code may use up
the memory, the processes or the time of both, or, where the box is a container, end it. So a
report that is missing once the code began is the code's doing, if it is missing a second time too:
a machine that fails does not do so twice at the same place. What is missing before that is ours.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewardsvc.types import JsonValue
from rewardsvc.verification.boxed import interpreter_binds, isolated
from rewardsvc.verification.boxed.supervisor import BEGAN
from sandbox.base import WORK, Bind, Command, Ended, Limits, Result, Runner
from sandbox.errors import ToolCrashed
from sandbox.jsontext import read_json

SUPERVISOR = Path(__file__).with_name("supervisor.py")

ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Watched:
    """What a run came to. ``report``: what the supervisor printed; None where ``overrun`` says why
    there is none. ``lost``: it may be there the next time."""

    report: Mapping[str, Any] | None
    overrun: str
    seconds: float
    lost: bool = False


async def watch(sandbox: Runner, command: Command) -> Watched:
    """Run a :func:`command`, once more where its report is lost.

    Raises:
        ToolCrashed: the supervisor failed before the code began.
        SandboxError: the isolation failed.
    """
    for _ in range(ATTEMPTS):
        watched = read(await sandbox.run(command))
        if not watched.lost:
            break
    return watched


def command(
    order: Mapping[str, JsonValue],
    files: Mapping[str, str],
    limits: Limits,
    *,
    programs: tuple[Path, ...] = (SUPERVISOR,),
    binds: tuple[Bind, ...] = (),
) -> Command:
    """The command that has an order (see ``supervisor``) obeyed by the first of ``programs``.

    These lie among the files, and not in a bind, whose place on the machine anybody may read.
    """
    placed = {program.name: program.read_bytes() for program in programs}
    return Command.one(
        "run",
        isolated(f"{WORK}/{programs[0].name}"),
        files={**{path: text.encode() for path, text in files.items()}, **placed},
        stdin=json.dumps(order).encode(),
        binds=(*interpreter_binds(), *binds),
        limits=limits,
        watches=True,
    )


def read(result: Result) -> Watched:
    """What the supervisor printed.

    Raises:
        ToolCrashed: it failed before the code began.
    """
    seconds = result.usage.wall_seconds
    if result.ended is not Ended.EXITED:
        return Watched(None, f"it ran out of {result.ended.value.replace('_', ' ')}", seconds)
    step = result.step("run")
    if step is None:
        raise ToolCrashed("the supervisor of an answer's code left no result")
    began, _, printed = step.stdout.partition(b"\n")
    if began != BEGAN.encode():
        said = step.stderr.decode("utf-8", "replace").strip()[-300:]
        raise ToolCrashed(
            f"the supervisor of an answer's code failed with {step.exit_code}: {said}"
        )
    if result.output_cut:
        return Watched(None, "it left more than can be told", seconds)
    try:
        return Watched(read_json(printed), "", seconds)
    except (ValueError, RecursionError):
        words = f"it ended what watches over it (exit code {step.exit_code})"
        return Watched(None, words, seconds, lost=True)
