"""The Docker back end: satisfies :class:`sandbox.base.Sandbox`.

What a container is like is in ``spec``, which system calls it may make in ``seccomp``, its life
in ``worker``, what it uses in ``gauge``, the engine in ``engine``. Here a command gets a warm
container, is watched, and has its end named; the container is ended and another one made warm.

A container serves one command. What would have to be taken back otherwise (files, processes,
shared memory, limits reached) is gone with it.
"""

import asyncio
import contextlib
import functools
import os
import signal
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self, TypeVar

from sandbox import binds, checked, selftest
from sandbox.base import Command, Ended, Limits, Result, Running, Service, StepResult, Usage
from sandbox.cgroups import Spent
from sandbox.docker import owner, seccomp, spec, worker
from sandbox.docker.engine import Engine, connect
from sandbox.docker.gauge import EngineGauge
from sandbox.docker.service import ContainedService
from sandbox.docker.stream import ContainerGone, Output
from sandbox.docker.worker import Worker
from sandbox.errors import SandboxError
from sandbox.idle_pool import IdlePool
from sandbox.outcome import ChildStatus, Ending, how_it_ended
from sandbox.shielded import shielded

T = TypeVar("T")

IMAGE = "assay"
WARM = 8
"""Containers that idle at once; each takes about 12 MB, most of it the engine's own."""

ATTEMPTS = 2
"""A warm container can have died unnoticed; a fresh one has not."""

_OOM_SECONDS = 0.5
"""The engine tells within this time that a container ended for memory."""

_RECONNECT_SECONDS = 0.5
_GONE_SECONDS = 10.0
_KILLED = 128 + signal.SIGKILL
_CORES = os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class ContainerKind:
    """What a warm container can be taken for: its shape, and that its binds are what they were."""

    shape: spec.Shape
    sources: tuple[tuple[int, int] | None, ...]


