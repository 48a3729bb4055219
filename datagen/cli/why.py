"""``datagen why``: what became of a candidate, and what it cost."""

from pathlib import Path

import click

from datagen.cli.endings import ended_as_command


@click.command(
    short_help="Tell what became of a candidate.",
    epilog="For example: datagen why go-static-0b1c2d3e4f5a --in data/docker",
)
@click.argument("candidate", metavar="ID")
@click.option(
    "--in",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=".",
    show_default=True,
    metavar="DIR",
    help="Folder of the data set.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with all answers.")
@click.pass_obj
def why(config: Path | None, candidate: str, folder: Path, as_json: bool) -> None:
    """Tell what became of a candidate: which stage decided, why, and what it cost.

    ID is that of a row in tasks.jsonl or rejected.jsonl, or how it begins.
    """
    with ended_as_command():
        from datagen.told import told
        from rewardsvc.llm import PriceList
        from rewardsvc.settings import load_settings

        prices = PriceList(load_settings(config).prices)
        for line in told(folder, candidate, prices, as_json=as_json):
            click.echo(line)
