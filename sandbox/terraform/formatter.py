"""``terraform fmt`` kept running: most of its time is the start of Terraform's own process.

One process is given the same two named pipes over and over as the files to look at. It reads one to
its end, prints its name where it would change it, and opens the next; so that one opens says that
the other is done. What is wrong with a file it tells only when it ends: its answer holds for text
that Terraform has accepted otherwise. Whoever needs more, runs the command.
"""

import asyncio
import contextlib
import itertools
import logging
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.base import (
    BOX_ID,
    MIB,
    Restarted,
    Running,
    Sandbox,
    Service,
    StepResult,
    uncounted,
)
from sandbox.errors import SandboxError
from sandbox.machine_time import MachineTime
from sandbox.shielded import shielded
from sandbox.terraform.places import ORIGINAL, TERRAFORM
from sandbox.terraform.prepare import (
    FMT,
    Installed,
    PreparedConfiguration,
    environment,
    terraform_bind,
)

FILES = 8
FILE_BYTES = 32 * 1024
"""More or larger files are left to the command: a pipe takes 64 KiB before anybody reads."""

LOOKS = 2000
"""Files that a process looks at, one after the other; then it ends, and another one is started."""

ANSWER_SECONDS = 2.0
"""Within which a file is looked at; usual is 1 ms."""

START_SECONDS = 20.0
"""Within which a process must ask for its first file; it takes 40 ms on a quiet machine. Neither
of the two counts what a busy machine keeps from it."""

TRY_AGAIN_SECONDS = 30.0
"""After a process could not be started, nobody is asked for so long."""

MEMORY_BYTES = 512 * MIB

_GO = {"GOGC": "400", "GOMEMLIMIT": f"{MEMORY_BYTES * 6 // 10}"}
_PIPES = ("a.tf", "b.tf")
_PRINTED = "printed"
_PRINTS = f'cd "$1" && shift && exec "$@" >{_PRINTED}'
_POLL_SECONDS = 0.001
_SLOW_POLL_SECONDS = 0.05
"""Where something takes longer, it is asked less often: each time costs what it may be short of."""
_LOG = logging.getLogger(__name__)


class _Gone(Exception):
    """The process does not answer."""

    def __str__(self) -> str:
        return "the formatter does not answer"


