"""``datagen dedupe``: how it is called. ``datagen/curation/duplicates.py`` decides."""

from pathlib import Path

import click

from datagen.cli.curating import as_settings, curated_option, data_argument, tell
from datagen.cli.endings import ended_as_command


@click.command(
    short_help="Find rows that repeat an earlier one.",
    epilog="For example: datagen dedupe data/k8s --out data/k8s-unique",
)
@data_argument
@click.option(
    "--by",
    multiple=True,
    type=click.Choice(["artifact", "instruction", "answer", "graph"]),
    help="The measures.  [default: artifact, instruction, answer]",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0.5, 1.0),
    default=0.8,
    show_default=True,
    help="Jaccard index from which words are nearly the same.",
)
@click.option(
    "--ngram",
    type=click.IntRange(1, 13),
    default=3,
    show_default=True,
    help="Words in a row that are compared as one.",
)
@curated_option
def dedupe(
    data: Path, *, by: tuple[str, ...], threshold: float, ngram: int, out: Path | None
) -> None:
    """Find rows that repeat an earlier row of DATA: a folder with tasks.jsonl, or such a file.

    The first of a kind stays. Without --out nothing is written: each row that would go is shown,
    as a line of JSON that names the row it repeats and the measure.
    """
    with ended_as_command():
        from datagen.curation import Deduplication
        from datagen.outputs.curated import deduplicate

        settings = as_settings(
            Deduplication, threshold=threshold, ngram=ngram, **({"by": by} if by else {})
        )
        tell(deduplicate(data, settings, out), out, "repeat an earlier one")
