"""``datagen estimate``: what a recipe's teachers and judges are going to cost."""

from pathlib import Path

import click

from datagen.cli.endings import ended_as_command
from datagen.cli.options import batch_option


@click.command(
    short_help="Tell what a recipe's teachers and judges are going to cost.",
    epilog="For example: datagen estimate recipe.yaml",
)
@click.argument("recipe_file", metavar="RECIPE", type=click.Path(path_type=Path))
@batch_option
@click.pass_obj
def estimate(config: Path | None, recipe_file: Path, batch: bool | None) -> None:
    """Tell what the models that RECIPE names are going to cost; nobody is asked.

    A line for each category and teacher, and for each of its judges: pairs, tokens read and
    written and dollars where every answer is accepted at once, and the most that one round of
    answers with all repair turns can cost. What is rejected comes on top. Prices are those of the
    settings, or published ones with their date.
    """
    with ended_as_command():
        from datagen.pipeline.estimating import estimates_of
        from datagen.pipeline.planning import Aim, sources_of
        from datagen.pipeline.wanted import wanted_of
        from datagen.recipe import read_recipe
        from rewardsvc.llm import PriceList
        from rewardsvc.settings import load_settings

        recipe = read_recipe(recipe_file)
        settings = load_settings(config, judge=recipe.judge or None)
        wanted = wanted_of(recipe, Path(), judges=settings.judge, batch=batch)
        aim = Aim(wanted.taxonomy)
        sources = sources_of(wanted.portions, wanted.seed, settings.tools_folder, aim)
        prices = PriceList(settings.prices)
        estimates = estimates_of(wanted, sources, prices, settings.judge)
        for each in estimates:
            tokens = each.once.tokens
            click.echo(
                f"{each.category}\t{each.kind.in_words}\t{each.pairs} pairs\t"
                f"{tokens.input} tokens read\t{tokens.output} written\t"
                f"{_dollars(each.once.dollars)}\tat most {_dollars(each.most.dollars)}"
            )
        if (saved := sum(each.once.saved for each in estimates)) > 0:
            click.echo(f"batches save ${saved:.2f}", err=True)
        if known := prices.sources(each.kind.model for each in estimates):
            click.echo(known, err=True)
        if not estimates:
            click.echo("no model is asked: it costs nothing", err=True)


def _dollars(dollars: float | None) -> str:
    return "price unknown" if dollars is None else f"${dollars:.2f}"
