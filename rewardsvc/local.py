"""The scorer in this process: it holds the sandbox, the toolchain and the Terraform engine."""

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from rewardsvc.answer import Markers, pair_of
from rewardsvc.cache import VerdictCache
from rewardsvc.cache.guarded import Guarded
from rewardsvc.cache.kept import Kept
from rewardsvc.cache.select import open_store
from rewardsvc.checks.apart import Evaluations
from rewardsvc.errors import CannotServe, Overloaded
from rewardsvc.identity import Conditions, digest_of_code, identity
from rewardsvc.judge.panel import Panel, open_panel
from rewardsvc.metrics import Metrics
from rewardsvc.pipeline import Prepared, conclude, examine, prepare, unscored
from rewardsvc.settings import Settings
from rewardsvc.types import Components, FailureKind, Fault, ScoreRequest, Verdict
from rewardsvc.verifiers.base import Workbench
from rewardsvc.workers import Workers
from sandbox.base import Sandbox
from sandbox.errors import IsolationMissing
from sandbox.patience import SecondChance
from sandbox.select import open_sandbox
from sandbox.terraform import Depth, TerraformEngine, TerraformOutcome, open_engine
from sandbox.toolchain import Source, Toolchain, discover


class LocalScorer:
    """Scores in this process: a :class:`rewardsvc.scorer.Scorer`.

    At most ``settings.workers`` completions are worked on at once; ``settings.queue`` more may
    wait, and what comes beyond is answered OVERLOADED.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._weights = Components(
            settings.weight_syntax, settings.weight_correctness, settings.weight_format
        )
        self._markers = Markers(map(pair_of, settings.thoughts))
        self._cache: VerdictCache | None = None
        self._conditions: Conditions | None = None
        self.metrics = Metrics()
        self._workers = Workers(settings.workers, settings.queue)
        self.metrics.waiting.set_function(lambda: self._workers.waiting)
        self._stack = AsyncExitStack()
        self._working: set[asyncio.Task[Any]] = set()
        self._workbench: Workbench | None = None
        self._terraform: TerraformOnDemand | None = None
        self._evaluations: Evaluations | None = None
        self._panel: Panel | None = None

    async def __aenter__(self) -> Self:
        """Find the tools and make the sandbox ready; Terraform starts when it is first needed.

        Raises:
            CannotServe: isolation does not hold on this machine, a setting names no Redis, or a
                judge cannot be asked; says what to do.
        """
        settings = self._settings
        # discover() reads files and asks binaries for their versions: not for the event loop.
        toolchain = await asyncio.to_thread(discover, settings.tools, settings.terraform_mirror)
        async with AsyncExitStack() as stack:
            try:
                sandbox = await stack.enter_async_context(
                    SecondChance(open_sandbox(settings.sandbox, image=settings.docker_image))
                )
            except IsolationMissing as error:
                raise CannotServe(f"refusing to run untrusted files: {error}") from error
            tool = toolchain.tools.get("terraform")
            if tool is not None and tool.source is not Source.MISSING:
                self._terraform = await stack.enter_async_context(
                    TerraformOnDemand(settings, toolchain, sandbox)
                )
            self._evaluations = await stack.enter_async_context(
                Evaluations(sandbox, settings.workers)
            )
            until = Depth.DEPLOY if settings.terraform_deploy else Depth.PLAN
            self._workbench = Workbench(sandbox, toolchain, self._terraform, until)
            self._panel = await stack.enter_async_context(open_panel(settings, self.metrics.voted))
            if settings.cache:
                self._cache = VerdictCache(Guarded(open_store(settings), self.metrics))
                stack.push_async_callback(self._cache.close)
                self._conditions = Conditions(
                    toolchain=toolchain.digest,
                    code=await asyncio.to_thread(digest_of_code),  # it reads files
                    weights=self._weights,
                    terraform=settings.terraform,
                    terraform_deploy=settings.terraform_deploy,
                    thoughts=settings.thoughts,
                    judge=self._panel.identity if self._panel else "",
                )
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
        """How many completions are worked on or wait at most."""
        return self._settings.workers + self._settings.queue

    @property
    def expected_wait(self) -> float:
        """Seconds that a completion would wait for a worker if it came now, as it looks."""
        return self._workers.expected_wait

    async def warm_up(self) -> None:
        """Start Terraform now rather than at the first request that needs it.

        Raises:
            sandbox.errors.*: it did not start; later requests try again.
        """
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
        prepared = [prepare(request, self._markers) for request in requests]
        # A batch never sheds itself: it hands over no more than the workers and the queue hold.
        slots = asyncio.Semaphore(self.capacity)
        deadline = _deadline(within)

        async def one(each: Prepared) -> Verdict:
            async with slots:
                return await self._score(each, deadline)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(each)) for each in prepared]
        return [task.result() for task in tasks]

    async def score_one(
        self, request: ScoreRequest, *, within: float | None = None, fingerprint: bytes = b""
    ) -> Verdict:
        """Like :meth:`score` for one request, which :meth:`recall` knows by its fingerprint then.

        Raises:
            InvalidRequest: a request that nobody can score.
        """
        deadline = _deadline(within)
        return await self._score(prepare(request, self._markers), deadline, fingerprint)

    def recall(self, fingerprint: bytes) -> Kept | None:
        """The kept verdict of a request that was scored before; None where it must be scored.

        It takes microseconds and no task of its own: a server can answer from it at once.
        """
        if self._cache is None:
            return None
        recalled = self._cache.recall(fingerprint)
        if recalled is None:
            return None
        self.metrics.recalled(recalled.format, recalled.kept.reward)
        return recalled.kept

    async def _score(
        self, prepared: Prepared, deadline: float, fingerprint: bytes = b""
    ) -> Verdict:
        start = time.perf_counter()
        verdict = await self._verdict(prepared, deadline, fingerprint)
        self.metrics.observe(prepared.verifier.format, verdict, time.perf_counter() - start)
        return verdict

    async def _verdict(self, prepared: Prepared, deadline: float, fingerprint: bytes) -> Verdict:
        if self._cache is None or self._conditions is None:
            return await self._work(prepared, deadline)
        return await self._cache.get(
            identity(prepared, self._conditions),
            prepared.request,
            lambda: self._work(prepared, deadline),
            fingerprint,
        )

    async def _work(self, prepared: Prepared, deadline: float) -> Verdict:
        task = asyncio.current_task()
        assert task is not None  # coroutines of asyncio run in tasks
        # From here on closing ends it, also while it waits: it must not begin on a closed sandbox.
        self._working.add(task)
        try:
            async with self._workers.turn(
                prepared.verifier.format, deadline, len(prepared.request.completion)
            ):
                examined = await examine(
                    prepared, self.workbench, self._evaluations, asks=self._panel is not None
                )
            # The judge is waited for without a worker.
            return await conclude(
                prepared.request.id,
                examined,
                self.workbench.toolchain.digest,
                self._weights,
                self._panel,
            )
        except Overloaded as error:
            return unscored(
                prepared.request.id,
                Fault(FailureKind.OVERLOADED, str(error)),
                self.workbench.toolchain.digest,
                self._weights,
            )
        finally:
            self._working.discard(task)


def _deadline(within: float | None) -> float:
    """On the clock of the event loop."""
    return math.inf if within is None else asyncio.get_running_loop().time() + within


class TerraformOnDemand:
    """A Terraform engine that starts when it is first needed; a start that failed is retried."""

    def __init__(self, settings: Settings, toolchain: Toolchain, sandbox: Sandbox) -> None:
        self._kind = settings.terraform
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
                    )
                )
                self._engine = engine
            return engine

    async def run(self, files: Mapping[str, bytes], until: Depth = Depth.PLAN) -> TerraformOutcome:
        """See :meth:`sandbox.terraform.TerraformEngine.run`."""
        return await (await self.started()).run(files, until)
