"""``rewardsvc doctor``: how it is called."""

import sys
from typing import Any

import click

from rewardsvc.cli.options import SETTINGS, log_level_option, run, sandbox_option, settings_of


@click.command(
    short_help="Show the tools and which formats can be scored.",
    epilog=f"For example: rewardsvc doctor --sandbox docker. {SETTINGS}",
)
@sandbox_option
@log_level_option()
@click.pass_context
def doctor(ctx: click.Context, /, **flags: Any) -> None:
    """Show the tools, try the sandbox, say which formats can be scored.

    Exit code 1 if isolation does not hold or no format can be scored.
    """
    settings = settings_of(ctx, **flags)

    from rich.console import Console

    from rewardsvc.doctor import examine

    sys.exit(0 if run(examine(settings, Console()), "nothing was examined to the end") else 1)
