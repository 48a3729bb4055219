"""A service in its bubblewrap box: started, looked after, ended with all that it started.

Unlike a command it has no end of its own and no limit of time. Its box is that of commands (see
``layout``): no network, no capabilities, an identity that owns nothing outside.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from sandbox.cgroups import Group
from sandbox.errors import SandboxError
from sandbox.processes import children, descendants, resident, state
from sandbox.service_output import ServiceOutput
from sandbox.shielded import shielded
from sandbox.spawn import spawn

GONE_SECONDS = 10.0
"""Processes that SIGKILL has not ended after this long hang in the kernel."""

_PAUSE_SECONDS = 0.002
_STANDS_STILL = frozenset("TtZX")
"""States in which a process forks no more: stopped, or gone."""


class BoxedService:
    """A running service: a :class:`sandbox.base.Running`. Made by :func:`start`."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        group: Group | None,
        lent: contextlib.AsyncExitStack,
    ) -> None:
        assert process.stdout is not None and process.stderr is not None
        self._process = process
        self._pidfd = _handle_of(process.pid)
        self._group = group
        self._starved = False
        self._lent: contextlib.AsyncExitStack | None = lent
        self._output = ServiceOutput()
        self._reading = (
            asyncio.create_task(self._read_printed(process.stdout)),
            asyncio.create_task(self._read_complaints(process.stderr)),
        )

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.returncode is None

    @property
    def pid(self) -> int:
        """The process id of its bwrap, the ancestor of all its processes."""
        return self._process.pid

    @property
    def memory_bytes(self) -> int | None:
        """The resident sets of all its processes together; shared pages count for each."""
        return sum(resident(pid) for pid in descendants(self._process.pid)) if self.alive else 0

    @property
    def out_of_memory(self) -> bool:
        """Whether the kernel ended a process of it for memory; False where nobody can tell."""
        if self._group is not None:  # once it is removed it says 0
            self._starved = self._starved or self._group.spent().oom_kills > 0
        return self._starved

    @property
    def said(self) -> str:
        """The end of what it wrote to standard error."""
        return self._output.said

    async def first_line(self, seconds: float) -> bytes:
        """The first line that it prints, b"" where it ended or took longer."""
        return await self._output.first_line(seconds)

    async def stop(self) -> None:
        """End it and everything it started, also when cancelled meanwhile.

        Raises:
            SandboxError: it does not end, not even on SIGKILL.
        """
        if self._lent is None:
            return
        lent, self._lent = self._lent, None
        async with lent:
            try:
                await shielded(self._end())
            finally:
                if self._pidfd is not None:
                    os.close(self._pidfd)

    async def _end(self) -> None:
        try:
            async with asyncio.timeout(GONE_SECONDS):
                inside = await self._caught()
                while self.alive or self._left(inside):
                    # The box's first process takes every other one of the box along.
                    self._send(signal.SIGKILL)
                    await asyncio.sleep(_PAUSE_SECONDS)
                await asyncio.wait(self._reading)
                self._reap_first(inside)
                self._starved = self.out_of_memory  # while there is a group to ask
                while self._group is not None and not self._group.remove():  # noqa: ASYNC110
                    await asyncio.sleep(_PAUSE_SECONDS)
        except TimeoutError as error:
            raise SandboxError("a service does not end on SIGKILL") from error

    async def _caught(self) -> set[int]:
        """All its processes; without a control group the box's first one is sent SIGKILL already.

        bwrap is held for it: ended before it has tied the life of that one to its own, it would
        leave it behind, and while it stands still its children are nobody else's. A control group
        knows what is left behind without that.
        """
        if self._group is not None:
            return set(descendants(self._process.pid)) if self.alive else set()
        while self.alive and state(self._process.pid) not in _STANDS_STILL:
            self._send(signal.SIGSTOP)
            await asyncio.sleep(_PAUSE_SECONDS)
        if not self.alive:
            return set()
        inside = set(descendants(self._process.pid))
        for first in children(self._process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(first, signal.SIGKILL)
        return inside

    def _send(self, number: signal.Signals) -> None:
        """Send bwrap a signal, if it lives; Popen's way may reap it behind asyncio's back."""
        if self._pidfd is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)

    def _left(self, inside: set[int]) -> bool:
        if self._group is not None:
            return self._group.kill()
        return any(Path("/proc", str(pid)).exists() and resident(pid) for pid in inside)

    def _reap_first(self, inside: set[int]) -> None:
        """Where we are the init of a container, what bwrap leaves behind is ours to reap."""
        if os.getpid() == 1:
            for pid in inside - {self._process.pid}:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)

    async def _read_printed(self, stdout: asyncio.StreamReader) -> None:
        while data := await stdout.read(65536):
            self._output.printed(data)
        self._output.ended()

    async def _read_complaints(self, stderr: asyncio.StreamReader) -> None:
        while data := await stderr.read(4096):
            self._output.complained(data)


async def start(
    argv: Sequence[str],
    inherited: Sequence[int],
    group: Group | None,
    lent: contextlib.AsyncExitStack,
) -> BoxedService:
    """Start bwrap with these arguments, in its group from the first instruction on.

    ``lent`` is what the box was lent, given back once everything of it is gone.

    Raises:
        SandboxError: it could not be started.
    """
    if group is not None:
        argv = group.entered(argv)
    try:
        process = await spawn(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C in a terminal is for us
            pass_fds=tuple(inherited),
            env={"PATH": f"{os.defpath}:/usr/sbin"},
            cwd="/",
        )
    except BaseException as error:
        while group is not None and not group.remove():
            group.kill()
            await asyncio.sleep(_PAUSE_SECONDS)
        if isinstance(error, OSError):
            raise SandboxError(f"cannot start {argv[0]}: {error}") from error
        raise
    return BoxedService(process, group, lent.pop_all())


def _handle_of(pid: int) -> int | None:
    """A file descriptor for a child; None where it ended at once and asyncio has reaped it."""
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None
