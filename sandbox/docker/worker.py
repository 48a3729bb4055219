"""One warm container: programs are put into it one after the other, then it is ended.

Each program is an exec of its own, so its exit code is the engine's word. An exec begins as a
launcher: a POSIX shell that waits for its order, one line. That of the first step waits before
there is a command, and so does a tar for its files, so a command does not wait for either. The
launcher says first, before anything else runs, whether there is such a program; afterwards it ends
what the program left running, since the engine tells of no end while one of those holds its output.

A program has the launcher's identity: it can end it (its step then has that exit code) and could
forge its own exit code, as it could by choosing it; never that of a later step, whose launcher
starts when nothing else is left (:meth:`Worker.quiet`). In place of a program that watches others
there is no launcher any more: it holds its output alone.
"""

import asyncio
import contextlib
import io
import shlex
import signal
import tarfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.base import BOX_ID, DESCRIPTORS, SEARCH_PATH, WORK, StepResult
from sandbox.docker.engine import Engine
from sandbox.docker.gauge import EngineGauge, Gauge, GroupGauge, group_of
from sandbox.docker.stream import STDOUT, AttachedStream, ContainerGone, Output
from sandbox.errors import SandboxError

USER = f"{BOX_ID}:{BOX_ID}"

IDLE_TASKS = 2
"""The init and the keeper."""

_PRESENT, _ABSENT = b"present\n", b"absent\n"

_NEWLINE = "n='\n'\n"

_LAUNCHER = f"""\
present() {{
  case $1 in
  */*) [ -f "$1" ] && [ -x "$1" ] ;;
  *) IFS=:; for d in $path; do [ -f "$d/$1" ] && [ -x "$d/$1" ] && return 0; done; return 1 ;;
  esac
}}
{_NEWLINE}IFS= read -r order && eval "$order" || exit
(present "$program") || {{ echo absent; exit; }}
echo present
"""
# The engine's runtime raises the soft limit to the hard one now and then, after the engine has set
# it (https://github.com/opencontainers/runc/issues/4195).
_STEP = f"""\
ulimit -S -n {DESCRIPTORS[0]}
{_LAUNCHER}[ -z "$watches" ] || exec /usr/bin/env -i -- "$@"
(exec /usr/bin/env -i -- "$@"); code=$?
kill -s KILL -- -1; kill -s KILL -- -1
exit $code
"""
_SERVICE = f"""\
{_LAUNCHER}exec /usr/bin/env -i -- "$@" </dev/null
"""
_SWEEP = "kill -s KILL -- -1; kill -s KILL -- -1"

_KILLED = 128 + signal.SIGKILL
_NEWS_SECONDS = 0.2
_PAUSE_SECONDS = 0.005
_SOON_SECONDS = 0.1
"""A container whose keeper has ended is gone by then; otherwise the engine is told to end it."""


@dataclass(frozen=True, slots=True)
class Launched:
    """An exec whose launcher waits for its order."""

    prepared: str
    stream: AttachedStream


class NotUnpacked(SandboxError):
    """The files of a command could not be put into its container."""


