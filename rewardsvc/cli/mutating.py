"""What ``rewardsvc mutate`` does: mutants of reference answers are scored and reported."""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from rewardsvc.audit.mutation.measure import measure, plan_of
from rewardsvc.audit.mutation.outcome import Fate
from rewardsvc.audit.mutation.report import MutationReport, report_to_json, share, survivors, table
from rewardsvc.cli.options import fail
from rewardsvc.cli.side_by_side import read_ahead, side_by_side
from rewardsvc.errors import InvalidFile, InvalidRequest
from rewardsvc.pipeline import prepare
from rewardsvc.progress import progress_on
from rewardsvc.scorer import Scorer
from rewardsvc.tasks import TaskRow, read_tasks
from rewardsvc.types import ScoreRequest

_UNDER_WAY = 8
"""Tasks that are measured at once; the scorer decides how many completions it works on."""

_TABLE_CHARACTERS = 150
"""Where nobody looks through a terminal."""


def read_rows(path: Path) -> list[TaskRow]:
    """The rows, each checked for what can be checked without tools.

    Raises:
        InvalidFile: names the line and the field.
    """
    rows = []
    for number, row in enumerate(read_tasks(path), start=1):
        try:
            prepare(ScoreRequest(task=row.task, completion=row.output))
        except InvalidRequest as error:
            raise InvalidFile(f"{path}: row {number} ({row.id}): {error}") from error
        rows.append(row)
    if not rows:
        raise InvalidFile(f"{path}: no tasks in it")
    return rows


async def measure_all(scorer: Scorer, rows: Sequence[TaskRow]) -> list[MutationReport]:
    """Score the mutants of each row and print its report.

    Raises:
        rewardsvc.errors.RewardServiceError: this machine cannot score, or there is no server.
    """
    reports: list[MutationReport] = []

    def tell(report: MutationReport) -> None:
        reports.append(report)
        click.echo(json.dumps(report_to_json(report), ensure_ascii=False))

    # Reads and edits text for milliseconds a task; in a thread, so that Ctrl-C is heard at once.
    plans = await asyncio.to_thread(lambda: [plan_of(row) for row in rows])
    async with scorer:
        total = sum(plan.requests for plan in plans)
        with progress_on(sys.stderr, "mutants", total, results=sys.stdout) as advance:
            await side_by_side(
                read_ahead(plans, _UNDER_WAY),
                lambda plan: measure(plan, scorer, advance),
                tell,
                at_once=_UNDER_WAY,
            )
    return reports


def summarize(reports: Sequence[MutationReport], show: int) -> None:
    """The table, the mutants that survive and what could not be measured, on stderr."""
    console = Console(stderr=True, soft_wrap=True, width=_width())
    console.print(table(reports))
    for line in survivors(reports, show):
        console.print(line, markup=False, highlight=False)
    problems = [report for report in reports if report.problem]
    for report in problems[:show]:
        console.print(f"{report.id}: not measured: {report.problem}", markup=False, highlight=False)
    if unscored := sum(len(report.of(Fate.UNSCORED)) for report in reports):
        console.print(f"{unscored} mutants are UNSCORED and count nowhere", highlight=False)


def _width() -> int | None:
    return None if sys.stderr.isatty() else _TABLE_CHARACTERS


def demand(reports: Sequence[MutationReport], least: float) -> None:
    """End with 1 where the share is not reached, or was not measured in full."""
    unmeasured = [report.id for report in reports if report.problem or report.caught is None]
    if unmeasured:
        fail(f"{len(unmeasured)} tasks could not be measured: {', '.join(unmeasured[:5])}")
    if any(report.of(Fate.UNSCORED) for report in reports):
        fail("some mutants are UNSCORED: nothing is known about them")
    caught = share(reports)
    if caught is None or caught < least:
        fail(f"{caught or 0:.1%} of the mutants are caught, less than {least:.1%}")
