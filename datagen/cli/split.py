"""``datagen split``: how it is called. ``datagen/curation/splitting.py`` decides."""

from pathlib import Path

import click

from datagen.cli.curating import as_settings, curated_option, data_argument
from datagen.cli.endings import ended_as_command

_share = click.FloatRange(0.0, 1.0, max_open=True)


@click.command(
    short_help="Give rows their side: train, validation, test.",
    epilog="For example: datagen split data/tf --by service --test 0.2 --out data/tf-split",
)
@data_argument
@click.option(
    "--by",
    type=click.Choice(["values", "template", "topic", "type", "service", "module", "repository"]),
    default="values",
    show_default=True,
    help="What stays on one side: a specification, or what rows' provenance has under that name.",
)
@click.option("--validation", type=_share, default=0.1, show_default=True, help="Share of rows.")
@click.option("--test", type=_share, default=0.1, show_default=True, help="Share of rows.")
@click.option("--seed", type=int, default=0, show_default=True, help="Chooses what is held out.")
@curated_option
def split(
    data: Path, *, by: str, validation: float, test: float, seed: int, out: Path | None
) -> None:
    """Give each row of DATA (a folder with tasks.jsonl, or such a file) its side.

    Rows that belong together are on one side; each category and format gives every side its share.
    Without --out nothing is written: only the numbers are shown.
    """
    with ended_as_command():
        from datagen.curation import Splitting
        from datagen.outputs.curated import split as split_rows

        settings = as_settings(Splitting, by=by, validation=validation, test=test, seed=seed)
        step = split_rows(data, settings, out)
        numbers = ", ".join(
            f"{step.found.get(side, 0)} {side}" for side in ("train", "validation", "test")
        )
        click.echo(f"{step.rows} rows {settings.by.in_words}: {numbers}", err=True)
        if out is not None:
            click.echo(out / "tasks.jsonl")