class Worker:
    """A container that runs and idles; made by :func:`start`."""

    def __init__(
        self, engine: Engine, container: str, keeper: AttachedStream, gauge: Gauge
    ) -> None:
        self.container = container
        self.gauge = gauge
        self._engine = engine
        self._keeper = keeper
        self._unpacker: Launched | None = None
        self._first: Launched | None = None

    @property
    def usable(self) -> bool:
        """Whether it still waits for a command, as far as we were told."""
        return self._first is not None and not self._first.stream.ended

    async def warm_up(self) -> None:
        """Start what the first step needs."""
        async with asyncio.TaskGroup() as group:
            unpacker = group.create_task(self._execute(["tar", "-xf", "-"], WORK))
            first = group.create_task(self._execute(["sh", "-c", _STEP], WORK))
        self._unpacker, self._first = unpacker.result(), first.result()

    async def unpack(self, files: Mapping[str, bytes]) -> None:
        """Put the files into the work directory; to be called once, before the first step.

        Raises:
            ContainerGone: the container has ended.
            NotUnpacked: it did not work.
        """
        unpacker, self._unpacker = self._unpacker, None
        if unpacker is None:
            raise NotUnpacked("a container takes files once")
        output = Output(4096)
        with contextlib.closing(unpacker.stream):
            # Also without files, or it would still be there when the program starts.
            await _talk(unpacker.stream, archive(files), output)
        code = await self._exit_code(unpacker.prepared)
        if code is None:
            raise ContainerGone("a container ended while files were put into it")
        if code != 0:
            said = b"".join(output.take()).decode(errors="replace").strip()
            raise NotUnpacked(f"cannot put files into a container: {said or code}")

    async def step(
        self,
        name: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        stdin: bytes,
        output: Output,
        *,
        watches: bool = False,
    ) -> StepResult | None:
        """Run a program; None where its container ended under it. ``watches``: in the place of its
        launcher; see :class:`sandbox.base.Command`.

        Raises:
            ContainerGone: the container had ended before.
            SandboxError: there is no such program, or the engine failed.
        """
        launched = self._first or await self._execute(["sh", "-c", _STEP], WORK)
        self._first = None
        with contextlib.closing(launched.stream):
            variables = {"PATH": SEARCH_PATH, "HOME": WORK, **env}
            rest = await self._begin(launched, order(argv, variables, watches=watches), argv[0])
            began = time.monotonic()
            for kind, data in rest:
                output.add(kind, data)
            await _talk(launched.stream, stdin, output)
        seconds = time.monotonic() - began
        code = await self._exit_code(launched.prepared)
        return None if code is None else StepResult(name, code, *output.take(), seconds)

    async def serve(self, argv: Sequence[str], env: Mapping[str, str], user: str) -> AttachedStream:
        """Run a program that outlives its caller, and give what it writes.

        Raises:
            SandboxError: there is no such program, or the engine failed.
        """
        launched = await self._execute(["sh", "-c", _SERVICE], "/tmp", user)
        variables = {"PATH": SEARCH_PATH, "HOME": "/tmp", **env}
        rest = await self._begin(launched, order(argv, variables), argv[0])
        launched.stream.unread(rest)
        return launched.stream

    async def quiet(self) -> None:
        """End what a step left running; returns when nothing of it is there.

        Where it left so much that no further process can be started, this takes until the
        command's wall time is over.
        """
        while await self.gauge.tasks() > IDLE_TASKS:
            with contextlib.suppress(SandboxError):
                sweep = await self._execute(["sh", "-c", _SWEEP], "/")
                with contextlib.closing(sweep.stream):
                    await _talk(sweep.stream, b"", Output(0))
            await asyncio.sleep(_PAUSE_SECONDS)

    async def end(self) -> None:
        """End everything in the container, which then removes itself; ending twice is fine.

        Raises:
            SandboxError: the engine cannot end it.
        """
        for launched in (self._unpacker, self._first):
            if launched is not None:
                launched.stream.close()
        self._keeper.close()  # its program ends, and the kernel ends all others with the init
        if isinstance(self.gauge, GroupGauge):
            until = time.monotonic() + _SOON_SECONDS
            while time.monotonic() < until:
                if not await self.gauge.tasks():
                    return
                await asyncio.sleep(_PAUSE_SECONDS)
        await self._engine.kill(self.container)

    async def _execute(self, argv: list[str], place: str, user: str = USER) -> Launched:
        prepared = await self._engine.prepare(self.container, argv, user=user, place=place)
        return Launched(prepared, await self._engine.execute(prepared))

    async def _begin(
        self, launched: Launched, ordered: bytes, program: str
    ) -> list[tuple[int, bytes]]:
        """Have a launcher start its program; gives output that came with the launcher's word."""
        await launched.stream.write(ordered)
        first, rest = await _first_line(launched.stream)
        if first == _PRESENT:
            return rest
        if first == _ABSENT:
            raise SandboxError(f"there is no program {program!r} in the container")
        code = await self._exit_code(launched.prepared)
        if code is None:
            raise ContainerGone(f"a container ended before {program!r} was started in it")
        said = first + b"".join(data for _, data in rest)
        words = said.decode(errors="replace").strip()
        raise SandboxError(f"cannot start {program!r} in a container: {words or code}")

    async def _exit_code(self, prepared: str) -> int | None:
        """The exit code of an exec whose streams have ended; None where its container has."""
        while True:
            try:
                code = await self._engine.exit_code(prepared)
                if code is not None:
                    return code if code != _KILLED or await self._outlives() else None
                if not (await self._engine.state(self.container)).running:
                    return None
            except ContainerGone:
                return None
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _outlives(self) -> bool:
        """Whether the container goes on after one of its programs was killed.

        What kills a container kills its programs, and the engine tells of the latter first.
        """
        until = time.monotonic() + _NEWS_SECONDS
        while time.monotonic() < until:
            if not (await self._engine.state(self.container)).running:
                return False
            await asyncio.sleep(_PAUSE_SECONDS)
        return True


