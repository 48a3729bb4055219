"""Readers in processes: forked when they are needed, kept for the next, replaced when they end."""

import asyncio
import os
import pickle
import site
import socket
import sys
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import assay

import rewardsvc
import sandbox
from rewardsvc.analysis.base import USUAL_BOUNDS, Bounds, Resources
from rewardsvc.analysis.conversation import Call, Conversation, NotBegun
from rewardsvc.analysis.ending import Cause, End, ReaderEnded, ReadingPhase
from rewardsvc.analysis.reader import Terms
from rewardsvc.errors import InvalidRequest
from rewardsvc.pipeline import Examined, overrun
from rewardsvc.types import ScoreRequest, Task
from rewardsvc.wire.answers import Encoded
from sandbox.alternatives import ALTERNATIVES, BOUND_ALTERNATIVES
from sandbox.base import MIB, Bind, Service
from sandbox.errors import TimedOutByUs, ToolCrashed
from sandbox.listening import Listening
from sandbox.python import python_binds
from sandbox.toolchain import Source, Toolchain

JOBS = 20_000
"""Of one process, which then ends: what libraries remember is gone with it."""

ATTEMPTS = 2
"""A process that crashed or was killed is given one more chance."""

ZYGOTE = Path(__file__).with_name("zygote.py")

ZYGOTE_BYTES = 256 * MIB
"""Of the process that readers are forked from."""


class ReaderPool:
    """Satisfies :class:`rewardsvc.analysis.Readers`."""

    def __init__(
        self, resources: Resources, *, bounds: Bounds = USUAL_BOUNDS, program: Path = ZYGOTE
    ) -> None:
        """``program`` is the script that readers are forked from."""
        bench = resources.workbench
        self._bounds = bounds
        self._program = program
        self._toolchain = bench.toolchain
        self._at_once = resources.at_once
        self._terms = Terms(
            toolchain=bench.toolchain,
            terraform=bench.terraform is not None,
            terraform_until=bench.terraform_until,
            markers=resources.markers,
            conditions=resources.conditions,
            weights=resources.weights,
            asks=resources.asks,
            bounds=bounds,
        )
        calls: dict[str, Call] = {"run": bench.sandbox.run, "consult": resources.policies.consult}
        if bench.terraform is not None:
            calls["run_terraform"] = bench.terraform.run
        self._calls = calls
        self._zygote = Listening(
            resources.sandbox,
            self._service,
            name="readers",
            does="reads answers",
            restarted=partial(resources.restarted, "reader"),
        )
        self._open: list[Conversation] = []
        self._held: set[Conversation] = set()

    async def __aenter__(self) -> Self:
        """Start nothing yet."""
        await self._zygote.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End every process."""
        for conversation in self._open:
            conversation.close()
        await self._zygote.__aexit__(exc_type, exc, traceback)

    async def start(self) -> None:
        """See :class:`rewardsvc.analysis.Readers`."""
        await self._zygote.started()

    def lend(self, *, light: bool = False) -> "PooledReader":
        """See :class:`rewardsvc.analysis.Readers`."""
        return PooledReader(self, light=light)

    @property
    def identifies(self) -> bool:
        """Whether anybody wants to know a request's identity."""
        return self._terms.conditions is not None

    async def take(self) -> Conversation:
        """With a process that nobody else has until it is given back.

        Raises:
            SandboxError: it could not be started.
            ToolCrashed: the zygote ended at its start.
        """
        conversation = self._free() or await self._opened()
        self._held.add(conversation)
        return conversation

    async def share(self) -> Conversation:
        """With a process for one job that can wait for another, to be given at once.

        Raises:
            SandboxError: it could not be started.
            ToolCrashed: the zygote ended at its start.
        """
        alive = (each for each in self._open if not each.ended)
        busy = [each for each in alive if not each.free or each in self._held]
        if len(busy) >= self._at_once:
            for conversation in busy:
                shared = conversation not in self._held and conversation.jobs < JOBS
                if shared and conversation.takes_next:
                    return conversation
        return self._free() or await self._opened()

    def give_back(self, conversation: Conversation) -> None:
        """Keep a process for the next, where it is fit for one."""
        self._held.discard(conversation)
        if not conversation.free:
            conversation.close()

    def _free(self) -> Conversation | None:
        """One that has nothing to do."""
        for conversation in self._open:
            if conversation.free and conversation not in self._held:
                if conversation.jobs < JOBS:
                    return conversation
                conversation.close()
        return None

    async def _opened(self) -> Conversation:
        """One more.

        Raises:
            SandboxError: it could not be started.
            ToolCrashed: the zygote ended at its start.
        """
        zygote = await self._zygote.started()
        loop = asyncio.get_running_loop()
        conversation = Conversation(self._calls, self._bounds)
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.setblocking(False)
            await loop.sock_connect(connection, str(zygote.socket))
            await loop.create_unix_connection(lambda: conversation.channel, sock=connection)
        except OSError as error:
            connection.close()
            raise ReaderEnded(End(ReadingPhase.NOTHING, Cause.KILLED)) from error
        except BaseException:
            connection.close()
            raise
        self._open = [each for each in self._open if not each.ended] + [conversation]
        return conversation

    def _service(self, folder: Path, place: Path) -> Service:
        terms = folder / "terms"
        terms.write_bytes(pickle.dumps(self._terms))
        return Service(
            "readers",
            (sys.executable, "-sP", str(self._program), str(place), str(terms)),
            folder,
            # Else its allocator takes hold of 1 GiB at once, of the limit if not of memory.
            env={"MIMALLOC_ARENA_RESERVE": "0", "PYTHONPATH": _search_path()},
            binds=_binds(self._toolchain, self._program),
            memory_bytes=(2 * self._at_once + 1) * self._bounds.memory_bytes + ZYGOTE_BYTES,
            processes=4 * self._at_once + 64,
        )


