"""``datagen coverage``: how it is called. ``datagen/diversity/`` and ``coverage_ledger`` count."""

from pathlib import Path

import click

from datagen.cli.endings import ended_as_command


@click.command(
    short_help="Tell how many rows each cell has.",
    epilog="For example: datagen coverage data/k8s data/docker --empty",
)
@click.argument("data", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--ledger",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Count what runs entered in this coverage ledger, too.",
)
@click.option("--empty", is_flag=True, help="Tell the cells that have no row instead.")
@click.option(
    "--recipe",
    "recipe_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="With --empty: of this recipe's categories and taxonomy.  [default: those of the rows]",
)
def coverage(
    data: tuple[Path, ...], ledger: Path | None, empty: bool, recipe_file: Path | None
) -> None:
    """Count the rows of DATA (folders with tasks.jsonl, or such files) by cell.

    A line for each: rows, category, topic, format, difficulty and persona. Rows that no model wrote
    have no difficulty and no persona.
    """
    with ended_as_command():
        from collections import Counter

        from datagen.coverage_ledger import covered
        from datagen.curation import rows_in
        from datagen.diversity import CoverageCell, coverage_in
        from datagen.errors import WrongUsage
        from datagen.pipeline.covering import empty_cells
        from datagen.recipe import read_recipe

        if not data and ledger is None:
            raise WrongUsage("nothing to count: name data sets, or a --ledger")
        if recipe_file is not None and not empty:
            raise WrongUsage("--recipe: says which cells there are: give --empty, too")
        found = Counter[CoverageCell]() if ledger is None else covered(ledger)
        for each in data:
            found.update(coverage_in(rows_in(each)))
        if empty:
            recipe = None if recipe_file is None else read_recipe(recipe_file)
            shown = dict.fromkeys(empty_cells(found, recipe), 0)
        else:
            shown = dict(sorted(found.items()))
        for cell, rows in shown.items():
            names = (cell.category, cell.topic, cell.format, cell.difficulty, cell.persona)
            click.echo("\t".join((str(rows), *(name or "-" for name in names))))
        click.echo(f"{len(shown)} cells, {sum(shown.values())} rows", err=True)
