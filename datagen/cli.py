"""The command ``datagen``: how it is called. ``datagen/synthesis.py`` does what it says."""

from pathlib import Path

import click

from rewardsvc.program import Program

CATEGORY_NAMES = sorted(
    folder.parent.name for folder in Path(__file__).with_name("categories").glob("*/__init__.py")
)
"""Found as folders: to load the categories takes longer than a help text may."""


@click.group(
    cls=Program, epilog="For example: datagen synth --category terraform --count 20 --out data"
)
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file of settings (or ASSAY_CONFIG); flags and ASSAY_* variables win over it.",
)
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    """Make verified instruction pairs for infrastructure code.

    Settings of the tools and models are ASSAY_* variables: rewardsvc --help lists them.
    """
    ctx.obj = config


@main.command(epilog="For example: datagen topics --category mlops")
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


@main.command(
    short_help="Make pairs and keep what the tools accept.",
    epilog="For example: datagen synth --category kubernetes --count 50 --seed 7 --out data/k8s",
)
@click.option(
    "--category",
    "name",
    required=True,
    type=click.Choice(CATEGORY_NAMES),
    help="What the pairs are about.",
)
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Verified pairs that are wanted.",
)
@click.option(
    "--teacher",
    "teacher_name",
    default="builtin",
    show_default=True,
    metavar="builtin|openai:MODEL|anthropic:MODEL[@URL]",
    help="Who writes the pairs; builtin needs no network and no key, @URL is another address.",
)
@click.option(
    "--teacher-timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=120.0,
    show_default=True,
    help="Seconds that one answer may take.",
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="The same seed gives the same pairs."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of the data set.  [default: data/CATEGORY]",
)
@click.option("--topics", "only", metavar="A,B", help="Only these topics of the category.")
@click.option("--server", metavar="ADDR", help="Verify with a reward server, not in process.")
@click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    default=4,
    show_default=True,
    help="Pairs that are asked for and verified at once.",
)
@click.option(
    "--judge",
    multiple=True,
    metavar="openai:MODEL|anthropic:MODEL[@URL]",
    help="Keep only pairs that this model rates well too; given several times, they are a panel.",
)
@click.pass_obj
def synth(
    config: Path | None,
    *,
    name: str,
    count: int,
    teacher_name: str,
    teacher_timeout: float,
    seed: int,
    out: Path | None,
    only: str | None,
    server: str | None,
    concurrency: int,
    judge: tuple[str, ...],
) -> None:
    """Synthesize instruction pairs and keep those that the tools verified.

    Writes tasks.jsonl, rejected.jsonl and README.md (the data-set card) into DIR. Interrupted
    and run again, it goes on; run again with a higher --count, it adds to what is there.
    """
    from datagen.synthesis import Wanted, synthesize

    synthesize(
        Wanted(
            category=name,
            count=count,
            teacher=teacher_name,
            teacher_timeout=teacher_timeout,
            seed=seed,
            folder=out or Path("data") / name,
            topics=only,
            server=server,
            concurrency=concurrency,
            judge=judge,
            config=config,
        )
    )