async def start(engine: Engine, config: dict[str, Any]) -> Worker:
    """Make a container and wait until programs can be put into it. Not to be cancelled.

    Raises:
        SandboxError: the engine refused; its words.
    """
    container = await engine.create(config)
    keeper: AttachedStream | None = None
    try:
        keeper = await engine.attach(container)
        await engine.start(container)
        state = await engine.state(container)
    except BaseException:
        if keeper is not None:
            keeper.close()
        await engine.remove(container)
        raise
    group = group_of(state.pid)
    gauge = EngineGauge(engine, container) if group is None else GroupGauge(group)
    return Worker(engine, container, keeper, gauge)


def order(argv: Sequence[str], env: Mapping[str, str], *, watches: bool = False) -> bytes:
    """The line that a launcher waits for: shell code that sets what it is to run, and how."""
    words = [f"{name}={value}" for name, value in env.items()]
    if "=" in argv[0]:  # env would take it for a variable
        words += ("/bin/sh", "-c", 'exec "$0" "$@"')
    words += argv
    listed = " ".join(map(_quoted, words))
    how = f"path={_quoted(env['PATH'])}; watches={'yes' if watches else ''}"
    return f"{how}; program={_quoted(argv[0])}; set -- {listed}\n".encode()


def _quoted(word: str) -> str:
    """A word of the shell on one line."""
    return shlex.quote(word).replace("\n", "'\"$n\"'")


def archive(files: Mapping[str, bytes]) -> bytes:
    """The files as a tar archive (GNU format: any length of name, which every tar reads)."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT) as writing:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mode = 0o644
            writing.addfile(entry, io.BytesIO(content))
    return made.getvalue()


async def _first_line(stream: AttachedStream) -> tuple[bytes, list[tuple[int, bytes]]]:
    """The first line of stdout, and what came with it."""
    line = bytearray()
    rest: list[tuple[int, bytes]] = []
    while b"\n" not in line and (parts := await stream.read()):
        for kind, data in parts:
            if kind == STDOUT and b"\n" not in line:
                line += data
            else:
                rest.append((kind, data))
    first, newline, more = bytes(line).partition(b"\n")
    return first + newline, [(STDOUT, more), *rest] if more else rest


async def _talk(stream: AttachedStream, stdin: bytes, output: Output) -> None:
    """Give a program its input while its output is kept, until that ends."""

    async def give() -> None:
        await stream.write(stdin)
        stream.end_of_input()

    giving = asyncio.create_task(give())
    try:
        while parts := await stream.read():
            for kind, data in parts:
                output.add(kind, data)
    finally:
        giving.cancel()  # it may have ended without reading all of it
        await asyncio.wait((giving,))
