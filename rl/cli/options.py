"""What the commands share: options, errors as a line, and how to go on after Ctrl-C."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path

import click

from rl.errors import TrainingError

server_option = click.option(
    "--server", metavar="HOST:PORT", help="The reward server; in this process where not given."
)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a command is told that works in a run directory."""

    source: str
    overrides: tuple[str, ...]
    tasks: Path | None
    out: Path | None
    server: str | None = None


def run_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command its :class:`RunOptions`, as its first argument."""

    @wraps(command)
    def told(
        *,
        source: str,
        overrides: tuple[str, ...],
        tasks: Path | None,
        out: Path | None,
        server: str | None = None,
        **others: object,
    ) -> None:
        command(RunOptions(source, overrides, tasks, out, server), **others)

    options = (
        click.option(
            "--config",
            "source",
            default="nano",
            show_default=True,
            help="A YAML file, or the name of a packaged one: nano, smollm2-135m, qwen2.5-0.5b.",
        ),
        click.option(
            "--set",
            "overrides",
            multiple=True,
            metavar="KEY=VALUE",
            help="Override a key of the file, such as grpo.steps=20. Repeatable.",
        ),
        click.option(
            "--tasks",
            type=click.Path(path_type=Path),
            help="tasks.jsonl, or its folder. Needed where data.tasks is not set.",
        ),
        click.option(
            "--out",
            type=click.Path(path_type=Path),
            help="The run directory; runs/NAME where not given. A run in it is gone on with.",
        ),
    )
    with_options: Callable[..., None] = told
    for option in reversed(options):
        with_options = option(with_options)
    return with_options


@contextmanager
def reported(command: str) -> Iterator[None]:
    """Errors as one line on stderr, and how to go on after Ctrl-C."""
    try:
        yield
    except TrainingError as error:
        click.echo(f"rl {command}: {error}", err=True)
        if error.exit_code == 130:
            _say_how_to_go_on()
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        click.echo(f"rl {command}: stopped", err=True)
        _say_how_to_go_on()
        sys.exit(130)


def _say_how_to_go_on() -> None:
    click.echo("the same command again goes on from what is saved", err=True)
