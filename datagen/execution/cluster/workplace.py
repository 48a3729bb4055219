"""What a worker's process does: it scores at the reward server, and asks models.

It keeps nothing and decides nothing: what it finds goes back to who asked.
"""

import os
import socket
from contextlib import AsyncExitStack
from pathlib import Path

import datagen
from datagen.errors import ClusterUnusable
from datagen.execution.cluster.base import Equipment, ModelOrder
from datagen.execution.code import code_that_works
from datagen.record import Record
from datagen.stages import AnyStage
from datagen.stages.strength import MutationGate
from datagen.stages.verify import Verification
from rewardsvc.client import RemoteScorer
from rewardsvc.llm import Model, ModelNotSetUp, Question, open_model

STAGES = frozenset({Verification.name, MutationGate.name})
"""Those that score."""


class Workplace:
    """A :class:`datagen.execution.cluster.base.ClusterWorker` where it runs; for one event loop."""

    def __init__(self) -> None:
        self._stages: dict[str, AnyStage] = {}
        self._models: dict[ModelOrder, Model] = {}
        self._opened = AsyncExitStack()

    async def prepare(self, equipment: Equipment) -> None:
        """See :class:`datagen.execution.cluster.base.ClusterWorker`."""
        if code_that_works() != equipment.code:
            raise ClusterUnusable(
                f"{socket.gethostname()} has another version of assay (in "
                f"{Path(datagen.__file__).parents[1]}): install the one that this command is of"
            )
        os.environ.update(equipment.environment)
        scorer = RemoteScorer(equipment.server, equipment.connection, weights=equipment.weights)
        await self._opened.enter_async_context(scorer)
        self._stages = {each.name: each for each in (Verification(scorer), MutationGate(scorer))}

    async def run(self, stage: str, record: Record) -> object:
        """See :class:`datagen.execution.cluster.base.ClusterWorker`."""
        return await self._stages[stage].run(record)

    async def ask(self, model: ModelOrder, question: Question) -> str:
        """See :class:`datagen.execution.cluster.base.ClusterWorker`."""
        if model not in self._models:
            try:
                opened = open_model(
                    model.name,
                    timeout_seconds=model.timeout_seconds,
                    temperature=model.temperature,
                    extra=model.extra,
                )
            except (ImportError, ModelNotSetUp) as error:
                raise ClusterUnusable(f"{socket.gethostname()}: {error}") from error
            self._models[model] = opened
            self._opened.push_async_callback(opened.aclose)
        return await self._models[model].ask(question)

    async def end(self) -> None:
        """Close what is open."""
        await self._opened.aclose()
