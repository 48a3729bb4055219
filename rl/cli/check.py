"""``rl check``: which rows of a task file nobody should train on."""

import sys
from pathlib import Path

import click

from rl.cli.options import reported, server_option
from rl.errors import RewardUnavailable


@click.command(
    short_help="Refuse rows whose own reference fails.",
    epilog="For example: rl check data/terraform",
)
@click.argument("tasks", type=click.Path(path_type=Path))
@server_option
def check(tasks: Path, server: str | None) -> None:
    """Score each row's own reference, and refuse what nobody should train on.

    A line on stdout for each row that is refused, with file, line and field. Exit status 1 where
    there is one.
    """
    from rewardsvc.errors import RewardServiceError
    from rewardsvc.program import run_until_stopped
    from rewardsvc.progress import progress_on
    from rewardsvc.scorer import open_scorer
    from rl.reward.check import SECONDS, Checked
    from rl.reward.check import check as checked
    from rl.reward.scoring import settings_for

    file = tasks / "tasks.jsonl" if tasks.is_dir() else tasks

    async def scored() -> Checked:
        with progress_on(sys.stderr, "checking", lambda: None) as done:
            async with open_scorer(settings_for(SECONDS), server) as scorer:
                return await checked(file, scorer, done)

    with reported("check"):
        try:
            found = run_until_stopped(scored())
        except RewardServiceError as error:
            raise RewardUnavailable(str(error)) from error
        for refused in found.refused:
            click.echo(refused)
        for warning in found.warnings:
            click.echo(f"warning: {warning}", err=True)
        places = len({refused.place for refused in found.refused})
        rows = "1 row" if found.rows == 1 else f"{found.rows} rows"
        click.echo(f"{rows}: {places} refused", err=True)
    if found.refused:
        sys.exit(1)
