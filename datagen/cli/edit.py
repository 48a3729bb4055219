"""``datagen edit``: how it is called. ``datagen/pipeline/deriving.py`` does what it says."""

from pathlib import Path

import click

from datagen.cli.curating import data_argument
from datagen.cli.endings import ended_as_command
from datagen.cli.options import concurrency_option, server_option, shrink_option


@click.command(
    short_help="Make edit tasks of verified rows.",
    epilog="For example: datagen edit data/docker --out data/docker-edit",
)
@data_argument
@click.option(
    "--count", type=click.IntRange(min=1), help="Edits that are wanted.  [default: one a row]"
)
@click.option("--seed", type=int, default=0, show_default=True, help="Chooses what is changed.")
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of the data set.",
)
@server_option
@concurrency_option
@shrink_option
@click.pass_obj
def edit(
    config: Path | None,
    data: Path,
    *,
    count: int | None,
    seed: int,
    out: Path,
    server: str | None,
    concurrency: int,
    shrink: bool,
) -> None:
    """Make tasks to edit of the answers in DATA (a folder with tasks.jsonl, or such a file).

    Each has a row's answer as what stands, and asks for a value or two to be otherwise; its
    answer is what the row's topic makes of that. Where Terraform plans it, nothing else may
    change. Leaving all as it is earns less, and makes a preference pair. Rows of built-in topics
    can be edited; an edit is on its row's side.
    """
    with ended_as_command(resumable=True):
        from datagen.pipeline.deriving import WantedDerived, make_derived
        from datagen.pipeline.editing import EDITS
        from rewardsvc.settings import load_settings

        made = make_derived(
            EDITS,
            WantedDerived(
                data=data,
                folder=out,
                count=count,
                seed=seed,
                server=server,
                concurrency=concurrency,
                shrink=shrink,
            ),
            load_settings(config),
        )
        click.echo(made.file)
        if made.missing:
            raise click.ClickException(made.missing)
