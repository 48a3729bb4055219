"""How a command ends: an error becomes a line on stderr and an exit code."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from datagen.errors import GO_ON, DatagenError, TeacherMissing, WrongUsage
from rewardsvc.errors import InvalidFile, InvalidSetting, RewardServiceError
from rewardsvc.program import Stopped


@contextmanager
def ended_as_command(*, resumable: bool = False) -> Iterator[None]:
    """Exit code 2 for wrong usage and bad input, 1 for what broke, 128 + signal where one came.

    ``resumable``: the same command goes on where it stopped, and the words say so.
    """
    try:
        yield
    except Stopped as stopped:
        click.echo(f"interrupted; {GO_ON}" if resumable else "interrupted", err=True)
        raise SystemExit(stopped.exit_code) from None
    except (WrongUsage, TeacherMissing, InvalidSetting, InvalidFile) as error:
        raise click.UsageError(str(error)) from error
    except (DatagenError, RewardServiceError) as error:
        words = f"{error}\n{GO_ON}" if resumable else str(error)
        raise click.ClickException(words) from error