@dataclass(slots=True)
class _Process:
    """One that runs, and opens its pipes one after the other."""

    running: Running
    folder: Path
    printed: int
    """The descriptor of what it prints."""
    left: int
    """Files that it can be given yet."""
    clock: MachineTime
    pipes: Iterator[str] = field(
        default_factory=lambda: itertools.islice(itertools.cycle(_PIPES), 1, None)
    )
    """Those that come after the first one."""
    writer: int = -1
    """The descriptor of the pipe that it has opened, -1 where it has opened none."""
    opening: asyncio.Task[None] = field(init=False)
    """Waits for the first pipe to be opened."""

    def __post_init__(self) -> None:
        self.opening = asyncio.create_task(self._wait_for(_PIPES[0], START_SECONDS))

    def ready(self) -> bool:
        """Whether it has opened its first pipe by now.

        Raises:
            _Gone: it has ended, or took too long.
        """
        if not self.opening.done():
            return False
        self.opening.result()
        return True

    async def unformatted(self, text: bytes) -> bool:
        """Whether it would change a file with this text.

        Raises:
            _Gone: it has ended, or takes too long.
        """
        try:
            if os.write(self.writer, text) < len(text):
                raise _Gone
            os.close(self.writer)  # its end
            self.writer = -1
            await self._wait_for(next(self.pipes), ANSWER_SECONDS)
        except (BrokenPipeError, BlockingIOError) as error:
            raise _Gone from error
        self.left -= 1
        try:
            return bool(os.read(self.printed, FILE_BYTES))
        except BlockingIOError:
            return False

    async def _wait_for(self, pipe: str, seconds: float) -> None:
        """Wait until it opens this pipe.

        Raises:
            _Gone: it has ended, or takes too long.
        """
        began = time.monotonic()
        try:
            async with self.clock.within(seconds):
                while not self._opened(self.folder / pipe):
                    if not self.running.alive:
                        raise _Gone
                    waited = time.monotonic() - began
                    await asyncio.sleep(min(_SLOW_POLL_SECONDS, max(_POLL_SECONDS, waited / 20)))
        except TimeoutError as error:
            raise _Gone from error

    def _opened(self, path: Path) -> bool:
        """Whether it has the pipe open; then we have, too."""
        with contextlib.suppress(OSError):  # ENXIO: nobody reads it yet
            self.writer = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        return self.writer >= 0

    async def stop(self) -> None:
        """End it; stopping twice is fine."""
        self.opening.cancel()
        await asyncio.gather(self.opening, return_exceptions=True)
        for descriptor in (self.writer, self.printed):
            if descriptor >= 0:
                os.close(descriptor)
        self.writer = self.printed = -1
        await self.running.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Formatter:
    """Says which files ``terraform fmt`` would change. An engine has one."""

    def __init__(
        self,
        installed: Installed,
        sandbox: Sandbox,
        folder: Path,
        clock: MachineTime,
        restarted: Restarted = uncounted,
    ) -> None:
        """``folder`` is the engine's, where the pipes lie."""
        self._installed = installed
        self._sandbox = sandbox
        self._clock = clock
        self._restarted = restarted
        self._folder = folder / "formatter"
        self._turn = asyncio.Lock()
        self._process: _Process | None = None
        self._from = 0.0

    async def open(self) -> None:
        """Start the process and wait for it; where that fails, it is tried again later."""
        try:
            if await self._waiting(1) is None and self._process is not None:
                await asyncio.wait((self._process.opening,))
                self._process.ready()
        except (SandboxError, _Gone) as error:
            _LOG.warning("every answer starts a formatter of its own for now: %s", error)
            await self._end()
        except BaseException:
            await self._end()
            raise

    async def look(self, prepared: PreparedConfiguration) -> StepResult | None:
        """What the step ``fmt`` would have come to, provided that Terraform accepts the files.

        None where only the step itself can tell.
        """
        given = _looked_at(prepared.files)
        if given is None:
            return None
        began = time.monotonic()
        async with self._turn:
            try:
                process = await self._waiting(len(given))
                if process is None:
                    return None
                changed = [name for name, text in given.items() if await process.unformatted(text)]
            except (_Gone, SandboxError) as error:
                _LOG.info("files are formatted in their own box: %s", error)
                if self._process is not None:
                    self._restarted("formatter")
                await self._end()
                return None
            except BaseException:
                await self._end()  # it has half a file
                raise
        said = "".join(f"{name}\n" for name in changed).encode()
        return StepResult(FMT.name, 0, said, b"", time.monotonic() - began)

    async def close(self) -> None:
        """End the process."""
        await self._end()

    async def _waiting(self, files: int) -> _Process | None:
        """The process, where it waits for files and can look at so many more; else one is begun.

        Raises:
            _Gone: it does not come to that.
            SandboxError: none can be started.
        """
        process = self._process
        if process is None or not process.running.alive or process.left <= files:
            if process is not None and process.left > files:
                self._restarted("formatter")
            await self._end()
            if time.monotonic() < self._from:
                raise SandboxError("the formatter could not be started a moment ago")
            try:
                process = self._process = await self._start()
            except SandboxError:
                self._from = time.monotonic() + TRY_AGAIN_SECONDS
                raise
        return process if process.ready() else None

    async def _start(self) -> _Process:
        folder = self._folder
        folder.mkdir()
        for name in (*_PIPES, _PRINTED):
            os.mkfifo(folder / name, 0o600)
            if os.geteuid() == 0:
                os.chown(folder / name, BOX_ID, BOX_ID)
        printed = os.open(folder / _PRINTED, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        command = (TERRAFORM, "fmt", "-list=true", "-write=false", "-no-color")
        files = itertools.islice(itertools.cycle(_PIPES), LOOKS)
        try:
            running = await self._sandbox.start(
                Service(
                    "formatter",
                    ("/bin/sh", "-c", _PRINTS, "sh", str(folder), *command, *files),
                    folder,
                    env=environment(_GO),
                    binds=(terraform_bind(self._installed),),
                    memory_bytes=MEMORY_BYTES,
                )
            )
        except BaseException:
            os.close(printed)
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return _Process(running, folder, printed, LOOKS, self._clock)

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await shielded(process.stop())


def _looked_at(files: Mapping[str, bytes]) -> dict[str, bytes] | None:
    """The texts that ``fmt`` would look at, by name; None where some are not for us.

    Those of a plain root module alone: Terraform reads every one of them, so one that is broken
    fails the plan.
    """
    found: dict[str, bytes] = {}
    for path, text in files.items():
        folder, _, name = path.partition("/")
        if folder != ORIGINAL or not name.endswith((".tf", ".tfvars", ".hcl")):
            continue
        plain = name.endswith(".tf") and "/" not in name and name[0] not in ".#" and "~" not in name
        if not plain or len(text) > FILE_BYTES:
            return None
        found[name] = text
    return found if 0 < len(found) <= FILES else None
