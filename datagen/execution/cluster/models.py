"""A model that is asked from a cluster's machines."""

from collections.abc import Awaitable, Callable

from datagen.execution.cluster.base import ModelOrder
from rewardsvc.llm import Model, ModelAnswer, ModelName, Question
from rewardsvc.llm.base import Heard, not_heard

Asked = Callable[[ModelOrder, Question], Awaitable[str]]


class ClusterModel:
    """A :class:`rewardsvc.llm.Model`: asked by a worker, read here.

    Its rate, its retries and its account are those of who asks (:class:`rewardsvc.llm.Asker`): one
    for all machines.
    """

    def __init__(self, model: Model, order: ModelOrder, asked: Asked) -> None:
        self.name: ModelName = model.name
        self.address = model.address
        self._model = model
        self._order = order
        self._asked = asked

    async def ask(self, question: Question, heard: Heard = not_heard) -> str:
        """See :class:`rewardsvc.llm.Model`. What a service says of its limits a worker keeps for
        itself: the rate is found out from refusals."""
        return await self._asked(self._order, question)

    def read(self, raw: str) -> ModelAnswer:
        """See :class:`rewardsvc.llm.Model`."""
        return self._model.read(raw)

    def usage(self, raw: str) -> tuple[int, int]:
        """See :class:`rewardsvc.llm.Model`."""
        return self._model.usage(raw)

    async def aclose(self) -> None:
        """See :class:`rewardsvc.llm.Model`."""
        await self._model.aclose()
