"""One step of a run on a folder or file of rows, with its files and its words on stderr."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, ExitStack
from pathlib import Path

from datagen.curation import rows_in
from datagen.journal import Journal
from datagen.lock import held
from datagen.outputs.curated import CurationStep, applied, require_place
from datagen.pipeline.checking import RowFinding, findings_in
from datagen.record import Outcome, Record
from datagen.stages import AnyStage
from rewardsvc.program import run_until_stopped
from rewardsvc.progress import Advance, progress_on
from rewardsvc.tasks import TaskRow
from rewardsvc.types import JsonValue


def recheck(
    name: str,
    opened: AbstractAsyncContextManager[AnyStage],
    data: Path,
    out: Path | None,
    concurrency: int,
) -> tuple[CurationStep, list[str]]:
    """What a step finds of the rows, and why some could not be decided.

    Where all are, and ``out`` says so, the rows that hold are written.

    Raises:
        WrongUsage, OutputUnusable, FolderBusy: of the places that are named.
        DatagenError, rewardsvc.errors.RewardServiceError: nothing more can be done at all.
    """
    require_place(out, data)
    total = sum(1 for _ in rows_in(data))
    with ExitStack() as ending:
        folder = out or Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="datagen-")))
        ending.enter_context(held(folder))
        journal = ending.enter_context(Journal(folder, {"step": name}))
        advance = ending.enter_context(progress_on(sys.stderr, name, total))
        findings = run_until_stopped(_found(opened, rows_in(data), journal, concurrency, advance))
        undecided = [f"{each.id}: {each.reason}" for each in findings if not each.outcome.final]
        gone = {each.id: each for each in findings if each.outcome is Outcome.REJECTED}
        step = _step(name, total, gone)
        if out is not None and not undecided:
            applied(step, data, out, (row for row in rows_in(data) if row.id not in gone))
    return step, undecided


async def _found(
    opened: AbstractAsyncContextManager[AnyStage],
    rows: Iterator[TaskRow],
    journal: Journal,
    concurrency: int,
    advance: Advance,
) -> list[RowFinding]:
    def decided(_: Record) -> None:
        advance()

    async with opened as stage:
        return await findings_in(rows, stage, journal, concurrency=concurrency, decided=decided)


def _step(name: str, total: int, gone: dict[str, RowFinding]) -> CurationStep:
    dropped: dict[str, dict[str, JsonValue]] = {
        each.id: {"by": name, "reason": each.reason, "diagnostics": list(each.diagnostics)}
        for each in gone.values()
    }
    return CurationStep(
        name=name,
        settings={},
        rows=total,
        kept=total - len(dropped),
        dropped=dropped,
        found={name: len(dropped)} if dropped else {},
    )
