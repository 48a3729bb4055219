"""What a cluster is to a run: workers start there, do what they are asked, and get lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from datagen.record import Record
from rewardsvc.connection import Connection
from rewardsvc.llm import ModelName, Question
from rewardsvc.types import Components


class WorkerLost(Exception):
    """A worker's process or machine is gone; nobody knows how far it got with what it was at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What a worker needs to begin.

    ``server``: the reward server, reached from the worker's machine over ``connection``, whose
    files lie there too. ``weights``: of the reward. ``code``: the digest of the code that sends
    work; a worker with other code is of no use. ``environment``: variables that the SDKs of models
    read, their keys among them. It is sent to the worker itself, and kept nowhere.
    """

    server: str
    connection: Connection
    weights: Components
    code: str
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOrder:
    """How a model is opened (:func:`rewardsvc.llm.open_model`)."""

    name: ModelName
    timeout_seconds: float
    temperature: float | None
    extra: str


class ClusterWorker(Protocol):
    """A process on some machine of the cluster, with room for several things at once.

    All of it raises WorkerLost. What a caller that is cancelled has begun is cancelled there too.
    """

    async def prepare(self, equipment: Equipment) -> None:
        """Wait until it has a place on a machine, and have it open what it needs.

        Raises:
            ClusterUnusable: that machine cannot do the work, and why.
            rewardsvc.errors.ServerUnavailable: the reward server cannot be reached from there.
        """
        ...

    async def run(self, stage: str, record: Record) -> object:
        """What a stage finds of a record; see :meth:`datagen.stages.RecordStage.run`."""
        ...

    async def ask(self, model: ModelOrder, question: Question) -> str:
        """What a model answers; see :meth:`rewardsvc.llm.Model.ask`."""
        ...

    def end(self) -> None:
        """Have it gone, whatever it is at."""
        ...


class WorkerCluster(Protocol):
    """Machines that workers can be had on."""

    async def processors(self) -> int:
        """How many they have together now.

        Raises:
            ClusterUnusable: there is no cluster any more.
        """
        ...

    def worker(self) -> ClusterWorker:
        """One more, on a processor of its own as soon as one is free."""
        ...
