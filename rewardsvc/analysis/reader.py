"""A reader, from within its process: one job after the other comes over its connection.

What it needs of the server's resources it asks for over the same connection, in the place of the
parts of a workbench.
"""

import asyncio
import itertools
import logging
import mmap
import os
import pickle
import resource
import signal
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NoReturn

from rewardsvc.analysis.base import Bounds
from rewardsvc.analysis.ending import ReadingPhase
from rewardsvc.analysis.frames import Channel
from rewardsvc.answer import Markers
from rewardsvc.checks.out_of_process.jobs import answers_in, rego_job, search_job
from rewardsvc.checks.policies import PolicyAnswer
from rewardsvc.checks.rego import Module
from rewardsvc.errors import InvalidRequest
from rewardsvc.faults import classified
from rewardsvc.identity import Conditions, identity
from rewardsvc.pipeline import (
    Examined,
    Prepared,
    compile_task,
    composed,
    examine,
    prepare_answer,
)
from rewardsvc.types import Components, JsonValue, ScoreRequest, Task
from rewardsvc.verification.verifier import Workbench
from rewardsvc.wire.answers import Encoded
from sandbox.base import Command, Result
from sandbox.terraform import Depth, TerraformOutcome
from sandbox.toolchain import Toolchain

Call = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Terms:
    """What all readers of one scorer have in common; sent once. See
    :class:`rewardsvc.analysis.Resources`."""

    toolchain: Toolchain
    terraform: bool
    terraform_until: Depth
    markers: Markers
    conditions: Conditions | None
    weights: Components
    asks: bool
    bounds: Bounds


