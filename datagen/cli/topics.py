"""``datagen topics``: what the sources can ask for; with ``--teacher docs`` it is built first."""

from pathlib import Path

import click

from datagen.cli.endings import ended_as_command
from datagen.cli.options import CATEGORY_NAMES, concurrency_option, server_option


@click.command(epilog="For example: datagen topics --category mlops")
@click.option(
    "--category", "name", type=click.Choice(CATEGORY_NAMES), help="Only topics of this category."
)
@click.option(
    "--teacher",
    type=click.Choice(["builtin", "docs"]),
    default="builtin",
    show_default=True,
    help="docs: topics of the provider's documentation; those that are not built yet are built.",
)
@click.option("--types", metavar="A,B", help="With docs: only these resource types.")
@server_option
@concurrency_option
@click.pass_obj
def topics(
    config: Path | None,
    *,
    name: str | None,
    teacher: str,
    types: str | None,
    server: str | None,
    concurrency: int,
) -> None:
    """List categories, topics and formats.

    "bench" stands behind what is for the benchmark alone.

    With --teacher docs: each resource type, whether it has a topic, and why not.
    """
    if teacher == "docs":
        with ended_as_command(resumable=True):
            from datagen.documented import table

            table(config, types=types, server=server, concurrency=concurrency)
        return
    from datagen.categories import CATEGORIES

    for category in CATEGORIES.values():
        if name in (None, category.name):
            for topic in category.topics:
                side = "\tbench" if topic.bench_only else ""
                click.echo(f"{category.name}\t{topic.name}\t{topic.format}{side}")
