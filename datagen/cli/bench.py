"""``datagen bench``: how it is called. ``datagen/pipeline/benching.py`` does what it says."""

from pathlib import Path

import click

from datagen.cli.endings import ended_as_command, ended_with
from datagen.cli.options import concurrency_option, server_option, shrink_option


@click.command(
    short_help="Freeze a benchmark.", epilog="For example: datagen bench --out data/bench"
)
@click.option(
    "--category", "names", multiple=True, metavar="NAME", help="Only tasks of this; repeatable."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data/bench"),
    show_default=True,
    metavar="DIR",
    help="Folder of the benchmark.",
)
@server_option
@concurrency_option
@shrink_option
@click.pass_obj
def bench(
    config: Path | None,
    *,
    names: tuple[str, ...],
    out: Path,
    server: str | None,
    concurrency: int,
    shrink: bool,
) -> None:
    """Make the tasks that models are compared on, none of which was ever trained on.

    A fifth of each category's topics is for the benchmark alone; of the others it has
    specifications that no seed trains on. Every task is verified, and its checks catch at least 95%
    of the mutants of its answer. DIR/bench.json has the version. Interrupted, it goes on.
    """
    with ended_as_command(resumable=True):
        from rich.console import Console

        from datagen.pipeline.benching import WantedBench, make_bench, sizes_of
        from rewardsvc.settings import load_settings

        sizes, lacking = sizes_of(names)
        for name in lacking:
            click.echo(f"{name}: there are no topics yet, so the benchmark is without", err=True)
        wanted = WantedBench(
            folder=out,
            sizes=sizes,
            lacking=lacking,
            server=server,
            concurrency=concurrency,
            shrink=shrink,
        )
        ended_with(make_bench(wanted, load_settings(config), Console(stderr=True)))
