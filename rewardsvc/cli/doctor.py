"""``rewardsvc doctor``."""

import asyncio
import sys
from typing import Any

import click
from rich.console import Console

from rewardsvc.cli.options import sandbox_option, settings_of


@click.command()
@sandbox_option
@click.pass_context
def doctor(ctx: click.Context, /, **flags: Any) -> None:
    """Show the tools, try the sandbox, say which formats can be scored.

    Exit code 1 if isolation does not hold or no format can be scored.
    """
    from rewardsvc.doctor import examine

    sys.exit(0 if asyncio.run(examine(settings_of(ctx, **flags), Console())) else 1)
