"""``datagen repair``: how it is called. ``datagen/pipeline/deriving.py`` does what it says."""

from pathlib import Path

import click

from datagen.cli.curating import data_argument
from datagen.cli.endings import ended_as_command
from datagen.cli.options import concurrency_option, server_option, shrink_option


@click.command(
    short_help="Make repair tasks of verified rows.",
    epilog="For example: datagen repair data/docker --out data/docker-repair",
)
@data_argument
@click.option(
    "--count", type=click.IntRange(min=1), help="Repairs that are wanted.  [default: one a row]"
)
@click.option("--seed", type=int, default=0, show_default=True, help="Chooses the mistakes.")
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
def repair(
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
    """Make tasks to repair of the answers in DATA (a folder with tasks.jsonl, or such a file).

    Each has a wrong file, what the tools say of it, and the request; its answer is the row's own.
    The wrong one earns less, and makes a preference pair with it. A repair is on its row's side.
    """
    with ended_as_command(resumable=True):
        from datagen.pipeline.deriving import WantedDerived, make_derived
        from datagen.pipeline.repairing import REPAIRS
        from rewardsvc.settings import load_settings

        made = make_derived(
            REPAIRS,
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
