"""``datagen estimate``: what a recipe's teachers and judges are going to cost."""

from pathlib import Path

import click

from datagen.cli.endings import ended_as_command


@click.command(
    short_help="Tell what a recipe's teachers and judges are going to cost.",
    epilog="For example: datagen estimate recipe.yaml",
)
@click.argument("recipe_file", metavar="RECIPE", type=click.Path(path_type=Path))
@click.pass_obj
def estimate(config: Path | None, recipe_file: Path) -> None:
    """Tell what the models that RECIPE names are going to cost; nobody is asked.

    A line for each category and teacher, and for each of its judges: pairs, tokens read and
    written and dollars where every answer is accepted at once, and the most that one round of
    answers with all repair turns can cost. What is rejected comes on top. Prices are those of the
    settings.
    """
    with ended_as_command():
        from datagen.pipeline.estimating import estimates_of
        from datagen.pipeline.planning import Aim, sources_of
        from datagen.pipeline.wanted import wanted_of
        from datagen.recipe import read_recipe
        from rewardsvc.settings import load_settings

        recipe = read_recipe(recipe_file)
        settings = load_settings(config, judge=recipe.judge or None)
        wanted = wanted_of(recipe, Path(), judges=settings.judge)
        aim = Aim(wanted.taxonomy)
        sources = sources_of(wanted.portions, wanted.seed, settings.tools_folder, aim)
        estimates = estimates_of(wanted, sources, settings.prices, settings.judge)
        for each in estimates:
            click.echo(
                f"{each.category}\t{each.model}{' as a judge' * each.judges}\t{each.pairs} pairs\t"
                f"{each.once.input} tokens read\t{each.once.output} written\t"
                f"{_dollars(each.dollars)}\tat most {_dollars(each.most_dollars)}"
            )
        if not estimates:
            click.echo("no model is asked: it costs nothing", err=True)


def _dollars(dollars: float | None) -> str:
    return "price unknown" if dollars is None else f"${dollars:.2f}"