class DockerSandbox:
    """Runs commands in containers of ``image``, at most ``warm`` of which wait for work."""

    name = "docker"

    def __init__(self, image: str = IMAGE, *, warm: int = WARM, cores: float = spec.CORES) -> None:
        self._image = image
        self._cores = cores
        self._engine: Engine | None = None
        self._around = spec.Surroundings("", "", cores, {})
        self._idle: IdlePool[ContainerKind, Worker] = IdlePool(warm)
        self._services: set[ContainedService] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._oom: set[str] = set()
        self._opened = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Reach the engine, remove what a dead process left, self-test.

        Raises:
            IsolationMissing: no engine, no image, or a promise that is not kept; the remedy.
        """
        async with contextlib.AsyncExitStack() as opening:
            engine = await connect()
            opening.push_async_callback(engine.close)
            image = await engine.image(self._image)
            labels = owner.labels()
            self._around = spec.Surroundings(image, seccomp.profile(), self._cores, labels)
            for found in await engine.labelled(owner.LABEL):
                if owner.left_behind(found.labels):
                    await engine.remove(found.id)
            self._engine = engine
            listening = asyncio.create_task(self._listen(engine))
            opening.push_async_callback(_cancelled, listening)
            opening.push_async_callback(self._shut)
            await selftest.require_isolation(self)
            self._opened = opening.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove every container; no command may be running."""
        await self._opened.aclose()

    async def run(self, command: Command) -> Result:
        """Run a command to its end. Cancelling it ends its whole process tree.

        Raises:
            ValueError: the command cannot be run anywhere (the name of a file leaves the work
                directory, an argument has a NUL …).
            SandboxError: the isolation failed; says nothing about the program.
        """
        checked.check_words(command)
        files = checked.checked_files(command.files, command.limits)
        engine = self._open_engine()
        shape = spec.shape_of(command)
        binds.see_readable(shape.binds)
        kind = ContainerKind(shape, binds.identities(shape.binds))
        for attempt in range(1, ATTEMPTS + 1):
            box = await self._take(engine, kind)
            run = _Run(box, command, files, functools.partial(self._told_oom, box))
            try:
                return await self._finished(run)
            except ContainerGone:
                if attempt == ATTEMPTS:
                    raise
            finally:
                await self._end(engine, box, kind)
        raise AssertionError("the last attempt returns or raises")

    async def start(self, wanted: Service) -> Running:
        """Start a service; see :class:`sandbox.base.Service`.

        Raises:
            SandboxError: it could not be started.
        """
        engine = self._open_engine()
        binds.see_readable(wanted.binds)
        user = worker.USER
        if os.geteuid() == 0:
            os.chown(wanted.folder, *map(int, user.split(":")))
        else:  # who is not root cannot give the folder away
            user = f"{os.geteuid()}:{os.getegid()}"
        making = self._spawn(worker.start(engine, spec.service(wanted, self._around)))
        try:
            box = await asyncio.shield(making)
            stream = await box.serve(wanted.argv, wanted.env, user)
            service = ContainedService(box, stream, functools.partial(self._told_oom, box))
        except BaseException:
            await shielded(self._spawn(_ended(making)))
            raise
        self._services = {each for each in self._services if each.alive} | {service}
        return service

    def _open_engine(self) -> Engine:
        if self._engine is None:
            raise SandboxError("the sandbox is not open: use it in `async with`")
        return self._engine

    async def _finished(self, run: "_Run") -> Result:
        """Run a command in its container and say how that ended."""
        trouble: SandboxError | None = None
        try:
            await run.go()
        except SandboxError as error:
            trouble = error
        if not run.spent.oom_kills and run.doubtful:
            until = time.monotonic() + _OOM_SECONDS
            while not run.out_of_memory() and time.monotonic() < until:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        if run.out_of_memory() and not run.spent.oom_kills:
            run.spent = replace(run.spent, oom_kills=1)
        if trouble is not None and not run.spent.oom_kills:
            raise trouble
        return run.result()

    def _told_oom(self, box: Worker) -> bool:
        return box.container in self._oom

    async def _take(self, engine: Engine, kind: ContainerKind) -> Worker:
        while (warm := self._idle.take(kind)) is not None:
            if warm.usable:
                return warm
            self._spawn(warm.end())
        making = self._spawn(self._made(engine, kind.shape))
        try:
            return await asyncio.shield(making)
        except asyncio.CancelledError:
            self._spawn(self._keep(making, kind))
            raise

    async def _made(self, engine: Engine, shape: spec.Shape) -> Worker:
        box = await worker.start(engine, spec.worker(shape, self._around))
        try:
            await box.warm_up()
        except SandboxError:
            await box.end()
            raise
        return box

    async def _keep(self, making: asyncio.Task[Worker], kind: ContainerKind) -> None:
        """Put a container into the pool once it is made; if it is not, the next command says so."""
        with contextlib.suppress(SandboxError):
            for old in self._idle.put(kind, await making):
                await old.end()

    async def _end(self, engine: Engine, box: Worker, kind: ContainerKind) -> None:
        """End a container that was used, even when cancelled, and have another made warm."""
        ending = self._spawn(box.end())
        self._spawn(self._keep(self._spawn(self._made(engine, kind.shape)), kind))
        await shielded(ending)
        self._oom.discard(box.container)

    async def _listen(self, engine: Engine) -> None:
        """Note which containers run out of memory, as long as the sandbox is open."""
        while True:
            with contextlib.suppress(SandboxError):
                async for container in engine.out_of_memory(owner.filter_of(self._around.labels)):
                    self._oom.add(container)
            await asyncio.sleep(_RECONNECT_SECONDS)

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _shut(self) -> None:
        engine, self._engine = self._open_engine(), None
        while self._tasks:
            await asyncio.wait(self._tasks)
        services, self._services = self._services, set()
        left = [box.end() for box in self._idle.clear()]
        await asyncio.gather(*left, *(service.stop() for service in services))
        await self._see_gone(engine)

    async def _see_gone(self, engine: Engine) -> None:
        """Wait until the engine has removed what was ended."""
        label = owner.filter_of(self._around.labels)
        until = time.monotonic() + _GONE_SECONDS
        while left := await engine.labelled(label):
            if time.monotonic() > until:
                for container in left:
                    await engine.remove(container.id)
                return
            await asyncio.sleep(0.02)


