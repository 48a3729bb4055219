"""One reusable box: a command is put into it and watched, and ends whole, or the box with it."""

import asyncio
import contextlib
import json
import os
import socket
import time
from typing import Any

from sandbox.base import SEARCH_PATH, WORK, Command, Ended, Limits, Result, StepResult, Usage
from sandbox.bubblewrap.box import SAMPLE_SECONDS, OutputPipe
from sandbox.bubblewrap.in_memory import file_in_memory
from sandbox.bubblewrap.reusable.kind import BoxKind
from sandbox.bubblewrap.service import BoxedService
from sandbox.cgroups import Group, Spent
from sandbox.errors import SandboxError
from sandbox.outcome import ChildStatus, Ending, how_it_ended
from sandbox.shielded import shielded

START_SECONDS = 20.0
"""Within which a box must be ready; it takes 0.1 s on a quiet machine."""

_CORES = os.cpu_count() or 1
_LONGEST_ANSWER = 4096


class ReusableBox:
    """A box between two commands, or with one in it; made by :func:`opened`."""

    def __init__(
        self, kind: BoxKind, service: BoxedService, orders: socket.socket, group: Group | None
    ) -> None:
        self._kind = kind
        self._service = service
        self._orders = orders
        self._group = group
        self._sound = True
        self._spent = group.spent() if group is not None else Spent(None, None, 0)

    @property
    def usable(self) -> bool:
        """Whether another command may be put into it."""
        return self._sound and self._service.alive

    async def use(self, command: Command) -> Result | None:
        """Run a command of its kind; None where nothing is known of it, for the box broke.

        Afterwards either everything of the command is gone, or the whole box is. That holds for
        a cancelled command too.
        """
        self._sound = False
        with contextlib.ExitStack() as lent:
            stdout, stderr = (_stream(command, lent) for _ in range(2))
            began = time.monotonic()
            try:
                over = await self._over(command, stdout, stderr)
            except BaseException:
                await self.end()
                raise
            answer = _answer(over) if isinstance(over, bytes) else {}
            seconds = time.monotonic() - began
            if "code" not in answer:
                await self.end()
                return self._cut_short(over, seconds)
            cpu, oom_kills = self._look()
            # Its launcher's own CPU time has the command's limit too: half of it is left.
            self._sound = not oom_kills and answer["own"] < self._kind.cpu_seconds / 2
            step = StepResult(
                command.steps[0].name, answer["code"], stdout.take(), stderr.take(), seconds
            )
            ended = how_it_ended(
                Ending(
                    status=ChildStatus(child_pid=1, exit_code=step.exit_code),
                    launcher_code=0,
                    oom_kills=oom_kills,
                    cpu_seconds=cpu,
                    wall_seconds=seconds,
                ),
                command.limits,
            )
            return Result(ended, (step,), Usage(seconds, cpu), stdout.cut or stderr.cut)

    async def end(self) -> None:
        """End everything in it, even when cancelled meanwhile; ending twice is fine."""
        self._sound = False
        self._orders.close()
        await shielded(self._service.stop())

    async def _over(
        self, command: Command, stdout: OutputPipe, stderr: OutputPipe
    ) -> bytes | Ended:
        """Put the command in; the launcher's answer (b"" for its end), or the limit reached."""
        loop = asyncio.get_running_loop()
        over: asyncio.Future[bytes | Ended] = loop.create_future()
        timers: list[asyncio.TimerHandle] = []

        def settle(outcome: bytes | Ended) -> None:
            if not over.done():
                over.set_result(outcome)

        def answered() -> None:
            with contextlib.suppress(BlockingIOError):
                settle(_received(self._orders))

        def look() -> None:
            reached, soon = self._reached(command.limits)
            if reached is not None:
                settle(reached)
            else:
                timers[-1] = loop.call_later(soon, look)

        if not self._ordered(command, stdout, stderr):
            return b""
        loop.add_reader(self._orders, answered)
        timers.append(loop.call_later(command.limits.wall_seconds, settle, Ended.WALL_TIME))
        timers.append(loop.call_later(_soon(command.limits.cpu_seconds), look))
        try:
            return await over
        finally:
            loop.remove_reader(self._orders)
            for timer in timers:
                timer.cancel()

    def _ordered(self, command: Command, stdout: OutputPipe, stderr: OutputPipe) -> bool:
        """Hand the command to the launcher; False where that has died since it was used last.

        Raises:
            SandboxError: there are no descriptors left.
        """
        order = {
            "argv": command.steps[0].argv,
            "env": {"PATH": SEARCH_PATH, "HOME": WORK, **command.env},
        }
        with file_in_memory(command.stdin) as stdin:
            given = [stdin, stdout.writer, stderr.writer]
            try:
                socket.send_fds(self._orders, [json.dumps(order).encode()], given)
            except OSError:
                return False
            finally:
                stdout.handed_over()
                stderr.handed_over()
        return True

    def _cut_short(self, over: bytes | Ended, seconds: float) -> Result | None:
        """What is known of a command whose box is gone."""
        if self._service.out_of_memory:
            return Result(Ended.MEMORY, (), Usage(seconds))
        return Result(over, (), Usage(seconds)) if isinstance(over, Ended) else None

    def _look(self) -> tuple[float | None, int]:
        """CPU seconds since the command began, and processes killed for memory."""
        if self._group is None:
            return None, 0
        before, self._spent = self._spent, self._group.spent()
        if before.cpu_seconds is None or self._spent.cpu_seconds is None:
            return None, self._spent.oom_kills
        return self._spent.cpu_seconds - before.cpu_seconds, self._spent.oom_kills

    def _reached(self, limits: Limits) -> tuple[Ended | None, float]:
        """The limit that is reached and nobody tells us of, and when to look again."""
        if self._group is None:
            return None, limits.wall_seconds
        spent = self._group.spent()
        left = limits.cpu_seconds - ((spent.cpu_seconds or 0) - (self._spent.cpu_seconds or 0))
        if spent.oom_kills:
            return Ended.MEMORY, 0.0
        return (Ended.CPU_TIME if left <= 0 else None), _soon(left)


