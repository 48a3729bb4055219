"""One box while it lives: the bwrap process, its pipes, its limits in time, its end.

Everything is driven by the event loop's readers and timers; there are no threads. The end is
split by what may still be awaited: :meth:`Box.stop` only sends signals; leaving the ``async
with`` block waits, even when cancelled, until every process and descriptor is gone.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.base import BOX_ID, Ended, Limits
from sandbox.bubblewrap.in_memory import file_in_memory
from sandbox.cgroups import Group, Spent
from sandbox.errors import SandboxError
from sandbox.outcome import ChildStatus, read_status
from sandbox.shielded import shielded

SAMPLE_SECONDS = 0.5
"""How often CPU time and kills for memory are looked at, at the latest; one look takes 0.1 ms."""

GONE_SECONDS = 10.0
"""A process that SIGKILL has not ended after this long hangs in the kernel."""

PAUSE_SECONDS = 0.0005
"""Between two looks whether they have; mostly the second look finds none."""

_CHUNK = 65536
_CORES = os.cpu_count() or 1


class OutputPipe:
    """One output pipe of a box; keeps the first ``limit`` bytes and reads on, so nobody blocks."""

    def __init__(self, limit: int) -> None:
        self.cut = False
        self._room = limit
        self._kept = bytearray()
        self._loop = asyncio.get_running_loop()
        self._reader, self.writer = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._reader, False)
        if os.geteuid() == 0:
            os.fchown(self.writer, BOX_ID, BOX_ID)  # so that /dev/stdout can be opened
        self._loop.add_reader(self._reader, self._read)

    def drain(self) -> None:
        """Read what is in the pipe. Whoever could write must be gone, or this may not end."""
        while self._read():
            pass

    def take(self) -> bytes:
        """What came since the last time."""
        self.drain()
        taken = bytes(self._kept)
        self._kept.clear()
        return taken

    def handed_over(self) -> None:
        """The box has its own copy of the writing end."""
        if self.writer >= 0:
            os.close(self.writer)
            self.writer = -1

    def close(self) -> None:
        """Give up the pipe; closing twice is fine."""
        self.handed_over()
        if self._reader >= 0:
            self._loop.remove_reader(self._reader)
            os.close(self._reader)
            self._reader = -1

    def _read(self) -> bool:
        if self._reader < 0:
            return False
        try:
            data = os.read(self._reader, _CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self.close()
            return False
        kept = data[: self._room]
        self._room -= len(kept)
        self._kept += kept
        self.cut = self.cut or len(kept) < len(data)
        return True


class Box:
    """A box from before its start to its end.

    After the ``async with`` block: ``stopped`` is the limit for which it was ended, ``status``
    what bwrap told, ``spent`` what was used, ``launcher_code`` bwrap's own exit code (-n for
    signal n) and ``wall_seconds`` the time from the start of bwrap to the end of everything.
    ``stdout`` and ``stderr`` still give what they kept.
    """

    def __init__(self, limits: Limits, group: Group | None) -> None:
        self.stopped: Ended | None = None
        self.spent = Spent(None, None, 0)
        self.status = ChildStatus()
        self.launcher_code = 0
        self.wall_seconds = 0.0
        self._limits = limits
        self._group = group
        self._loop = asyncio.get_running_loop()
        self._process: subprocess.Popen[bytes] | None = None
        self._exited: asyncio.Future[None] = self._loop.create_future()
        self._began = time.monotonic()
        self._told = b""
        self._wall: asyncio.TimerHandle | None = None
        self._sampler: asyncio.TimerHandle | None = None
        # Descriptors: ours to the end, and those that only bwrap needs once it runs.
        self._ours = contextlib.ExitStack()
        self._lent = contextlib.ExitStack()
        try:
            self.stdout = OutputPipe(limits.output_bytes)
            self._ours.callback(self.stdout.close)
            self.stderr = OutputPipe(limits.output_bytes)
            self._ours.callback(self.stderr.close)
            self._status, self._status_writer = os.pipe2(os.O_CLOEXEC)
            self._ours.callback(os.close, self._status)
            self._lent.callback(os.close, self._status_writer)
            os.set_blocking(self._status, False)
        except OSError as error:
            self._close()
            if group is not None:
                group.remove()
            raise SandboxError(f"no descriptors left for a box: {error}") from error

    def lend(self, content: bytes) -> int:
        """A descriptor of a file in memory, read-only, open until bwrap has it.

        Raises:
            SandboxError: there are no descriptors left.
        """
        return self._lent.enter_context(file_in_memory(content))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._lent.close()  # leaves descriptors to look after the group with
        self._kill()
        await shielded(self._end())

    def start(
        self,
        launcher: Sequence[str],
        contents: Sequence[str],
        program: Sequence[str],
        inherited: Iterable[int],
        stdin: int,
    ) -> None:
        """Start bwrap, in its group from the first instruction on.

        Raises:
            SandboxError: it could not be started.
        """
        described = self.lend(_nul_separated(contents))
        argv = [*launcher, "--json-status-fd", str(self._status_writer)]
        argv += ["--args", str(described), "--", *program]
        try:
            self._process = subprocess.Popen(
                argv if self._group is None else self._group.entered(argv),
                stdin=stdin,
                stdout=self.stdout.writer,
                stderr=self.stderr.writer,
                pass_fds=(*inherited, self._status_writer, described),
                env={"PATH": f"{os.defpath}:/usr/sbin"},
                cwd="/",
            )
            pidfd = os.pidfd_open(self._process.pid)
        except OSError as error:
            raise SandboxError(f"cannot start {argv[0]}: {error}") from error
        self._ours.callback(os.close, pidfd)
        self._loop.add_reader(pidfd, self._reap, pidfd)
        self._ours.callback(self._loop.remove_reader, pidfd)
        self.stdout.handed_over()
        self.stderr.handed_over()
        self._began = time.monotonic()
        self._wall = self._loop.call_later(self._limits.wall_seconds, self.stop, Ended.WALL_TIME)
        self._sample()
        self._lent.close()

    async def exited(self) -> None:
        """Wait until bwrap has ended, by itself or because it was stopped."""
        await asyncio.wait((self._exited,))

    def stop(self, reason: Ended) -> None:
        """End every process because a limit was reached."""
        if not self._exited.done():
            self.stopped = self.stopped or reason
            self._kill()

    def _kill(self) -> None:
        running = self._process is not None and not self._exited.done()
        if self._group is None and running:
            # Without a group only bwrap knows its child: ended before it told us (and before it
            # tied the child's life to its own), it would leave it behind. It tells within 2 ms.
            self._read_status()
            if self.status.child_pid is not None:
                _end_namespace(self.status.child_pid)
            elif time.monotonic() < self._began + SAMPLE_SECONDS:
                self._loop.call_later(0.001, self._kill)
                return
        if self._process is not None and running:
            # Not Popen.kill(), which may reap the process behind our back.
            os.kill(self._process.pid, signal.SIGKILL)
        if self._group is not None:
            with contextlib.suppress(OSError):  # no descriptor is free; _end() goes on trying
                self._group.kill()

    def _sample(self) -> None:
        """Look whether a limit that nobody tells us of is reached, and when to look again."""
        if self._group is None or self._exited.done():
            return
        try:
            spent = self._group.spent()
        except OSError:  # no descriptor is free
            self._sampler = self._loop.call_later(SAMPLE_SECONDS, self._sample)
            return
        left = self._limits.cpu_seconds - (spent.cpu_seconds or 0.0)
        if spent.oom_kills:
            self.stop(Ended.MEMORY)
        elif left <= 0:
            self.stop(Ended.CPU_TIME)
        else:
            soon = min(SAMPLE_SECONDS, max(0.02, left / _CORES))
            self._sampler = self._loop.call_later(soon, self._sample)

    def _reap(self, pidfd: int) -> None:
        """The kernel says that bwrap has ended."""
        self._loop.remove_reader(pidfd)  # it would say so again and again
        process = self._process
        if process is None or self._exited.done():
            return
        # Not wait4(): bwrap does not wait for what it leaves to the kernel to end, so its usage
        # lacks theirs; and its largest resident set is this process's, which it began as.
        _, code = os.waitpid(process.pid, 0)
        process.returncode = self.launcher_code = os.waitstatus_to_exitcode(code)
        self._exited.set_result(None)

    async def _end(self) -> None:
        """Wait until nothing of the box is left."""
        deadline = self._loop.time() + GONE_SECONDS
        try:
            if self._process is not None:
                await asyncio.wait((self._exited,), timeout=GONE_SECONDS)
                self._read_status()
                while self._alive():
                    if self._loop.time() > deadline:
                        raise SandboxError("processes of a box do not end on SIGKILL")
                    await asyncio.sleep(PAUSE_SECONDS)
                self._reap_first()
            self.wall_seconds = time.monotonic() - self._began
            self.stdout.drain()
            self.stderr.drain()
            self._close()
            if self._group is not None:
                self.spent = self._group.spent()
        finally:
            self._close()
            while self._group is not None and not self._group.remove():
                if self._loop.time() > deadline:
                    raise SandboxError("a control group cannot be removed")
                await asyncio.sleep(PAUSE_SECONDS)

    def _alive(self) -> bool:
        """Whether a process of the box is left; sends it SIGKILL once more."""
        if not self._exited.done():
            return True
        if self._group is not None:
            try:
                return self._group.kill()
            except OSError:  # no descriptor is free
                return True
        return self.status.child_pid is not None and _end_namespace(self.status.child_pid)

    def _reap_first(self) -> None:
        """Where we are the init of a container, what bwrap leaves behind is ours to reap."""
        if os.getpid() == 1 and self.status.child_pid is not None:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.status.child_pid, 0)

    def _read_status(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._told += os.read(self._status, _CHUNK)
        self.status = read_status(self._told)

    def _close(self) -> None:
        for timer in (self._wall, self._sampler):
            if timer is not None:
                timer.cancel()
        self._lent.close()
        self._ours.close()


def _end_namespace(pid: int) -> bool:
    """Send SIGKILL to the first process of a box, which ends last; False where it is gone.

    Tells it from another process that got its number since.
    """
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        fields = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
        if fields["NSpid"].split()[1:] != ["1"] or fields["State"].startswith("Z"):
            return False
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        return True
    except (FileNotFoundError, ProcessLookupError):
        return False
    finally:
        os.close(pidfd)


def _nul_separated(words: Sequence[str]) -> bytes:
    return b"".join(word.encode() + b"\0" for word in words)
