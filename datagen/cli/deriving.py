"""What the commands have in common that make tasks of verified rows: options, and how they end."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from datagen.cli.curating import data_argument
from datagen.cli.options import concurrency_option, server_option, shrink_option

if TYPE_CHECKING:
    from datagen.pipeline.deriving import Derivation

Function = TypeVar("Function", bound=Callable[..., None])

folder_option = click.option(
    "--out",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of the data set.",
)


def count_option(what: str) -> Callable[[Function], Function]:
    """How many are wanted of what is made."""
    return click.option(
        "--count", type=click.IntRange(min=1), help=f"{what} that are wanted.  [default: one a row]"
    )


def seed_option(chooses: str) -> Callable[[Function], Function]:
    """The seed, and what it chooses."""
    return click.option("--seed", type=int, default=0, show_default=True, help=chooses)


def derivation_options(*, what: str, chooses: str) -> Callable[[Function], Function]:
    """All of a command that makes what it is told of rows: their names are WantedDerived's."""

    def optioned(function: Function) -> Function:
        for option in (
            shrink_option,
            concurrency_option,
            server_option,
            folder_option,
            seed_option(chooses),
            count_option(what),
            data_argument,
        ):
            function = option(function)
        return function

    return optioned


def derive(derivation: "Derivation", config: Path | None, wanted: dict[str, Any]) -> None:
    """Make them and say where they are; exit code 1 where there are fewer than were wanted."""
    from datagen.pipeline.deriving import WantedDerived, make_derived
    from rewardsvc.settings import load_settings

    made = make_derived(derivation, WantedDerived(**wanted), load_settings(config))
    click.echo(made.file)
    if made.missing:
        raise click.ClickException(made.missing)
