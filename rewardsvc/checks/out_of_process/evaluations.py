"""The process that evaluates checks, from our side: started when first needed, asked, replaced.

It is a service in the sandbox, without a network: the data come from untrusted files, and the
interpreter of Rego is native code. It forks for each job, so that a job can be ended and leaves
nothing behind for the next.
"""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from rewardsvc.checks.jmes import NoValue
from rewardsvc.checks.out_of_process.answers import Crashed, Exhausted, read_end
from rewardsvc.checks.out_of_process.jobs import answers_in, rego_job, search_job, without_data
from rewardsvc.checks.policies import PolicyAnswer
from rewardsvc.checks.rego import Module
from rewardsvc.types import JsonValue
from sandbox.base import MIB, Bind, Restarted, Sandbox, Service, uncounted
from sandbox.errors import ToolCrashed
from sandbox.listening import Listening
from sandbox.lock import ReadersWriterLock
from sandbox.python import python_binds

SECONDS = 10.0
"""CPU time of one job, which only computes; a policy of a public benchmark takes about 10 ms on its
plan."""
MEMORY_BYTES = 512 * MIB
"""Of one job; regorus takes about 40 bytes for a character of its input."""
SPARE_SECONDS = 20.0
"""Beyond its own, after which a job that has not ended itself is given up with the process. What a
busy machine keeps from it does not count."""
ANSWER_BYTES = 16 * MIB

_SCRIPT = Path(__file__).with_name("process.py")
_FUNCTIONS = _SCRIPT.parents[1] / "functions.py"


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
        self._at_once = at_once
        self._seconds = seconds
        self._memory = memory_bytes
        self._slots = asyncio.Semaphore(at_once)
        self._lock = ReadersWriterLock()
        self._evaluator = Listening(
            sandbox,
            self._service,
            name="checks",
            does="evaluates checks",
            restarted=partial(restarted, "evaluator"),
        )

    async def __aenter__(self) -> Self:
        """Start nothing yet."""
        await self._evaluator.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the process if it was started."""
        await self._evaluator.__aexit__(exc_type, exc, traceback)

    async def evaluate(
        self, module: Module, queries: Sequence[str], data: JsonValue
    ) -> Sequence[PolicyAnswer]:
        """See :meth:`rewardsvc.checks.policies.Policies.evaluate`."""
        return answers_in(await self.consult(rego_job(module, queries, data)))

    async def search(self, expressions: Sequence[str], data: JsonValue) -> Sequence[PolicyAnswer]:
        """See :meth:`rewardsvc.checks.policies.Policies.search`."""
        return answers_in(await self.consult(search_job(expressions, data)))

    async def consult(self, job: bytes) -> bytes:
        """What came of a job of :mod:`rewardsvc.checks.out_of_process.jobs`, to be read there too.

        Raises:
            NoValue: it ran out of its limits, or crashes on these data alone.
            sandbox.errors.*: a fault of ours.
        """
        async with self._slots, self._lock.shared():
            answer = await self._attempt(job)
        if isinstance(answer, Exhausted | Crashed):
            async with self._slots, self._lock.exclusive():
                answer = await self._attempt(job)
        if isinstance(answer, Exhausted):
            raise NoValue(answer.value)
        if isinstance(answer, Crashed):
            if answer.itself and await self._ends_well(without_data(job)):
                raise NoValue(f"{answer.how}, on this data alone")
            raise ToolCrashed(f"{answer.how}, twice")
        return answer

    async def _ends_well(self, job: bytes) -> bool:
        async with self._slots, self._lock.shared():
            return not isinstance(await self._attempt(job), Exhausted | Crashed)

    async def _attempt(self, job: bytes) -> bytes | Exhausted | Crashed:
        evaluator = await self._evaluator.started()
        try:
            async with self._evaluator.clock.within(self._seconds + SPARE_SECONDS):
                received = await _asked(evaluator.socket, job)
        except TimeoutError:
            # Whoever does not end himself at his limit has taken the process over, or hangs in it.
            await self._evaluator.replace(evaluator)
            return Exhausted.TIME
        except OSError as error:
            await self._evaluator.replace(evaluator)
            return Crashed(f"the process that evaluates checks does not answer ({error})")
        if received is None:
            return Exhausted.MEMORY
        answer = read_end(received, self._memory)
        if isinstance(answer, Crashed) and not evaluator.process.alive:
            await self._evaluator.replace(evaluator)
        return answer

    def _service(self, folder: Path, place: Path) -> Service:
        limits = (str(self._seconds), str(self._memory))
        return Service(
            "checks",
            (sys.executable, "-I", str(_SCRIPT), str(place), *limits),
            folder,
            # Else its allocator takes hold of 1 GiB at once, of the limit if not of memory.
            env={"MIMALLOC_ARENA_RESERVE": "0"},
            binds=(*python_binds(), *(Bind(each, str(each)) for each in (_SCRIPT, _FUNCTIONS))),
            memory_bytes=(self._at_once + 1) * self._memory,
            processes=64,
        )


async def _asked(place: Path, job: bytes) -> bytes | None:
    """All that comes of a job at that socket; None where that is more than any answer may be.

    Not by asyncio's streams: they stop reading when writing fails, and a job that ended
    before it had read everything has a trailer nevertheless.
    """
    loop = asyncio.get_running_loop()
    received = bytearray()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.setblocking(False)
        await loop.sock_connect(connection, str(place))
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
