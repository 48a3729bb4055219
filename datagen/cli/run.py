"""``datagen run`` and ``datagen init``: a data set by a recipe."""

from pathlib import Path

import click

from datagen.cli.endings import ended_as_command, ended_with
from datagen.cli.options import (
    batch_option,
    cluster_of,
    engine_option,
    focus_option,
    metrics_option,
    ray_address_option,
    server_option,
    shrink_option,
)


@click.command(
    short_help="Make a data set by a recipe.",
    epilog="For example: datagen run recipe.yaml --out data/first",
)
@click.argument("recipe_file", metavar="RECIPE", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of the data set.  [default: data/NAME of the recipe's file]",
)
@focus_option
@server_option
@engine_option
@ray_address_option
@batch_option
@metrics_option
@shrink_option
@click.pass_obj
def run(
    config: Path | None,
    *,
    recipe_file: Path,
    out: Path | None,
    focus: Path | None,
    server: str | None,
    engine: str,
    ray_address: str | None,
    batch: bool | None,
    metrics: str,
    shrink: bool,
) -> None:
    """Make the data set that RECIPE, a YAML file, describes.

    Interrupted or killed and run again, it goes on where it was. docs/recipes.md has every key.
    """
    with ended_as_command(resumable=True):
        from datagen.pipeline import make
        from datagen.pipeline.wanted import wanted_of
        from datagen.recipe import read_recipe
        from rewardsvc.focus import NO_FOCUS, read_focus
        from rewardsvc.settings import load_settings

        recipe = read_recipe(recipe_file)
        settings = load_settings(config, judge=recipe.judge or None)
        folder = out or Path("data") / recipe_file.stem
        wanted = wanted_of(
            recipe,
            folder,
            judges=settings.judge,
            server=server,
            shrink=shrink,
            metrics=metrics,
            focus=NO_FOCUS if focus is None else read_focus(focus),
            cluster=cluster_of(engine, ray_address, server),
            batch=batch,
        )
        ended_with(make(wanted, settings))


@click.command(
    short_help="Write a recipe to begin with.", epilog="For example: datagen init recipe.yaml"
)
@click.argument("file", default="recipe.yaml", type=click.Path(dir_okay=False, path_type=Path))
def init(file: Path) -> None:
    """Write a starter recipe with comments to FILE (recipe.yaml); one that is there stays."""
    with ended_as_command():
        from datagen.recipe import write_starter

        write_starter(file)
        click.echo(file)
