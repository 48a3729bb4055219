"""The scorer in this process: it holds the sandbox, the toolchain and the Terraform engine."""

import asyncio
import functools
import itertools
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from types import MappingProxyType, TracebackType
from typing import Any, Self

from rewardsvc.analysis import Reader, ReaderPool, Readers, Resources, is_light
from rewardsvc.answer import Markers
from rewardsvc.cache import VerdictCache
from rewardsvc.cache.cached import CachedVerdict
from rewardsvc.checks.out_of_process import Evaluations
from rewardsvc.digest import digest_of_code
from rewardsvc.errors import CannotServe, InvalidRequest, Overloaded
from rewardsvc.faults import classified
from rewardsvc.identity import Conditions
from rewardsvc.judge import judgement_missing
from rewardsvc.judge.panel import Panel, open_panel
from rewardsvc.judge.votes import Vote
from rewardsvc.limits import require_limits
from rewardsvc.means import Inventory, fault_of_server
from rewardsvc.metrics import Metrics
from rewardsvc.pipeline import Examined, conclude, unread
from rewardsvc.settings import Settings
from rewardsvc.sizes import characters
from rewardsvc.store.guarded import Guarded
from rewardsvc.store.select import open_store
from rewardsvc.types import Components, FailureKind, Fault, ScoreRequest, Task, Verdict
from rewardsvc.verification.verifier import Workbench
from rewardsvc.wire.answers import Encoded
from rewardsvc.workers import Turn, Workers
from sandbox.base import Restarted, Sandbox
from sandbox.errors import IsolationMissing
from sandbox.retry import RetryingSandbox
from sandbox.select import open_sandbox
from sandbox.terraform import Depth, TerraformEngine, TerraformOutcome, open_engine
from sandbox.toolchain import Source, Toolchain, discover


