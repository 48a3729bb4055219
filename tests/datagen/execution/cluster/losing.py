"""A cluster in this process that loses workers on demand: for faults only.

That a real one behaves so is tested in test_ray_slow.py.
"""

import asyncio
import pickle
from collections.abc import Callable

from datagen.errors import ClusterUnusable
from datagen.execution.cluster.base import Equipment, ModelOrder, WorkerLost
from datagen.record import Record
from datagen.stages.verify import Verification, request_of
from rewardsvc.connection import Connection
from rewardsvc.llm import Question
from rewardsvc.reward import DEFAULT_WEIGHTS
from tests.datagen.faults import scored

EQUIPMENT = Equipment(
    server="127.0.0.1:1", connection=Connection(), weights=DEFAULT_WEIGHTS, code="same"
)


class LosingCluster:
    """``processors``: as many workers work. ``loses``: whether the worker with a number (from 1) is
    lost at a record; ``refuses``: whether it cannot work; ``breaks``: whether it breaks at its
    beginning, as nobody foresaw. ``correctness``: of a record;
    ``answer``: to a question."""

    def __init__(
        self,
        processors: int = 2,
        *,
        loses: Callable[[int, str], bool] = lambda number, record: False,
        refuses: Callable[[int], bool] = lambda number: False,
        breaks: Callable[[int], bool] = lambda number: False,
        correctness: Callable[[str], float] = lambda record: 1.0,
        answer: Callable[[Question], str] = lambda question: "",
    ) -> None:
        self.count = processors
        self.loses, self.refuses, self.breaks = loses, refuses, breaks
        self.correctness, self.answer = correctness, answer
        self.workers: list[LosingWorker] = []
        self.asked: list[str] = []
        self.at_once = self.most_at_once = 0

    async def processors(self) -> int:
        return self.count

    def worker(self) -> "LosingWorker":
        self.workers.append(LosingWorker(self, len(self.workers) + 1))
        return self.workers[-1]


class LosingWorker:
    def __init__(self, cluster: LosingCluster, number: int) -> None:
        self.cluster, self.number = cluster, number
        self.ended = False

    async def prepare(self, equipment: Equipment) -> None:
        if self.cluster.refuses(self.number):
            raise ClusterUnusable(f"worker {self.number} has another version")
        if self.cluster.breaks(self.number):
            raise OSError(f"no room for worker {self.number}")
        await asyncio.sleep(0.001 * self.number)

    async def run(self, stage: str, record: Record) -> object:
        record = pickle.loads(pickle.dumps(record))  # as it travels
        await self._at(record.id)
        self.cluster.asked.append(record.id)
        assert stage == Verification.name
        verdict = scored(request_of(record), self.cluster.correctness(record.id))
        return pickle.loads(pickle.dumps(verdict))

    async def ask(self, model: ModelOrder, question: Question) -> str:
        await self._at(question.prompt)
        return self.cluster.answer(question)

    def end(self) -> None:
        self.ended = True

    async def _at(self, what: str) -> None:
        assert not self.ended
        cluster = self.cluster
        cluster.at_once += 1
        cluster.most_at_once = max(cluster.most_at_once, cluster.at_once)
        await asyncio.sleep(0.0005 * self.number)
        cluster.at_once -= 1
        if cluster.loses(self.number, what):
            raise WorkerLost(f"worker {self.number}")
