"""The process that evaluates checks, from our side: started when first needed, asked, replaced.

It is a service in the sandbox, without a network: the data come from untrusted files, and the
interpreter of Rego is native code. It forks for each job, so that a job can be ended and leaves
nothing behind for the next.
"""

import asyncio
import contextlib
import itertools
import math
import socket
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from rewardsvc.checks.apart.answers import Crashed, Exhausted, read_end
from rewardsvc.checks.apart.jobs import answers_in, on_nothing, rego_job, search_job
from rewardsvc.checks.jmes import NoValue
from rewardsvc.checks.policies import PolicyAnswer
from rewardsvc.checks.rego import Module
from rewardsvc.types import JsonValue
from sandbox.base import MIB, Bind, Restarted, Running, Sandbox, Service, uncounted
from sandbox.errors import ToolCrashed
from sandbox.folder import held_folder
from sandbox.machine_time import MachineTime
from sandbox.probe import Probe
from sandbox.python import python_binds
from sandbox.turns import Turns

SECONDS = 10.0
"""CPU time of one job, which only computes; a policy of a public benchmark takes about 10 ms on its
plan."""
MEMORY_BYTES = 512 * MIB
"""Of one job; regorus takes about 40 bytes for a character of its input."""
START_SECONDS = 60.0
"""From its start to its first word; usual is half a second."""
SPARE_SECONDS = 20.0
"""Beyond its own, after which a job that has not ended itself is given up with the process. What a
busy machine keeps from it does not count, here and at the start."""
ANSWER_BYTES = 16 * MIB

_SCRIPT = Path(__file__).with_name("process.py")


class Evaluations:
    """Evaluates checks in a service: a :class:`rewardsvc.checks.policies.Policies`.

    ``at_once``: how many jobs may run at the same time; ``restarted`` is told when the process
    died or hung.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        at_once: int = 2,
        *,
        seconds: float = SECONDS,
        memory_bytes: int = MEMORY_BYTES,
        restarted: Restarted = uncounted,
    ) -> None:
        self._sandbox = sandbox
        self._restarted = restarted
        self._probe = Probe(sandbox)
        self._clock = MachineTime(self._probe.pace)
        self._at_once = at_once
        self._seconds = seconds
        self._memory = memory_bytes
        self._slots = asyncio.Semaphore(at_once)
        self._turns = Turns()
        self._starting = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._folder: Path | None = None
        self._numbers = itertools.count()
        self._process: Running | None = None
        self._socket = Path()

    async def __aenter__(self) -> Self:
        """Start nothing yet."""
        await self._stack.enter_async_context(self._probe)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the process if it was started."""
        async with self._stack:
            await self._end()

    async def evaluate(
        self, module: Module, queries: Sequence[str], data: JsonValue
    ) -> Sequence[PolicyAnswer]:
        """See :meth:`rewardsvc.checks.policies.Policies.evaluate`."""
        return answers_in(await self.consult(rego_job(module, queries, data)))

    async def search(self, expressions: Sequence[str], data: JsonValue) -> Sequence[PolicyAnswer]:
        """See :meth:`rewardsvc.checks.policies.Policies.search`."""
        return answers_in(await self.consult(search_job(expressions, data)))

    async def consult(self, job: bytes) -> bytes:
        """What came of a job of :mod:`rewardsvc.checks.apart.jobs`, to be read there too.

        Raises:
            NoValue: it ran out of its limits, or crashes on these data alone.
            sandbox.errors.*: a fault of ours.
        """
        async with self._slots, self._turns.beside_others():
            answer = await self._attempt(job)
        if isinstance(answer, Exhausted | Crashed):
            async with self._slots, self._turns.alone():
                answer = await self._attempt(job)
        if isinstance(answer, Exhausted):
            raise NoValue(answer.value)
        if isinstance(answer, Crashed):
            if answer.itself and await self._ends_well(on_nothing(job)):
                raise NoValue(f"{answer.how}, on this data alone")
            raise ToolCrashed(f"{answer.how}, twice")
        return answer

    async def _ends_well(self, job: bytes) -> bool:
        async with self._slots, self._turns.beside_others():
            return not isinstance(await self._attempt(job), Exhausted | Crashed)

    async def _attempt(self, job: bytes) -> bytes | Exhausted | Crashed:
        process = await self._started()
        try:
            async with self._clock.within(self._seconds + SPARE_SECONDS):
                received = await self._ask(job)
        except TimeoutError:
            # Whoever does not end himself at his limit has taken the process over, or hangs in it.
            await self._end(process)
            return Exhausted.TIME
        except OSError as error:
            await self._end(process)
            return Crashed(f"the process that evaluates checks does not answer ({error})")
        if received is None:
            return Exhausted.MEMORY
        answer = read_end(received, self._memory)
        if isinstance(answer, Crashed) and not process.alive:
            await self._end(process)
        return answer

    async def _ask(self, job: bytes) -> bytes | None:
        """All that comes of a job; None where that is more than any answer may be.

        Not by asyncio's streams: they stop reading when writing fails, and a job that ended
        before it had read everything has a trailer nevertheless.
        """
        loop = asyncio.get_running_loop()
        received = bytearray()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.setblocking(False)
            await loop.sock_connect(connection, str(self._socket))
            with contextlib.suppress(ConnectionError):
                await loop.sock_sendall(connection, job)
                connection.shutdown(socket.SHUT_WR)
            resets = 0
            while len(received) <= ANSWER_BYTES:
                try:
                    part = await loop.sock_recv(connection, 65536)
                except ConnectionError:  # told once, of what was not read; then what was said
                    resets += 1
                    if resets > 1:
                        break
                    continue
                if not part:
                    return bytes(received)
                received += part
        return None if len(received) > ANSWER_BYTES else bytes(received)

    async def _started(self) -> Running:
        """The process, started by whoever comes first.

        Raises:
            SandboxError: it could not be started.
            ToolCrashed: it ended at its start.
        """
        async with self._starting:
            if self._process is not None and self._process.alive:
                return self._process
            if self._process is not None:
                self._restarted("evaluator")
            await self._end_now()
            if self._folder is None:
                self._folder = self._stack.enter_context(held_folder("checks"))
            # One folder each: its owner is the box's identity, and two may differ.
            place = self._folder / str(next(self._numbers))
            place.mkdir()
            self._socket = place / "jobs.sock"
            process = await self._sandbox.start(
                Service(
                    "checks",
                    (
                        sys.executable,
                        "-I",
                        str(_SCRIPT),
                        str(self._socket),
                        str(self._seconds),
                        str(self._memory),
                    ),
                    place,
                    # Else its allocator takes hold of 1 GiB at once, of the limit if not of memory.
                    env={"MIMALLOC_ARENA_RESERVE": "0"},
                    binds=(*python_binds(), Bind(_SCRIPT, str(_SCRIPT))),
                    memory_bytes=(self._at_once + 1) * self._memory,
                    processes=64,
                )
            )
            self._process = process
            try:
                async with self._clock.within(START_SECONDS):
                    line = await process.first_line(math.inf)
                if not line:
                    raise ToolCrashed(f"the process that evaluates checks ended: {process.said}")
            except TimeoutError as error:
                await self._end_now()
                raise ToolCrashed("the process that evaluates checks did not start") from error
            except BaseException:
                await self._end_now()
                raise
            return process

    async def _end(self, process: Running | None = None) -> None:
        """End the process, if it is still that one."""
        async with self._starting:
            if process is None or process is self._process:
                if process is not None:
                    self._restarted("evaluator")
                await self._end_now()

    async def _end_now(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await process.stop()
