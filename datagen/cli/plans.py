"""``datagen plans``: how it is called. ``datagen/pipeline/plans.py`` does what it says."""

from pathlib import Path

import click

from datagen.cli.curating import data_argument
from datagen.cli.deriving import count_option, folder_option, seed_option
from datagen.cli.endings import ended_as_command
from datagen.cli.options import shrink_option


@click.command(
    short_help="Make plan-prediction rows of Terraform rows.",
    epilog="For example: datagen plans data/terraform --out data/plans",
)
@data_argument
@count_option("Rows")
@seed_option("Chooses forms and words.")
@folder_option
@shrink_option
@click.pass_obj
def plans(
    config: Path | None,
    data: Path,
    *,
    count: int | None,
    seed: int,
    folder: Path,
    shrink: bool,
) -> None:
    """Make rows that ask for the plan of a configuration, of the Terraform answers in DATA.

    DATA is a folder with tasks.jsonl, or such a file. The configurations are given count, for_each,
    conditions and modules in turn, and edits are planned against what stood before; the real plan
    is the row's truth. Terraform runs here. Interrupted and run again, it goes on. Exit code 1
    where a row could not be decided, or where there are fewer than --count.
    """
    with ended_as_command(resumable=True):
        from datagen.pipeline.plans import WantedPlans, make_plan_rows
        from rewardsvc.settings import load_settings

        made = make_plan_rows(
            WantedPlans(data=data, folder=folder, count=count, seed=seed, shrink=shrink),
            load_settings(config),
        )
        click.echo(made.file)
        if made.unplanned:
            told = f"{made.rows} rows; {made.unplanned} configurations do not plan"
            click.echo(told, err=True)
        if made.undecided:
            raise click.ClickException(
                f"{len(made.undecided)} rows could not be decided and are left out: "
                f"{made.undecided[0]}; run the same command again to try them again"
            )
        if made.missing:
            raise click.ClickException(made.missing)