def work(connection: socket.socket, terms: Terms, phase: mmap.mmap) -> NoReturn:
    """Be a reader until the server hangs up; ``phase[0]`` tells what is read, also afterwards."""
    resource.setrlimit(resource.RLIMIT_DATA, (terms.bounds.memory_bytes,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asyncio.run(_Jobs(terms, phase).serve(connection))
    os._exit(0)


class _Jobs:
    """The jobs of one connection, one at a time, in the order in which they come."""

    def __init__(self, terms: Terms, phase: mmap.mmap) -> None:
        self._terms = terms
        self._phase = phase
        self._channel = Channel(pickle.loads, self._received, lambda *_: os._exit(0))
        self._numbers = itertools.count()
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._waiting: dict[int, tuple[str, list[Any]]] = {}
        self._job: asyncio.Task[None] | None = None
        self._prepared: Prepared | None = None
        self._workbench = Workbench(
            _Commands(self._call),
            terms.toolchain,
            _Terraform(self._call) if terms.terraform else None,
            terms.terraform_until,
        )
        self._policies = _Policies(self._call)
        self._seconds: Mapping[ReadingPhase, float] = {
            ReadingPhase.NOTHING: 0.0,
            ReadingPhase.TASK: terms.bounds.task_seconds,
            ReadingPhase.ANSWER: terms.bounds.answer_seconds,
        }

    async def serve(self, connection: socket.socket) -> None:
        """Never comes back: the process ends with the connection."""
        logging.getLogger().addHandler(_Forward(self._channel))
        loop = asyncio.get_running_loop()
        await loop.connect_accepted_socket(lambda: self._channel, connection)
        await loop.create_future()

    def _received(self, message: tuple[Any, ...]) -> None:
        kind, number, *rest = message
        if kind == "answer":
            if asked := self._asked.get(number):
                asked.set_result(rest[0])
        elif kind == "failure":
            if asked := self._asked.get(number):
                asked.set_exception(rest[0])
        elif kind == "withdraw":
            if self._waiting.pop(number, None):
                self._channel.send("not-begun", number)
        else:
            self._waiting[number] = (kind, rest)
            if self._job is None:
                self._job = asyncio.ensure_future(self._work_off())
                self._job.add_done_callback(_crash_where_it_broke)

    async def _work_off(self) -> None:
        """Do what waits, and hear in between whether some of it is withdrawn."""
        while self._waiting:
            number = next(iter(self._waiting))
            kind, given = self._waiting.pop(number)
            await self._done(number, kind, given)
            if self._waiting:
                # What was said meanwhile is read in the second turn of the loop: in the first,
                # this task comes before it.
                await asyncio.sleep(0)
                await asyncio.sleep(0)
        self._job = None

    async def _done(self, number: int, kind: str, given: list[Any]) -> None:
        """Do a job and tell what came of it."""
        jobs: Mapping[str, Call] = {
            "compile": self._compile,
            "prepare": self._prepare,
            "examine": self._examine,
            "score": self._score,
        }
        outcome: object = None
        with classified() as broken:
            outcome = await jobs[kind](*given)
        self._enter(ReadingPhase.NOTHING)
        if isinstance(broken.error, InvalidRequest):
            self._channel.send("invalid", number, broken.error.field, broken.error.message)
        elif broken.error is not None:
            self._channel.send("done", number, Examined(fault=broken.fault))
        else:
            self._channel.send("done", number, outcome)

    async def _compile(self, task: Task) -> None:
        self._enter(ReadingPhase.TASK)
        compile_task(task, self._terms.markers)

    async def _prepare(self, request: ScoreRequest) -> str:
        self._enter(ReadingPhase.TASK)
        task = compile_task(request.task, self._terms.markers)
        self._enter(ReadingPhase.ANSWER)
        prepared = self._prepared = prepare_answer(task, request)
        conditions = self._terms.conditions
        return identity(prepared, conditions) if conditions is not None else ""

    async def _examine(self) -> Examined | Encoded:
        if self._phase[0] != ReadingPhase.ANSWER:
            self._enter(ReadingPhase.ANSWER)
        assert self._prepared is not None  # it is prepared first
        terms = self._terms
        examined = await examine(
            self._prepared,
            self._workbench,
            self._policies,
            asks=terms.asks,
            limited=True,
        )
        if examined.question is not None or examined.overrun:
            return examined
        digest = terms.toolchain.digest
        verdict = composed("", examined, digest, terms.weights, asks=terms.asks)
        return Encoded.of(verdict, whole=not examined.doubtful)

    async def _score(self, request: ScoreRequest) -> tuple[str, Examined | Encoded]:
        """Both at once, where nothing is gained by looking up the identity between them."""
        return await self._prepare(request), await self._examine()

    def _enter(self, phase: ReadingPhase) -> None:
        """Begin with the phase and its time, whose end is the process's."""
        self._phase[0] = phase
        signal.setitimer(signal.ITIMER_PROF, self._seconds[phase])

    async def _call(self, name: str, *given: object) -> Any:
        """Have the server do something that needs its resources."""
        number = next(self._numbers)
        asked = self._asked[number] = asyncio.get_running_loop().create_future()
        self._channel.send("call", number, name, given)
        try:
            return await asked
        except asyncio.CancelledError:
            self._channel.send("cancel", number)
            raise
        finally:
            del self._asked[number]


def _crash_where_it_broke(job: asyncio.Task[None]) -> None:
    """A panic in a library of Rust is no Exception that anybody classifies, and nothing would be
    said of the job any more: it ends the process as a crash in C does."""
    if not job.cancelled() and job.exception() is not None:
        os.abort()


class _Forward(logging.Handler):
    """Has what is logged here logged by the server, which somebody reads."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record, with the traceback as text."""
        self._channel.send("log", record.name, record.levelno, self.format(record))


class _Commands:
    """Those that the server runs: a :class:`sandbox.base.Runner`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def run(self, command: Command) -> Result:
        """See :class:`sandbox.base.Runner`."""
        result: Result = await self._call("run", command)
        return result


class _Terraform:
    """The server's engine: a :class:`sandbox.terraform.TerraformRunner`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def run(
        self,
        files: Mapping[str, bytes],
        until: Depth = Depth.PLAN,
        before: Mapping[str, bytes] = MappingProxyType({}),
    ) -> TerraformOutcome:
        """See :class:`sandbox.terraform.TerraformRunner`."""
        given = (dict(files), until, dict(before))
        outcome: TerraformOutcome = await self._call("run_terraform", *given)
        return outcome


class _Policies:
    """The server's evaluations: a :class:`rewardsvc.checks.Policies`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def evaluate(
        self, module: Module, queries: Sequence[str], data: JsonValue
    ) -> Sequence[PolicyAnswer]:
        """See :class:`rewardsvc.checks.Policies`."""
        return answers_in(await self._call("consult", rego_job(module, queries, data)))

    async def search(self, expressions: Sequence[str], data: JsonValue) -> Sequence[PolicyAnswer]:
        """See :class:`rewardsvc.checks.Policies`."""
        return answers_in(await self._call("consult", search_job(expressions, data)))
