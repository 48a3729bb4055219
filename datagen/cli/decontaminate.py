"""``datagen decontaminate``: how it is called. ``datagen/curation/contamination.py`` decides."""

from pathlib import Path

import click

from datagen.cli.curating import as_settings, curated_option, data_argument, tell
from datagen.cli.endings import ended_as_command


@click.command(
    short_help="Find rows that stand in a benchmark's files.",
    epilog="For example: datagen decontaminate data --against eval.jsonl --drop --out clean",
)
@data_argument
@click.option(
    "--against",
    multiple=True,
    required=True,
    type=click.Path(exists=True, path_type=Path),
    metavar="FILE|DIR",
    help="What must not be trained on: tasks, any JSON, JSONL or CSV, plain text. Repeatable.",
)
@click.option("--drop", is_flag=True, help="Leave the rows out of --out; they are only shown else.")
@click.option(
    "--ngram",
    type=click.IntRange(3, 50),
    default=13,
    show_default=True,
    help="Words in a row that are compared as one.",
)
@click.option(
    "--overlap",
    type=click.FloatRange(0.0, 1.0, min_open=True),
    default=0.5,
    show_default=True,
    help="The share of the shorter text's runs of words that makes a leak.",
)
@click.option(
    "--graph/--no-graph",
    default=True,
    show_default=True,
    help="Whether equal resource graphs are a leak (Terraform, Kubernetes).",
)
@curated_option
def decontaminate(
    data: Path,
    *,
    against: tuple[Path, ...],
    drop: bool,
    ngram: int,
    overlap: float,
    graph: bool,
    out: Path | None,
) -> None:
    """Find rows of DATA (a folder with tasks.jsonl, or such a file) that stand in named files.

    Each is shown as a line of JSON with the place where it stands. With --drop and --out the
    others are written.
    """
    with ended_as_command():
        from datagen.curation import Decontamination
        from datagen.errors import WrongUsage
        from datagen.outputs.curated import decontaminate as decontaminated

        if drop != (out is not None):
            raise WrongUsage("--drop and --out DIR belong together")
        settings = as_settings(
            Decontamination, against=against, drop=drop, ngram=ngram, overlap=overlap, graph=graph
        )

        def skipped(file: Path) -> None:
            click.echo(f"{file}: no text in UTF-8, not compared with", err=True)

        tell(decontaminated(data, settings, out, skipped), out, "stand in the named files")
