"""How many mutants of references the checks of built-in tasks let through."""

import asyncio
from dataclasses import replace

from datagen.categories import CATEGORIES
from datagen.sources import TopicSource
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
            source = TopicSource(category, topic, SEED)
            for index in range(per_topic):
                record = source.record(index)
                if record is None:
                    break
                task = replace(record.task, means=None)  # whatever a mutant leans on
                rows.append(TaskRow.of(task, id=f"{topic.name}-{index}", output=record.reference))
    return rows


async def measure_mutants(per_topic: int, scorer: Scorer) -> list[MutationReport]:
    """The report of every task of the sample, in its order."""
    return await asyncio.gather(*(measure(plan_of(row), scorer) for row in sample(per_topic)))
