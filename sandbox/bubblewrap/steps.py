"""A command in its box, step after step: the orders given (see ``driver``), the result read."""

import asyncio
import socket
import time
from collections.abc import Sequence

from sandbox.base import Command, Result, Step, StepResult, Usage
from sandbox.bubblewrap import driver
from sandbox.bubblewrap.box import Box
from sandbox.errors import SandboxError
from sandbox.outcome import Ending, how_it_ended


async def several(
    box: Box, steps: Sequence[Step], control: socket.socket
) -> tuple[tuple[StepResult, ...], bool]:
    """Run the steps that are due; False where the box ended before they were through."""
    loop = asyncio.get_running_loop()
    control.setblocking(False)
    results: list[StepResult] = []
    for number, step in enumerate(steps):
        if not step.due(results):
            continue
        began = time.monotonic()
        try:
            await loop.sock_sendall(control, b"%d\n" % number)
            answer = (await loop.sock_recv(control, 64)).strip()
        except (BrokenPipeError, ConnectionResetError):
            answer = b""
        if not answer:
            await box.exited()
            return tuple(results), False
        if answer == driver.ABSENT:
            raise SandboxError(f"there is no program {step.argv[0]!r} in the box")
        seconds = time.monotonic() - began
        results.append(
            StepResult(step.name, int(answer), box.stdout.take(), box.stderr.take(), seconds)
        )
    return tuple(results), True


def result_of(command: Command, box: Box, steps: tuple[StepResult, ...], complete: bool) -> Result:
    """What a box that is gone did.

    Raises:
        SandboxError: it was never set up, or broke.
    """
    stdout, stderr = box.stdout.take(), box.stderr.take()
    ended = how_it_ended(
        Ending(
            status=box.status,
            launcher_code=box.launcher_code,
            stopped=box.stopped,
            step_codes=tuple(step.exit_code for step in steps),
            complete=complete,
            oom_kills=box.spent.oom_kills,
            cpu_seconds=box.spent.cpu_seconds,
            wall_seconds=box.wall_seconds,
            said=stderr[-4096:],
        ),
        command.limits,
    )
    code = box.status.exit_code
    if not complete and code is not None:
        # The only step, or the one at which the shell that runs them ended.
        before = sum(step.seconds for step in steps)
        name = _current(command.steps, steps)
        seconds = max(0.0, box.wall_seconds - before)
        steps = (*steps, StepResult(name, code, stdout, stderr, seconds))
    return Result(
        ended=ended,
        steps=steps,
        usage=Usage(box.wall_seconds, box.spent.cpu_seconds, box.spent.peak_memory_bytes),
        output_cut=box.stdout.cut or box.stderr.cut,
    )


def _current(steps: Sequence[Step], done: Sequence[StepResult]) -> str:
    """The name of the step whose turn it was after those that are done."""
    names = [result.name for result in done]
    last = max((number for number, step in enumerate(steps) if step.name in names), default=-1)
    return next(step.name for step in steps[last + 1 :] if step.due(done))
