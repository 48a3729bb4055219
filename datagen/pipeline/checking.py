"""Has rows that are there already verified or judged, by the stages that make them.

What is found is in a journal, so that a run that was stopped goes on. A row that could not be
decided is neither right nor wrong: it is told apart, and tried again next time.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import islice

from datagen.errors import WrongUsage
from datagen.execution import LocalExecutor
from datagen.journal import Journal
from datagen.record import Outcome, Record
from datagen.stages import AnyStage
from datagen.stages.rating import PanelRater
from datagen.stages.verify import Verification
from rewardsvc.judge.panel import open_panel
from rewardsvc.scorer import open_scorer
from rewardsvc.settings import Settings
from rewardsvc.tasks import TaskRow

_AT_ONCE = 256
"""Rows that are held in memory."""


@dataclass(frozen=True, slots=True)
class RowFinding:
    """What became of a row, and why where it is not accepted."""

    id: str
    outcome: Outcome
    reason: str
    diagnostics: tuple[str, ...]


@asynccontextmanager
async def verifying(settings: Settings, server: str | None) -> AsyncIterator[AnyStage]:
    """The stage that has tools verify answers; ``server``: who scores, this process where None."""
    async with open_scorer(settings.model_copy(update={"judge": ()}), server) as scorer:
        yield Verification(scorer)


@asynccontextmanager
async def judging(settings: Settings) -> AsyncIterator[AnyStage]:
    """The stage that has judges rate answers.

    Raises:
        WrongUsage: none is named.
    """
    if not settings.judge:
        raise WrongUsage("--judge: who is to rate them? openai:MODEL or anthropic:MODEL[@URL]")
    async with open_panel(settings) as panel:
        assert panel is not None  # judges are named
        yield PanelRater(panel)


async def findings_in(
    rows: Iterable[TaskRow],
    stage: AnyStage,
    journal: Journal,
    *,
    concurrency: int,
    decided: Callable[[Record], None],
) -> list[RowFinding]:
    """What a stage finds of each row, in their order.

    Raises:
        DatagenError, rewardsvc.errors.RewardServiceError: nothing more can be done at all.
    """
    executor = LocalExecutor([[stage]], journal, concurrency=concurrency, decided=decided)
    findings: list[RowFinding] = []
    for chunk in _chunks(rows):
        for record in await executor.carry([record_of_row(row) for row in chunk]):
            ruling = record.ruling
            findings.append(
                RowFinding(record.id, ruling.outcome, ruling.reason, ruling.diagnostics)
            )
    return findings


def record_of_row(row: TaskRow) -> Record:
    """A row as a record whose answer is there already."""
    return Record(
        id=row.id,
        source=row.topic or row.category,
        task=replace(row.task, reference=""),
        completion=row.output,
        provenance=row.provenance,
    )


def _chunks(rows: Iterable[TaskRow]) -> Iterator[list[TaskRow]]:
    following = iter(rows)
    while chunk := list(islice(following, _AT_ONCE)):
        yield chunk
