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
engine_option = click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Who works: this process, or the machines of a Ray cluster; ray needs --server.",
)
ray_address_option = click.option(
    "--ray-address",
    metavar="ADDR",
    help="The cluster.  [default: RAY_ADDRESS, or the one that this machine is part of]",
)


def cluster_of(engine: str, ray_address: str | None, server: str | None) -> str | None:
    """The cluster that options name, "" for the one there is; None for this process.

    Raises:
        click.UsageError: they do not fit together.
    """
    if engine != "ray":
        if ray_address is not None:
            raise click.UsageError("--ray-address: is of --engine ray")
        return None
    if server is None:
        raise click.UsageError(
            "--engine ray: name a reward server that the cluster's machines reach, with --server "
            "HOST:PORT, so that all answers are judged by the same tools"
        )
    return ray_address or ""


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
focus_option = click.option(
    "--focus",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Make more of what this file names, and less of what it says (docs/focus.md).",
)
coverage_option = click.option(
    "--coverage",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A ledger that runs share: what it has fewest rows of comes first (docs/diversity.md).",
)
teacher_timeout_option = click.option(
    "--teacher-timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=120.0,
    show_default=True,
    help="Seconds that one answer may take.",
)
repair_turns_option = click.option(
    "--repair-turns",
    type=click.IntRange(0, 3),
    default=0,
    show_default=True,
    help="How often a model is told what the tools say of its answer, and may mend it.",
)
budget_option = click.option(
    "--budget",
    type=click.FloatRange(min=0, min_open=True),
    metavar="DOLLARS",
    help="What teacher and judges may cost at most, over all runs in the folder.",
)
batch_option = click.option(
    "--batch/--no-batch",
    default=None,
    help="Ask models that write in batches: answers within a day, for about half the price.",
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
