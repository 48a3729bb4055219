"""`rl check`: which rows of a task file nobody should train on, before anybody does.

A row is refused where it is none, where nobody can score it, or where its own reference is
UNSCORED: no completion of it would get a reward.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rewardsvc.errors import InvalidFile, InvalidRequest
from rewardsvc.scorer import Scorer
from rewardsvc.tasks import TaskRow, placed_tasks
from rewardsvc.types import ScoreRequest, Status, Verdict
from rl.data import with_means
from rl.errors import InvalidTasks

SECONDS = 300.0
"""A client's deadline for one reference."""

CONCURRENT = 32
"""Rows that are scored at once; the scorer itself takes fewer."""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that nobody should train on. ``place``: file and line; ``field``: what is wrong."""

    place: str
    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.field}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a file: how many rows there are, which are refused, and what is doubtful."""

    rows: int
    refused: tuple[RefusedRow, ...]
    warnings: tuple[str, ...]


async def check(path: Path, scorer: Scorer, done: Callable[[], None]) -> Checked:
    """Check every row of a file with an open scorer; ``done`` is called once for each.

    Raises:
        InvalidTasks: the file cannot be read, or holds nothing.
        rewardsvc.errors.ServerUnavailable: the scorer cannot be reached.
    """
    refused: list[RefusedRow] = []
    rows: list[tuple[str, TaskRow]] = []
    order: dict[str, int] = {}
    for place, row in _read(path):
        order[place] = len(order)
        if isinstance(row, InvalidFile):
            refused.append(_unreadable(place, row))
            done()
        else:
            rows.append((place, with_means(row)))
    if not rows and not refused:
        raise InvalidTasks(f"{path}: holds no tasks; `datagen synth` writes some")
    unread = len(refused)
    refused += _twice(rows)
    warnings = []
    if rows and not any(row.checks for _, row in rows):
        warnings.append(f"{path}: no row has checks: any valid answer earns the whole reward")
    async for place, row, outcome in _scored(rows, scorer):
        done()
        if isinstance(outcome, InvalidRequest):
            field = outcome.field.removeprefix("task.")
            refused.append(RefusedRow(place, field, outcome.message))
        elif outcome.status is Status.UNSCORED:
            reason = f"{outcome.failure_kind}: {outcome.failure_reason}"
            field = "output" if row.output else "means"
            words = "its own reference is UNSCORED" if row.output else "nobody can score it here"
            refused.append(RefusedRow(place, field, f"{words}: {reason}"))
        elif beyond := _beyond(outcome):
            warnings.append(f"{place}: means: its own reference is beyond them: {beyond}")
    return Checked(
        rows=len(rows) + unread,
        refused=tuple(sorted(refused, key=lambda each: order[each.place])),
        warnings=tuple(warnings),
    )


def _read(path: Path) -> Iterator[tuple[str, TaskRow | InvalidFile]]:
    try:
        yield from placed_tasks(path)
    except InvalidFile as error:
        raise InvalidTasks(str(error)) from error


def _unreadable(place: str, error: InvalidFile) -> RefusedRow:
    cause = error.__cause__
    if isinstance(cause, InvalidRequest):
        return RefusedRow(place, cause.field, cause.message)
    return RefusedRow(place, "row", str(error).removeprefix(f"{place}: "))


def _twice(rows: Sequence[tuple[str, TaskRow]]) -> Iterator[RefusedRow]:
    first: dict[str, str] = {}
    for place, row in rows:
        known = first.setdefault(row.id, place)
        if known is not place:
            yield RefusedRow(place, "id", f"{row.id!r} is there twice, first at {known}")


async def _scored(
    rows: Sequence[tuple[str, TaskRow]], scorer: Scorer
) -> AsyncIterator[tuple[str, TaskRow, Verdict | InvalidRequest]]:
    """What comes of each row's reference, as they are done; of an empty answer without one."""
    places = asyncio.Semaphore(CONCURRENT)

    async def one(place: str, row: TaskRow) -> tuple[str, TaskRow, Verdict | InvalidRequest]:
        request = ScoreRequest(id=row.id, task=row.task, completion=row.output)
        async with places:
            try:
                (verdict,) = await scorer.score([request])
            except InvalidRequest as error:
                return place, row, error
        return place, row, verdict

    tasks = [asyncio.create_task(one(place, row)) for place, row in rows]
    try:
        for finished in asyncio.as_completed(tasks):
            yield await finished
    finally:
        for task in tasks:
            task.cancel()


def _beyond(verdict: Verdict) -> str:
    """What a reference leans on beyond its row's means, "" where nothing."""
    found = (item for stage in verdict.stages for item in stage.diagnostics)
    return next((item.message for item in found if item.code == "means"), "")
