"""Has the workers of a cluster do what costs, and does it again where one is lost."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar

from datagen.errors import ClusterUnusable, DatagenError, StageFault
from datagen.execution.cluster.base import (
    ClusterWorker,
    Equipment,
    ModelOrder,
    WorkerCluster,
    WorkerLost,
)
from datagen.execution.cluster.models import ClusterModel
from datagen.execution.cluster.pool import Pool
from datagen.execution.cluster.workplace import STAGES
from datagen.record import Record
from datagen.stages import RecordStage
from rewardsvc.errors import RewardServiceError
from rewardsvc.llm import ModelName, ModelSilent, Question, open_model
from rewardsvc.types import ScoreRequest, Verdict

Result = TypeVar("Result")

LOST_AT_IT = 3
"""Workers that may be lost at the same record: perhaps it takes more memory than they have."""

LONGEST_WAIT_SECONDS = 120.0
"""How long nobody may be there to work: machines that are started need a minute."""

_LOOK_SECONDS = 5.0
"""How often the cluster is asked for its processors: machines join, and places become free."""


class ClusterWorkers:
    """Runs stages and asks models on a cluster; an async context manager, for one event loop."""

    def __init__(
        self,
        cluster: WorkerCluster,
        equipment: Equipment,
        *,
        most: int,
        told: Callable[[str], None] = lambda _: None,
        longest_wait_seconds: float = LONGEST_WAIT_SECONDS,
    ) -> None:
        """``most``: how many workers there may be. ``told`` hears of those that come and go."""
        self._cluster = cluster
        self._equipment = equipment
        self._pool = Pool(most)
        self._told = told
        self._longest_wait = longest_wait_seconds
        self._workers: dict[int, ClusterWorker] = {}
        self._refusal: DatagenError | RewardServiceError | None = None
        self._changed = asyncio.Condition()
        self._looked_for = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to look for workers."""
        self._watching = self._begin(self._watched())
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let them go, whatever they are at."""
        for worker in self._workers.values():
            worker.end()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def run(self, stage: RecordStage[Result], record: Record) -> Result:
        """What a stage finds of a record; what scores is done by a worker.

        Raises:
            StageFault: as :meth:`datagen.stages.RecordStage.run` does; too many workers were lost.
            ClusterUnusable: nobody is there to do it.
        """
        if stage.name not in STAGES:
            return await stage.run(record)
        needed = _needed(record)
        for _ in range(LOST_AT_IT):
            with suppress(WorkerLost):
                found: Any = await self._by_one(lambda worker: worker.run(stage.name, needed))
                return found  # type: ignore[no-any-return]
        raise StageFault(
            f"{LOST_AT_IT} workers were lost at it; it may take more memory than a node has"
        )

    async def ask(self, model: ModelOrder, question: Question) -> str:
        """What a model answers. It is asked once: whether to pay again is not decided here.

        Raises:
            rewardsvc.llm.ModelError: as :meth:`rewardsvc.llm.Model.ask` does.
            ClusterUnusable: nobody is there to do it.
        """
        try:
            return await self._by_one(lambda worker: worker.ask(model, question))
        except WorkerLost as error:
            raise ModelSilent(f"{model.name}: the worker that asked was lost: {error}") from error

    def open_model(
        self,
        name: ModelName,
        *,
        timeout_seconds: float,
        temperature: float | None = None,
        extra: str = "judge",
    ) -> ClusterModel:
        """A model that workers ask; see :func:`rewardsvc.llm.open_model`."""
        order = ModelOrder(
            name=name, timeout_seconds=timeout_seconds, temperature=temperature, extra=extra
        )
        model = open_model(
            name, timeout_seconds=timeout_seconds, temperature=temperature, extra=extra
        )
        return ClusterModel(model, order, self.ask)

    async def _by_one(self, work: Callable[[ClusterWorker], Awaitable[Result]]) -> Result:
        number = await self._taken()
        try:
            return await work(self._workers[number])
        except WorkerLost as error:
            await self._lost(number, str(error))
            raise
        finally:
            self._pool.done(number)

    async def _taken(self) -> int:
        """The number of who does the next thing."""
        async with self._changed:
            try:
                async with asyncio.timeout(self._longest_wait):
                    while (number := self._pool.take()) is None:
                        if self._refusal is not None and not self._pool.may_be_ready:
                            raise self._refusal
                        if self._watching is not None and self._watching.done():
                            self._watching.result()  # nobody will come any more, and why
                        await self._changed.wait()
            except TimeoutError:
                raise ClusterUnusable(
                    f"no worker of the cluster was there for {self._longest_wait:.0f} seconds: "
                    "each takes one CPU, and `ray status` says who has them"
                ) from None
        return number

    async def _watched(self) -> None:
        """Start workers, as many as there is room for, for as long as this lasts.

        Raises:
            ClusterUnusable: there is no cluster any more.
        """
        try:
            await self._started_anew()
        finally:
            async with self._changed:
                self._changed.notify_all()

    async def _started_anew(self) -> None:
        while True:
            for _ in range(self._pool.wanted(await self._cluster.processors())):
                number = self._pool.start()
                self._workers[number] = self._cluster.worker()
                self._begin(self._started(number))
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._looked_for.wait()
            self._looked_for.clear()

    async def _started(self, number: int) -> None:
        try:
            await self._workers[number].prepare(self._equipment)
        except WorkerLost:
            self._pool.lost(number)
            self._workers.pop(number).end()
        except (DatagenError, RewardServiceError) as error:
            self._refused(number, error)
        except Exception as error:  # noqa: BLE001 - whatever it was, its place must become free
            self._refused(number, ClusterUnusable(f"{type(error).__name__}: {error}"))
        else:
            self._pool.ready(number)
        async with self._changed:
            self._changed.notify_all()

    def _refused(self, number: int, error: DatagenError | RewardServiceError) -> None:
        self._refusal = error
        self._pool.refused(number)
        self._workers.pop(number).end()
        self._told(f"a worker cannot work: {error}")

    async def _lost(self, number: int, why: str) -> None:
        if self._pool.lost(number):
            self._told(f"a worker was lost, and what it was at is done again: {why}")
            self._workers.pop(number).end()
            self._looked_for.set()


class ScoredElsewhere:
    """The :class:`rewardsvc.scorer.Scorer` of stages that workers run: nobody here asks it."""

    async def __aenter__(self) -> Self:
        """Nothing to open."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Nothing to close."""

    async def score(self, requests: Sequence[ScoreRequest]) -> list[Verdict]:
        """Not to be asked."""
        raise NotImplementedError(f"{len(requests)} requests for a worker to score")


def _needed(record: Record) -> Record:
    """A record with what scoring looks at: the rest need not travel."""
    return Record(
        id=record.id, source=record.source, task=record.task, completion=record.completion
    )
