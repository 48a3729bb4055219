"""``datagen export``: how it is called. ``datagen/outputs/exports/`` does what it says."""

from pathlib import Path

import click

from datagen.cli.curating import as_settings, data_argument
from datagen.cli.endings import ended_as_command

SHAPE_NAMES = (
    "alpaca", "messages", "sharegpt", "prompt-completion", "preference", "unpaired-preference",
    "rl", "harbor",
)  # fmt: skip


@click.command(
    short_help="Write a data set in the shapes that trainers read.",
    epilog="For example: datagen export data/k8s --as messages --as rl --out exports/k8s",
)
@data_argument
@click.option(
    "--as",
    "shapes",
    multiple=True,
    type=click.Choice(SHAPE_NAMES),
    help="A shape; each is a configuration of the data set. Repeatable.  [default: messages]",
)
@click.option(
    "--files",
    type=click.Choice(["jsonl", "parquet"]),
    default="jsonl",
    show_default=True,
    help="How rows are written.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of the export, which the datasets library loads.",
)
@click.option(
    "--pass-rate",
    type=(click.FloatRange(0, 1), click.FloatRange(0, 1)),
    metavar="LEAST MOST",
    help="Only rows that a model passed so often, as shares (datagen difficulty).",
)
@click.option("--name", default="", help="The data set's name in its card.  [default: DIR's]")
@click.option("--push", "repository", metavar="OWNER/NAME", help="Upload it there, too.")
@click.option("--private", is_flag=True, help="As a private data set, where --push makes it.")
def export(
    data: Path,
    *,
    shapes: tuple[str, ...],
    files: str,
    out: Path,
    pass_rate: tuple[float, float] | None,
    name: str,
    repository: str | None,
    private: bool,
) -> None:
    """Write DATA (a folder with tasks.jsonl, or such a file) as a data set for others.

    DIR gets a card, Croissant metadata and the rows of each shape and split. harbor writes a folder
    for each task instead of rows.
    """
    with ended_as_command():
        from datagen.outputs.exports.folder import export as exported
        from datagen.outputs.exports.push import push
        from datagen.outputs.exports.settings import Export

        chosen = {"shapes": shapes} if shapes else {}
        settings = as_settings(
            Export, files=files, name=name or repository or "", pass_rate=pass_rate, **chosen
        )
        for file in exported(data, settings, out):
            click.echo(f"{file.rows} rows: {file.path}", err=True)
        click.echo(out)
        if repository:
            click.echo(push(out, repository, private=private))
