"""The Docker back end: satisfies :class:`sandbox.base.Sandbox`.

What a container is like is in ``spec``, which system calls it may make in ``seccomp``, its life
in ``worker``, what it uses in ``gauge``, the engine in ``engine``. Here a command gets a warm
container, is watched, and has its end named; the container is ended and another one made warm.
"""

import asyncio
import contextlib
import time
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from sandbox import driver, layout, selftest
from sandbox.base import Command, Ended, Limits, Result, Running, Service, StepResult, Usage
from sandbox.cgroups import Spent
from sandbox.docker import owner, seccomp, spec, worker
from sandbox.docker.engine import Engine, Image, connect
from sandbox.docker.gauge import EngineGauge, Gauge, GroupGauge, group_of
from sandbox.docker.pool import Shelf
from sandbox.docker.stream import Output
from sandbox.docker.worker import Worker
from sandbox.errors import SandboxError
from sandbox.outcome import Ending, Status, how_it_ended

T = TypeVar("T")

IMAGE = "assay"
WARM = 8
"""Containers that idle at once; each takes about 12 MB, most of it the engine's own."""

SAMPLE_SECONDS = 0.5
"""How often a command's CPU time is looked at, at the latest."""


class DockerSandbox:
    """Runs commands in containers of ``image``, at most ``warm`` of which wait for work."""

    name = "docker"

    def __init__(self, image: str = IMAGE, *, warm: int = WARM, cores: float = spec.CORES) -> None:
        self._wanted = image
        self._cores = cores
        self._engine: Engine | None = None
        self._image = Image("", ())
        self._around = spec.Surroundings("", "", cores, {})
        self._shelf: Shelf[spec.Shape, tuple[Worker, Gauge]] = Shelf(warm)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._opened = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Reach the engine, remove what a dead process left, self-test.

        Raises:
            IsolationMissing: no engine, no image, or a promise that is not kept; the remedy.
        """
        async with contextlib.AsyncExitStack() as opening:
            engine = await connect()
            opening.push_async_callback(engine.close)
            self._image = await engine.image(self._wanted)
            labels = owner.labels()
            self._around = spec.Surroundings(self._image.id, seccomp.profile(), self._cores, labels)
            for found in await engine.labelled(owner.LABEL):
                if owner.left_behind(found.labels):
                    await engine.remove(found.id)
            self._engine = engine
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
        """See :meth:`sandbox.base.Sandbox.run`.

        Raises:
            ValueError: the command cannot be run anywhere.
            SandboxError: the isolation failed; says nothing about the program.
        """
        layout.check_words(command)
        files = layout.checked_files(command.files, command.limits)
        if self._engine is None:
            raise SandboxError("the sandbox is not open: use it in `async with`")
        shape = spec.shape_of(command)
        box, gauge = await self._take(shape)
        try:
            return await self._run_in(box, gauge, command, files)
        finally:
            await self._ended(box, shape)

    async def start(self, wanted: Service) -> Running:
        """See :meth:`sandbox.base.Sandbox.start`."""
        raise SandboxError("the docker sandbox cannot run services yet")

    async def _run_in(
        self, box: Worker, gauge: Gauge, command: Command, files: dict[str, bytes]
    ) -> Result:
        limits = command.limits
        at_first = await gauge.spent()
        if files:
            await box.unpack(files)
        output = Output(limits.output_bytes)
        steps: list[StepResult] = []
        began = time.monotonic()
        running = asyncio.create_task(_steps(box, gauge, command, output, steps))
        watching = asyncio.create_task(_cpu_time_is_over(gauge, at_first, limits))
        try:
            await asyncio.wait(
                (running, watching),
                timeout=limits.wall_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
            stopped = None
            if not running.done():
                stopped = Ended.CPU_TIME if watching.done() else Ended.WALL_TIME
            complete = running.done() and running.result()
            spent = await gauge.spent()
        finally:
            for task in (running, watching):
                task.cancel()
            await asyncio.wait((running, watching))
        wall = time.monotonic() - began
        cpu = None
        if spent.cpu_seconds is not None and at_first.cpu_seconds is not None:
            cpu = spent.cpu_seconds - at_first.cpu_seconds
        ended = how_it_ended(
            Ending(
                status=Status(child_pid=1),
                launcher_code=-9,
                stopped=stopped,
                step_codes=tuple(step.exit_code for step in steps),
                complete=complete,
                oom_kills=spent.oom_kills,
                cpu_seconds=cpu,
                wall_seconds=wall,
            ),
            limits,
        )
        return Result(ended, tuple(steps), Usage(wall, cpu, spent.peak_memory_bytes), output.cut)

    async def _take(self, shape: spec.Shape) -> tuple[Worker, Gauge]:
        if (warm := self._shelf.take(shape)) is not None:
            return warm
        return await asyncio.shield(self._spawn(self._make(shape)))

    async def _make(self, shape: spec.Shape) -> tuple[Worker, Gauge]:
        assert self._engine is not None
        config = spec.worker(shape, self._around)
        box = await worker.start(self._engine, config, ("HOSTNAME", *self._image.env))
        state = await self._engine.state(box.container)
        group = group_of(int(state["Pid"]))
        if group is None:
            return box, EngineGauge(self._engine, box.container)
        return box, GroupGauge(group)

    async def _ended(self, box: Worker, shape: spec.Shape) -> None:
        """End a container that was used, also when cancelled, and have another made warm."""
        ending = self._spawn(box.end())
        self._spawn(self._warm(shape))
        await asyncio.shield(ending)

    async def _warm(self, shape: spec.Shape) -> None:
        for box, _ in self._shelf.put(shape, await self._make(shape)):
            self._spawn(box.end())

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _shut(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)
        await asyncio.gather(*(box.end() for box, _ in self._shelf.clear()))
        self._engine = None


async def _steps(
    box: Worker, gauge: Gauge, command: Command, output: Output, done: list[StepResult]
) -> bool:
    """Run the steps that are due; False where the container ended before they were through."""
    for number, step in enumerate(command.steps):
        if not driver.due(step, [result.exit_code for result in done]):
            continue
        if done:
            await box.quiet()
        stdin = b"" if number else command.stdin
        result = await box.step(step.name, step.argv, command.env, stdin, output)
        if result is None:
            return False
        done.append(result)
    return True


async def _cpu_time_is_over(gauge: Gauge, at_first: Spent, limits: Limits) -> None:
    """Returns when all processes together have used the command's CPU time."""
    while True:
        await asyncio.sleep(SAMPLE_SECONDS)
        spent = await gauge.spent()
        if (spent.cpu_seconds or 0.0) - (at_first.cpu_seconds or 0.0) >= limits.cpu_seconds:
            return
