"""What the commands share: settings from flags, common options, errors and exit codes."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

import click
from pydantic import ValidationError

from rewardsvc.errors import InvalidFile, RewardServiceError
from rewardsvc.settings import Settings

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells report it."""

_Result = TypeVar("_Result")


sandbox_option = click.option(
    "--sandbox",
    type=click.Choice(["auto", "bubblewrap", "docker"]),
    help="How untrusted files are isolated (default: auto).",
)
terraform_option = click.option(
    "--terraform",
    type=click.Choice(["warm", "cold"]),
    help="warm: a provider that stays up; cold: init, validate and plan from nothing.",
)
deploy_option = click.option(
    "--deploy",
    "terraform_deploy",
    is_flag=True,
    default=None,
    help="Also apply Terraform configurations on an emulator, plan again and destroy (a minute).",
)
judge_option = click.option(
    "--judge",
    multiple=True,
    metavar="openai:MODEL|anthropic:MODEL[@URL]",
    callback=lambda _, __, names: names or None,
    help="Also ask this model whether the intent is met; given several times, they are a panel.",
)
workers_option = click.option(
    "--workers", type=int, help="Completions worked on at once (default: 2)."
)


def settings_of(ctx: click.Context, **flags: Any) -> Settings:
    """The settings, with the flags that were given; exit code 2 where one is wrong."""
    try:
        return Settings.load(ctx.obj, **flags)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise click.UsageError(f"setting {name}: {first['msg']}" if name else first["msg"]) from (
            error
        )
    except InvalidFile as error:
        raise click.UsageError(str(error)) from error


def fail(error: Exception | str) -> NoReturn:
    """Say what went wrong and end with exit code 1."""
    click.echo(f"rewardsvc: {error}", err=True)
    sys.exit(1)


def run(work: Coroutine[Any, Any, _Result], interrupted: str) -> _Result:
    """Run to the end; errors and Ctrl-C become messages and exit codes.

    ``interrupted`` says what became of the work that was done before Ctrl-C.
    """
    try:
        return asyncio.run(work)
    except RewardServiceError as error:
        fail(error)
    except KeyboardInterrupt:
        click.echo(f"interrupted: {interrupted}", err=True)
        sys.exit(INTERRUPTED)