async def opened(
    kind: BoxKind, service: BoxedService, orders: socket.socket, group: Group | None
) -> ReusableBox:
    """The box once its launcher is ready.

    Raises:
        SandboxError: it does not come to that; what was started is ended.
    """
    orders.setblocking(False)
    said = b""
    try:
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(START_SECONDS):
                said = await asyncio.get_running_loop().sock_recv(orders, _LONGEST_ANSWER)
        if said == b"ready":
            return ReusableBox(kind, service, orders, group)
    except BaseException:
        await shielded(service.stop())
        orders.close()
        raise
    await shielded(service.stop())
    orders.close()
    raise SandboxError(f"a reusable box was not ready: {service.said or 'it said nothing'}")


def _stream(command: Command, lent: contextlib.ExitStack) -> OutputPipe:
    """An output of the command, closed with ``lent``.

    Raises:
        SandboxError: there are no descriptors left.
    """
    try:
        stream = OutputPipe(command.limits.output_bytes)
    except OSError as error:
        raise SandboxError(f"no descriptors left for a command: {error}") from error
    lent.callback(stream.close)
    return stream


def _soon(left: float) -> float:
    """Seconds until CPU time of which so much is left may be used up."""
    return min(SAMPLE_SECONDS, max(0.02, left / _CORES))


def _received(orders: socket.socket) -> bytes:
    """One message; b"" where the other side is gone."""
    try:
        return orders.recv(_LONGEST_ANSWER)
    except ConnectionError:
        return b""


def _answer(message: bytes) -> dict[str, Any]:
    """What the launcher answered; nothing where that is no answer of its own."""
    try:
        answer = json.loads(message)
    except ValueError:
        return {}
    fine = (
        isinstance(answer, dict)
        and type(answer.get("code")) is int
        and 0 <= answer["code"] <= 255
        and isinstance(answer.get("own"), int | float)
    )
    return answer if fine else {}
