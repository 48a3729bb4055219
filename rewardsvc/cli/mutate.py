"""``rewardsvc mutate``: which mutants of the reference answers do the checks of tasks let live?"""

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from rewardsvc.cli.in_order import in_order
from rewardsvc.cli.options import (
    fail,
    run,
    sandbox_option,
    settings_of,
    terraform_option,
    workers_option,
)
from rewardsvc.errors import InvalidFile, InvalidRequest
from rewardsvc.mutation.measure import measure, plan_of
from rewardsvc.mutation.outcome import Fate
from rewardsvc.mutation.report import Report, report_to_json, share, survivors, table
from rewardsvc.pipeline import prepare
from rewardsvc.progress import progress_on
from rewardsvc.scorer import Scorer, open_scorer
from rewardsvc.tasks import TaskRow, read_tasks
from rewardsvc.types import ScoreRequest

_UNDER_WAY = 8
"""Tasks that are measured at once; the scorer decides how many completions it works on."""

_TABLE_CHARACTERS = 150
"""Where nobody looks through a terminal."""

_INTERRUPTED = "the reports printed so far are complete; run again to go on from kept verdicts"


@click.command()
@click.argument("tasks", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--server", help="HOST:PORT of a reward server; without it, score in this process.")
@click.option(
    "--min-caught",
    type=click.FloatRange(0, 1),
    metavar="SHARE",
    help="Exit with 1 where less of all mutants is caught, or where a task cannot be measured.",
)
@click.option(
    "--show", type=click.IntRange(min=0), default=20, show_default=True, help="Survivors named."
)
@terraform_option
@sandbox_option
@workers_option
@click.pass_context
def mutate(
    ctx: click.Context,
    /,
    tasks: Path,
    server: str | None,
    min_caught: float | None,
    show: int,
    **flags: Any,
) -> None:
    """Make mutants of the reference answers of TASKS (task rows in JSONL) and score them.

    Prints one report per task on stdout (JSON, same order) and a table on stderr: how many
    mutants that change the meaning the tools catch, how many the checks, and which survive.
    """
    if server and flags["terraform"]:
        raise click.UsageError("--terraform is for scoring in this process, without --server")
    # Checks are tested here: a judge would notice mutants that they let live.
    settings = settings_of(ctx, **flags, judge=())
    try:
        rows = _readable(tasks)
    except InvalidFile as error:
        raise click.UsageError(str(error)) from error
    reports: list[Report] = []

    def write(report: Report) -> None:
        reports.append(report)
        click.echo(json.dumps(report_to_json(report), ensure_ascii=False))

    run(_measure_all(open_scorer(settings, server), rows, write), _INTERRUPTED)
    _summarize(reports, show)
    if min_caught is not None:
        _demand(reports, min_caught)


def _readable(path: Path) -> list[TaskRow]:
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


async def _measure_all(
    scorer: Scorer, rows: Sequence[TaskRow], write: Callable[[Report], None]
) -> None:
    # Reads and edits text for milliseconds a task; in a thread, so that Ctrl-C is heard at once.
    plans = await asyncio.to_thread(lambda: [plan_of(row) for row in rows])
    async with scorer:
        total = sum(plan.requests for plan in plans)
        with progress_on(sys.stderr, "mutants", total) as advance:
            reports = in_order(
                plans, lambda plan: measure(plan, scorer, advance), at_once=_UNDER_WAY
            )
            async for report in reports:
                write(report)


def _summarize(reports: Sequence[Report], show: int) -> None:
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


def _demand(reports: Sequence[Report], least: float) -> None:
    """End with 1 where the share is not reached, or was not measured in full."""
    unmeasured = [report.id for report in reports if report.problem or report.caught is None]
    if unmeasured:
        fail(f"{len(unmeasured)} tasks could not be measured: {', '.join(unmeasured[:5])}")
    if any(report.of(Fate.UNSCORED) for report in reports):
        fail("some mutants are UNSCORED: nothing is known about them")
    caught = share(reports)
    if caught is None or caught < least:
        fail(f"{caught or 0:.1%} of the mutants are caught, less than {least:.1%}")