class LocalScorer:
    """Scores in this process: a :class:`rewardsvc.scorer.Scorer`.

    At most ``settings.workers`` completions are worked on at once, and where they are small and of
    a format that seldom needs a program, as many more are at hand; ``settings.queue`` more may
    wait, and what comes beyond is answered OVERLOADED.
    """

    def __init__(
        self, settings: Settings, readers: Callable[[Resources], Readers] = ReaderPool
    ) -> None:
        """``readers``: where the text of others is read, in processes beside this one."""
        self._settings = settings
        self._make_readers = readers
        self._weights = settings.weights
        self._markers = Markers.of(settings.thoughts)
        self._cache: VerdictCache | None = None
        self._conditions: Conditions | None = None
        self.metrics = Metrics()
        self._workers = Workers(settings.workers, settings.queue)
        self.metrics.waiting.set_function(lambda: self._workers.waiting)
        self._stack = AsyncExitStack()
        self._working: set[asyncio.Task[Any]] = set()
        self._workbench: Workbench | None = None
        self._terraform: TerraformOnDemand | None = None
        self._readers: Readers | None = None
        self._compiling = asyncio.Lock()
        self._panel: Panel | None = None

    async def __aenter__(self) -> Self:
        """Find the tools and make the sandbox ready; Terraform starts when it is first needed.

        Raises:
            CannotServe: isolation does not hold on this machine, a setting names no Redis, or a
                judge cannot be asked; says what to do.
            ExtraMissing: a judge's SDK is not installed.
        """
        settings = self._settings
        # discover() reads files and asks binaries for their versions: not for the event loop.
        toolchain = await asyncio.to_thread(discover, settings.tools, settings.terraform_mirror)
        async with AsyncExitStack() as stack:
            try:
                sandbox = await stack.enter_async_context(
                    RetryingSandbox(open_sandbox(settings.sandbox, image=settings.docker_image))
                )
            except IsolationMissing as error:
                raise CannotServe(f"refusing to run untrusted files: {error}") from error
            tool = toolchain.tools.get("terraform")
            if tool is not None and tool.source is not Source.MISSING:
                self._terraform = await stack.enter_async_context(
                    TerraformOnDemand(settings, toolchain, sandbox, self.metrics.restarted)
                )
            policies = await stack.enter_async_context(
                Evaluations(sandbox, settings.workers, restarted=self.metrics.restarted)
            )
            until = Depth.DEPLOY if settings.terraform_deploy else Depth.PLAN
            self._workbench = Workbench(sandbox, toolchain, self._terraform, until)
            self._panel = await stack.enter_async_context(open_panel(settings, self._count_vote))
            if settings.cache:
                self._cache = VerdictCache(Guarded(open_store(settings), self.metrics))
                stack.push_async_callback(self._cache.close)
                self._conditions = Conditions(
                    toolchain=toolchain.digest,
                    code=await asyncio.to_thread(digest_of_code),  # it reads files
                    weights=self._weights,
                    terraform=settings.terraform,
                    terraform_deploy=settings.terraform_deploy,
                    sandbox=sandbox.name,
                    thoughts=settings.thoughts,
                    judge=self._panel.identity if self._panel else "",
                )
            resources = Resources(
                workbench=self._workbench,
                sandbox=sandbox,
                policies=policies,
                markers=self._markers,
                conditions=self._conditions,
                weights=self._weights,
                asks=self._panel is not None,
                at_once=settings.workers,
                restarted=self.metrics.restarted,
            )
            self._readers = await stack.enter_async_context(self._make_readers(resources))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Cancel what is under way, wait until its tools are gone, end every process."""
        for task in self._working:
            task.cancel()
        if self._working:
            await asyncio.wait(self._working)
        await self._stack.aclose()
        self._workbench = None

    def _count_vote(self, vote: Vote) -> None:
        self.metrics.voted(vote.judge, rated=vote.rating is not None, usage=vote.usage)

    @property
    def workbench(self) -> Workbench:
        """What the verifiers work with; only while the scorer is open."""
        if self._workbench is None:
            raise RuntimeError("the scorer is not open: use it in `async with`")
        return self._workbench

    @property
    def weights(self) -> Components:
        """The weights of the reward rule."""
        return self._weights

    @property
    def capacity(self) -> int:
        """How many completions may be worked on and wait, whatever they are."""
        return self._settings.workers + self._settings.queue

    @property
    def expected_wait(self) -> float:
        """Seconds that a completion would wait for a worker if it came now, as it looks."""
        return self._workers.expected_wait

    async def warm_up(self) -> None:
        """Start now what the first requests would start: what reads them, and Terraform.

        Raises:
            sandbox.errors.*: it did not start; later requests try again.
        """
        await self._open_readers.start()
        if self._terraform is not None:
            await self._terraform.started()

    async def score(
        self, requests: Sequence[ScoreRequest], *, within: float | None = None
    ) -> list[Verdict]:
        """One verdict for each request, in the same order.

        What would not be ready within so many seconds from now is OVERLOADED, at once or as soon
        as it shows: work for somebody who will be gone delays everybody else.

        Raises:
            InvalidRequest: a request that nobody can score; none was scored.
        """
        for request in requests:
            require_limits(request)
            unread(request)
        if len(requests) > 1:
            await self._see_scorable([request.task for request in requests])
        # A batch never sheds itself: it hands over no more than the workers and the queue hold.
        slots = asyncio.Semaphore(self.capacity)
        deadline = _deadline(within)

        async def one(request: ScoreRequest) -> Verdict:
            async with slots:
                return (await self._score(request, deadline)).verdict(request.id)

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(request)) for request in requests]
        except ExceptionGroup as refused:
            raise refused.exceptions[0] from None
        return [task.result() for task in tasks]

    async def score_one(self, request: ScoreRequest, *, within: float | None = None) -> Verdict:
        """Like :meth:`score` for one request.

        Raises:
            InvalidRequest: a request that nobody can score.
        """
        return (await self.score_encoded(request, within=within)).verdict(request.id)

    async def score_encoded(
        self, request: ScoreRequest, *, within: float | None = None, fingerprint: bytes = b""
    ) -> Encoded:
        """The verdict as a message; :meth:`recall` knows the request by its fingerprint then.

        Raises:
            InvalidRequest: a request that nobody can score.
        """
        require_limits(request)
        return await self._score(request, _deadline(within), fingerprint)

    def recall(self, fingerprint: bytes) -> CachedVerdict | None:
        """The cached verdict of a request that was scored before; None where it must be scored.

        It takes microseconds and no task of its own: a server can answer from it at once.
        """
        if self._cache is None:
            return None
        recalled = self._cache.recall(fingerprint)
        if recalled is None:
            return None
        self.metrics.recalled(recalled.format, recalled.kept.reward)
        return recalled.kept

    @property
    def _open_readers(self) -> Readers:
        if self._readers is None:
            raise RuntimeError("the scorer is not open: use it in `async with`")
        return self._readers

    async def _see_scorable(self, tasks: Sequence[Task]) -> None:
        """See that all tasks can be scored.

        Raises:
            InvalidRequest: one cannot.
        """
        distinct = [task for task, _ in itertools.groupby(tasks) if task.checks]
        async with self._compiling:
            reader = self._open_readers.lend()
            try:
                # What breaks here breaks again when they are scored, one by one.
                with classified(InvalidRequest):
                    for task in distinct:
                        await reader.compile(task)
            finally:
                reader.give_back()

    async def _score(
        self, request: ScoreRequest, deadline: float, fingerprint: bytes = b""
    ) -> Encoded:
        start = time.perf_counter()
        with self._ended_with_us():
            verdict = await self._verdict(request, deadline, fingerprint)
        self.metrics.observe(request.task.format, verdict, time.perf_counter() - start)
        return verdict

    async def _verdict(self, request: ScoreRequest, deadline: float, fingerprint: bytes) -> Encoded:
        """The verdict, kept or made. A worker is held from reading the request to the last tool."""
        if (found := unread(request)) is not None:
            lacking = fault_of_server(request.task.means, Inventory(self.workbench.toolchain))
            return await self._concluded(Examined(fault=lacking) if lacking else found)
        size = characters(request)
        light = is_light(request, size)
        with ExitStack() as held:
            try:
                format = request.task.format
                turn = await self._workers.turn(format, deadline, size, light=light)
            except Overloaded as error:
                fault = Fault(FailureKind.OVERLOADED, str(error))
                return await self._concluded(Examined(fault=fault))
            held.callback(turn.end)
            reader = self._open_readers.lend(light=light)
            held.callback(reader.give_back)
            with classified(InvalidRequest) as broken:
                prepared = await reader.prepare(request)
                if isinstance(prepared, Examined):
                    return await self._concluded(prepared)
                if self._cache is None:
                    return await self._work(reader, turn)
                work = functools.partial(self._work, reader, turn)
                return await self._cache.get(prepared, format, work, fingerprint, held)
            return await self._concluded(Examined(fault=broken.fault))

    async def _work(self, reader: Reader, turn: Turn) -> Encoded:
        """The verdict for what the reader has prepared."""
        with self._ended_with_us():
            with classified() as broken:
                examined: Examined | Encoded = await reader.examine()
            if broken.error is not None:
                examined = Examined(fault=broken.fault)
            reader.give_back()
            turn.end(whole=True)
            return await self._concluded(examined)

    async def _concluded(self, examined: Examined | Encoded) -> Encoded:
        """The verdict; an answer of the judge is waited for without a worker."""
        if isinstance(examined, Encoded):
            return examined
        toolchain = self.workbench.toolchain.digest
        verdict = await conclude("", examined, toolchain, self._weights, self._panel)
        whole = not examined.doubtful and not judgement_missing(verdict.stages)
        return Encoded.of(verdict, whole=whole)

    @contextmanager
    def _ended_with_us(self) -> Iterator[None]:
        """Closing ends what the current task does, also while it waits for a worker: it must not
        begin on a closed sandbox."""
        task = asyncio.current_task()
        assert task is not None  # coroutines of asyncio run in tasks
        self._working.add(task)
        try:
            yield
        finally:
            self._working.discard(task)


def _deadline(within: float | None) -> float:
    """On the clock of the event loop."""
    return math.inf if within is None else asyncio.get_running_loop().time() + within


class TerraformOnDemand:
    """A Terraform engine that starts when it is first needed; a start that failed is retried."""

    def __init__(
        self, settings: Settings, toolchain: Toolchain, sandbox: Sandbox, restarted: Restarted
    ) -> None:
        self._kind = settings.terraform
        self._restarted = restarted
        self._settings = settings
        self._toolchain = toolchain
        self._sandbox = sandbox
        self._stack = AsyncExitStack()
        self._engine: TerraformEngine | None = None
        self._starting = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Start nothing yet."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the engine if it was started."""
        self._engine = None
        await self._stack.aclose()

    async def started(self) -> TerraformEngine:
        """The engine, started by whoever comes first.

        Raises:
            sandbox.errors.*: it did not start.
        """
        async with self._starting:
            engine = self._engine
            if engine is None:
                engine = await self._stack.enter_async_context(
                    open_engine(
                        self._kind,
                        self._toolchain,
                        self._sandbox,
                        providers=self._settings.terraform_providers or self._settings.workers,
                        emulator=self._settings.emulator,
                        restarted=self._restarted,
                    )
                )
                self._engine = engine
            return engine

    async def run(
        self,
        files: Mapping[str, bytes],
        until: Depth = Depth.PLAN,
        before: Mapping[str, bytes] = MappingProxyType({}),
    ) -> TerraformOutcome:
        """See :meth:`sandbox.terraform.TerraformEngine.run`."""
        return await (await self.started()).run(files, until, before)