class _Run:
    """One command in its container, and what is known of it."""

    def __init__(
        self,
        box: Worker,
        command: Command,
        files: dict[str, bytes],
        out_of_memory: Callable[[], bool],
    ) -> None:
        self.box = box
        self.out_of_memory = out_of_memory
        """Whether the engine has said so."""
        self.complete = False
        """Whether all steps that were due have ended."""
        self.stopped: Ended | None = None
        self.spent = Spent(None, None, 0)
        self._command = command
        self._files = files
        self._at_first = Spent(None, None, 0)
        self._steps: list[StepResult] = []
        self._output = Output(command.limits.output_bytes)
        self._wall_seconds = 0.0

    @property
    def doubtful(self) -> bool:
        """Whether it may have run out of memory although nobody has told us yet.

        Where the container is gone, so is what was counted. Where one of its processes was
        killed, an engine that counts nothing tells of it a bit later.
        """
        if not self.complete:
            return self.stopped is None
        killed = any(step.exit_code == _KILLED for step in self._steps)
        return killed and isinstance(self.box.gauge, EngineGauge)

    async def go(self) -> None:
        """Run it to its end, or until a limit is reached.

        Raises:
            SandboxError: the engine failed, or the container did.
        """
        limits = self._command.limits
        self._at_first = await self.box.gauge.at_first()
        try:
            await self.box.unpack(self._files)
        except SandboxError:
            self.spent = await self.box.gauge.at_last()
            raise
        began = time.monotonic()
        running = asyncio.create_task(self._run_steps())
        watching = asyncio.create_task(self._watch(limits))
        try:
            done, _ = await asyncio.wait(
                (running, watching),
                timeout=limits.wall_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if running not in done:
                self.stopped = watching.result() if watching in done else Ended.WALL_TIME
            self._wall_seconds = time.monotonic() - began
            self.spent = await self.box.gauge.at_last()
        finally:
            running.cancel()
            watching.cancel()
            await asyncio.wait((running, watching))
        if not running.cancelled():
            running.result()

    def result(self) -> Result:
        """What the command did.

        Raises:
            SandboxError: its container broke.
        """
        cpu = None
        if self.spent.cpu_seconds is not None and self._at_first.cpu_seconds is not None:
            cpu = max(0.0, self.spent.cpu_seconds - self._at_first.cpu_seconds)
        ended = how_it_ended(
            Ending(
                status=ChildStatus(child_pid=1),
                launcher_code=-9,
                stopped=self.stopped,
                step_codes=tuple(step.exit_code for step in self._steps),
                complete=self.complete,
                oom_kills=self.spent.oom_kills,
                cpu_seconds=cpu,
                wall_seconds=self._wall_seconds,
            ),
            self._command.limits,
        )
        usage = Usage(self._wall_seconds, cpu, self.spent.peak_memory_bytes)
        return Result(ended, tuple(self._steps), usage, self._output.cut)

    async def _run_steps(self) -> None:
        for number, step in enumerate(self._command.steps):
            if not step.due(self._steps):
                continue
            if self._steps:
                await self.box.quiet()
            stdin = b"" if number else self._command.stdin
            result = await self.box.step(
                step.name,
                step.argv,
                self._command.env,
                stdin,
                self._output,
                watches=self._command.watches and len(self._command.steps) == 1,
            )
            if result is None:
                return
            self._steps.append(result)
        self.complete = True

    async def _watch(self, limits: Limits) -> Ended:
        """Returns when all processes together have used the command's CPU time, or too much
        memory."""
        gauge = self.box.gauge
        left = limits.cpu_seconds
        while left > 0:
            await asyncio.sleep(min(gauge.pause_seconds, max(0.02, left / _CORES)))
            spent = await gauge.spent()
            if spent.oom_kills or self.out_of_memory():
                return Ended.MEMORY
            used = (spent.cpu_seconds or 0.0) - (self._at_first.cpu_seconds or 0.0)
            left = limits.cpu_seconds - used
        return Ended.CPU_TIME


async def _ended(making: asyncio.Task[Worker]) -> None:
    """End a container that nobody waits for any more, once it is made; if it is."""
    with contextlib.suppress(SandboxError):
        await (await making).end()


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait((task,))
