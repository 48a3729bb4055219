"""``datagen topics``: what the built-in sources can ask for."""

import click

from datagen.cli.options import CATEGORY_NAMES


@click.command(epilog="For example: datagen topics --category mlops")
@click.option(
    "--category", "name", type=click.Choice(CATEGORY_NAMES), help="Only topics of this category."
)
def topics(name: str | None) -> None:
    """List categories, topics and formats."""
    from datagen.categories import CATEGORIES

    for category in CATEGORIES.values():
        if name in (None, category.name):
            for topic in category.topics:
                click.echo(f"{category.name}\t{topic.name}\t{topic.format}")
