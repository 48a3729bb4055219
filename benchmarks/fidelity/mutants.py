"""How many mutants of references the checks of built-in tasks let through."""

import asyncio

from datagen.categories import CATEGORIES
from datagen.stream import Stream
from rewardsvc.audit.mutation.measure import measure, plan_of
from rewardsvc.audit.mutation.report import MutationReport
from rewardsvc.scorer import Scorer
from rewardsvc.tasks import TaskRow

SEED = 20261121
"""Of the sample of tasks; another seed gives other names and sizes, not other topics."""


def sample(per_topic: int) -> list[TaskRow]:
    """So many tasks of every topic of the built-in teacher; equal numbers give equal tasks."""
    rows = []
    for category, known in CATEGORIES.items():
        for topic in known.topics:
            stream = Stream(category, topic, SEED)
            for index in range(per_topic):
                candidate = stream.candidate(index)
                if candidate is None:
                    break
                posed = candidate.posed
                rows.append(
                    TaskRow.of(posed.task, id=f"{topic.name}-{index}", output=posed.reference)
                )
    return rows


async def measure_mutants(per_topic: int, scorer: Scorer) -> list[MutationReport]:
    """The report of every task of the sample, in its order."""
    return await asyncio.gather(*(measure(plan_of(row), scorer) for row in sample(per_topic)))
