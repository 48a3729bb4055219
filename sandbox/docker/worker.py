"""One warm container: programs are put into it one after the other, then it is ended.

Each step is an exec of its own, so its exit code is the engine's word. Around it is a shell that
says first, before anything else runs, whether there is such a program, and at last ends what the
program left running, for as long as one of those holds its output the engine does not tell of its
end. The shell has the program's identity, as in the driver of the bubblewrap back end.
"""

import asyncio
import contextlib
import io
import tarfile
import time
from collections.abc import Mapping, Sequence

from sandbox.base import WORK, StepResult
from sandbox.docker import spec
from sandbox.docker.engine import ContainerGone, Engine
from sandbox.docker.stream import STDOUT, Output, Stream
from sandbox.errors import SandboxError
from sandbox.namespaces import BOX_ID

USER = f"{BOX_ID}:{BOX_ID}"

_PRESENT, _ABSENT = b"present\n", b"absent\n"

_AROUND = """\
present() {
  case $1 in
  */*) [ -f "$1" ] && [ -x "$1" ] ;;
  *) IFS=:; for d in $PATH; do [ -f "$d/$1" ] && [ -x "$d/$1" ] && return 0; done; return 1 ;;
  esac
}
(present "$1") || { echo absent; exit 0; }
echo present
(exec "$@"); code=$?
kill -s KILL -- -1; kill -s KILL -- -1
exit $code
"""

_SWEEP = "kill -s KILL -- -1; kill -s KILL -- -1"

_PAUSE_SECONDS = 0.01


class Worker:
    """A container that runs and idles; made by :func:`start`."""

    def __init__(
        self, engine: Engine, container: str, keeper: Stream, unset: Sequence[str]
    ) -> None:
        self.container = container
        self._engine = engine
        self._keeper = keeper
        self._unset = tuple(unset)

    async def unpack(self, files: Mapping[str, bytes]) -> None:
        """Put files into the work directory.

        Raises:
            SandboxError: it did not work.
        """
        prepared = await self._prepare(["tar", "-xf", "-"], {}, stdin=True)
        output = Output(4096)
        async with await self._engine.execute(prepared) as stream, asyncio.TaskGroup() as group:
            group.create_task(_give(stream, archive(files)))
            group.create_task(_keep(stream, output))
        ended = await self._engine.executed(prepared)
        if ended.exit_code != 0:
            said = b"".join(output.take()).decode(errors="replace").strip()
            raise SandboxError(f"cannot put files into a container: {said or ended}")

    async def step(
        self, name: str, argv: Sequence[str], env: Mapping[str, str], stdin: bytes, output: Output
    ) -> StepResult | None:
        """Run a program; None where its container ended under it.

        Raises:
            SandboxError: there is no such program, or the engine failed.
        """
        prepared = await self._prepare(["sh", "-c", _AROUND, "sh", *argv], env, stdin=bool(stdin))
        async with await self._engine.execute(prepared) as stream:
            first, rest = await _first_line(stream)
            began = time.monotonic()
            if first == _ABSENT:
                raise SandboxError(f"there is no program {argv[0]!r} in the image")
            if first != _PRESENT:
                ended = await self._executed(prepared)
                if ended is None:
                    return None
                said = first + b"".join(data for _, data in rest)
                raise SandboxError(f"cannot start {argv[0]!r}: {said.decode(errors='replace')}")
            for kind, data in rest:
                output.add(kind, data)
            async with asyncio.TaskGroup() as group:
                group.create_task(_give(stream, stdin))
                group.create_task(_keep(stream, output))
        seconds = time.monotonic() - began
        code = await self._executed(prepared)
        if code is None:
            return None
        return StepResult(name, code, *output.take(), seconds)

    async def _executed(self, prepared: str) -> int | None:
        """The exit code of an exec; None where its container has ended."""
        while True:
            try:
                ended = await self._engine.executed(prepared)
                if ended.exit_code is not None:
                    return ended.exit_code
                if not (await self._engine.state(self.container))["Running"]:
                    return None
            except ContainerGone:
                return None
            await asyncio.sleep(_PAUSE_SECONDS)

    async def quiet(self) -> None:
        """End what a step left running; returns when nothing of it is there.

        Where it left so much that no further process can be started, this takes until the
        command's wall time is over.
        """
        while await self._engine.tasks(self.container) > 2:
            with contextlib.suppress(SandboxError):
                prepared = await self._prepare(["sh", "-c", _SWEEP], {}, stdin=False)
                async with await self._engine.execute(prepared) as stream:
                    await _keep(stream, Output(0))

    async def end(self) -> None:
        """End everything in the container; it removes itself."""
        self._keeper.close()
        await self._engine.kill(self.container)

    async def _prepare(self, argv: list[str], env: Mapping[str, str], *, stdin: bool) -> str:
        words = spec.step_environment(env, self._unset)
        return await self._engine.prepare(
            self.container, argv, words, user=USER, place=WORK, stdin=stdin
        )


async def start(engine: Engine, config: dict[str, object], unset: Sequence[str]) -> Worker:
    """Make a container and wait until programs can be put into it.

    Raises:
        SandboxError: the engine refused; its words.
    """
    container = await engine.create(config)
    try:
        keeper = await engine.attach(container, stdin=True)
        await engine.start(container)
    except BaseException:
        await engine.remove(container)
        raise
    return Worker(engine, container, keeper, unset)


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


async def _first_line(stream: Stream) -> tuple[bytes, list[tuple[int, bytes]]]:
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


async def _give(stream: Stream, data: bytes) -> None:
    await stream.write(data)
    stream.end_of_input()


async def _keep(stream: Stream, output: Output) -> None:
    while parts := await stream.read():
        for kind, data in parts:
            output.add(kind, data)
