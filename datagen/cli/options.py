"""Options that several commands have."""

from pathlib import Path

import click

CATEGORY_NAMES = sorted(
    folder.parent.name
    for folder in Path(__file__).parent.with_name("categories").glob("*/__init__.py")
)
"""Found as folders: to load the categories takes longer than a help text may."""

server_option = click.option(
    "--server", metavar="ADDR", help="Verify with a reward server, not in process."
)
concurrency_option = click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    default=4,
    show_default=True,
    help="Pairs that are asked for and verified at once.",
)
judge_option = click.option(
    "--judge",
    multiple=True,
    metavar="openai:MODEL|anthropic:MODEL[@URL]",
    help="Keep only pairs that this model rates well too; given several times, they are a panel.",
)
metrics_option = click.option(
    "--metrics",
    default="",
    metavar="HOST:PORT",
    help="Where Prometheus may ask how the run gets on, and what it has paid.",
)
shrink_option = click.option(
    "--shrink",
    is_flag=True,
    help="Let fewer rows replace those that are in the folder.",
)
