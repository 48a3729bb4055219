"""How a command ends: an error becomes a line on stderr and an exit code."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from datagen.errors import (
    GO_ON,
    DatagenError,
    FolderBusy,
    SourceMissing,
    TeacherMissing,
    TokenMissing,
    WouldShrink,
    WrongUsage,
)
from rewardsvc.errors import InvalidFile, InvalidSetting, RewardServiceError
from rewardsvc.program import Stopped

if TYPE_CHECKING:
    from datagen.pipeline import Made


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
    except (WrongUsage, TeacherMissing, TokenMissing, InvalidSetting, InvalidFile) as error:
        raise click.UsageError(str(error)) from error
    except (FolderBusy, SourceMissing, WouldShrink) as error:  # the same again brings nothing
        raise click.ClickException(str(error)) from error
    except (DatagenError, RewardServiceError) as error:
        words = f"{error}\n{GO_ON}" if resumable else str(error)
        raise click.ClickException(words) from error


def ended_with(made: "Made") -> None:
    """Print where a data set is; exit code 1 where it has fewer pairs than were wanted."""
    click.echo(made.file)
    if made.missing:
        raise click.ClickException(made.missing)