class PooledReader:
    """Satisfies :class:`rewardsvc.analysis.Reader` with a process of the pool."""

    def __init__(self, pool: ReaderPool, *, light: bool) -> None:
        self._pool = pool
        self._light = light
        self._conversation: Conversation | None = None
        self._request: ScoreRequest | None = None
        self._found: Examined | Encoded | None = None

    async def compile(self, task: Task) -> None:
        """See :class:`rewardsvc.analysis.Reader`."""
        await self._done("compile", task)

    async def prepare(self, request: ScoreRequest) -> str | Examined:
        """See :class:`rewardsvc.analysis.Reader`."""
        self._request = request
        # Nothing is to be looked up in between, or that would cost as much.
        whole = self._light or not self._pool.identifies
        found = await self._done("score" if whole else "prepare", request)
        if isinstance(found, tuple):
            found, self._found = found
        assert isinstance(found, str | Examined)
        return found

    async def examine(self) -> Examined | Encoded:
        """See :class:`rewardsvc.analysis.Reader`."""
        found = self._found or await self._done("examine")
        assert isinstance(found, Examined | Encoded)
        return found

    def give_back(self) -> None:
        """See :class:`rewardsvc.analysis.Reader`."""
        conversation, self._conversation = self._conversation, None
        if conversation is not None:
            self._pool.give_back(conversation)

    async def _done(self, job: str, *given: object) -> Any:
        """What came of a job, in a second process where the first one crashed or was killed.

        Raises:
            InvalidRequest: the request says so, or its task cannot be read within the limits.
            sandbox.errors.*: the processes were killed, or there are none.
        """
        attempt = 1
        while True:
            try:
                return await self._attempt(job, *given)
            except NotBegun:
                self._light = False
            except ReaderEnded as ended:
                self._light = False
                self._drop()
                if attempt == ATTEMPTS or ended.end.cause.final:
                    return _outcome(ended.end)
                attempt += 1

    async def _attempt(self, job: str, *given: object) -> Any:
        if self._light:
            conversation = await self._pool.share()
            return await conversation.ask(job, *given)
        if self._conversation is None:
            self._conversation = await self._pool.take()
            if job == "examine":  # the process that prepared it has ended
                early = await self._conversation.ask("prepare", self._request)
                if isinstance(early, Examined):
                    return early
        return await self._conversation.ask(job, *given)

    def _drop(self) -> None:
        conversation, self._conversation = self._conversation, None
        if conversation is not None:
            conversation.close()
            self._pool.give_back(conversation)


def _outcome(end: End) -> Examined:
    """What comes of an end that a second attempt would not better.

    Raises:
        InvalidRequest: the task brought it about.
        sandbox.errors.*: we did.
    """
    if end.cause is Cause.SILENT:
        raise TimedOutByUs(end.cause.value)
    if end.cause.ours or end.phase is ReadingPhase.NOTHING:
        raise ToolCrashed(f"{end.cause.value}, twice")
    if end.phase is ReadingPhase.TASK:
        raise InvalidRequest("task", f"its analysis was given up: {end.cause.value}")
    return overrun(end.cause.value)


def _packages() -> list[Path]:
    """Where this package lies, and those it is made of: installed, or a checkout."""
    return [Path(folder) for package in (assay, rewardsvc, sandbox) for folder in package.__path__]


def _search_path() -> str:
    """Where readers find them, beside what is installed."""
    installed = set(map(Path, site.getsitepackages()))
    folders = dict.fromkeys(package.parent for package in _packages())
    return os.pathsep.join(str(folder) for folder in folders if folder not in installed)


def _binds(toolchain: Toolchain, program: Path) -> tuple[Bind, ...]:
    """What readers see: Python, this package and those it is made of, and the schemas."""
    packages = _packages()
    schemas = [
        tool.path
        for tool in toolchain.tools.values()
        if tool.path is not None
        and tool.source is not Source.MISSING
        and (tool.path.is_dir() or tool.path.suffix == ".json")
    ]
    if toolchain.crd_schemas is not None:
        schemas.append(toolchain.crd_schemas)
    python = python_binds()
    needed = dict.fromkeys((*packages, *schemas, program))
    seen = (*(bind.source for bind in python), *needed)
    return (
        *python,
        *(Bind(links, BOUND_ALTERNATIVES) for links in (ALTERNATIVES,) if links.is_dir()),
        *(
            Bind(place, str(place))
            for place in needed
            if not any(other in place.parents for other in seen)
        ),
    )
