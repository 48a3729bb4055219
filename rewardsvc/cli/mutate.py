"""``rewardsvc mutate``: how it is called."""

from pathlib import Path
from typing import Any

import click

from rewardsvc.cli.options import (
    SETTINGS,
    Share,
    log_level_option,
    refuse,
    run,
    sandbox_option,
    server_option,
    settings_of,
    terraform_option,
    token_file_option,
    workers_option,
)
from rewardsvc.errors import InvalidFile

_INTERRUPTED = "the reports printed so far are complete; run again to go on from cached verdicts"


@click.command(
    short_help="Which wrong answers do the checks of tasks let pass?",
    epilog=f"For example: rewardsvc mutate tasks.jsonl --min-caught 0.95 > reports.jsonl. "
    f"{SETTINGS}",
)
@click.argument("tasks", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@server_option
@token_file_option
@click.option(
    "--min-caught",
    type=Share(),
    metavar="SHARE",
    help="Exit with 1 where less of all mutants is caught, or where a task cannot be measured.",
)
@click.option(
    "--show", type=click.IntRange(min=0), default=20, show_default=True, help="Survivors named."
)
@terraform_option
@sandbox_option
@workers_option
@log_level_option()
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
    """Make mutants of the reference answers of TASKS and score them.

    TASKS are task rows (JSONL, or a JSON array).

    Prints one report per task on stdout (JSON, same order) and a table on stderr: how many
    mutants that change the meaning the tools catch, how many the checks, and which survive.
    """
    from rewardsvc.cli.mutating import demand, measure_all, read_rows, summarize
    from rewardsvc.cli.paced import open_paced

    if server and flags["terraform"]:
        raise click.UsageError("--terraform is for scoring in this process, without --server")
    # Checks are tested here: a judge would notice mutants that they let live.
    settings = settings_of(ctx, **flags, judge=())
    try:
        rows = read_rows(tasks)
    except InvalidFile as error:
        refuse(error)
    reports = run(measure_all(open_paced(settings, server), rows), _INTERRUPTED)
    summarize(reports, show)
    if min_caught is not None:
        demand(reports, min_caught)
