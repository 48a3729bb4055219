"""What the commands share: settings from flags, common options, errors and exit codes."""

import math
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from rewardsvc.errors import InvalidFile, InvalidSetting, RewardServiceError
from rewardsvc.program import Stopped, run_until_stopped

if TYPE_CHECKING:
    from rewardsvc.settings import Settings

_Result = TypeVar("_Result")
_Command = TypeVar("_Command", bound=Callable[..., Any])

_HIGHEST_PORT = 65535

_SCHEMES = ("dns:", "unix:", "unix-abstract:", "ipv4:", "ipv6:", "vsock:", "xds:")
"""Of https://grpc.github.io/grpc/core/md_doc_naming.html."""

SETTINGS = "Further settings: rewardsvc --help lists them."
"""The last line of the help of each command that has settings."""


def log_level_option(default: str | None = None) -> Callable[[_Command], _Command]:
    """``--log-level``, before the command (where it has a default) and behind it."""
    return click.option(
        "--log-level",
        type=click.Choice(["debug", "info", "warning", "error"], case_sensitive=False),
        default=default,
        show_default=True,
        expose_value=False,
        callback=_log_from,
        help="What is written to stderr at least.",
    )


def _log_from(_: click.Context, __: click.Parameter, level: str | None) -> None:
    if level is None:
        return
    import logging

    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(name)s: %(message)s")
    logging.getLogger().setLevel(level.upper())
    for name in ("httpx", "httpx2"):  # the judges' SDKs: a line for each request
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))


def _token_in(_: click.Context, __: click.Parameter, path: Path | None) -> str | None:
    """The token in a file, without the end of its line."""
    if path is None:
        return None
    try:
        return path.read_bytes().decode("utf-8-sig").strip()
    except OSError as error:
        raise click.BadParameter(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"{path}: not UTF-8, byte {error.start}") from error


def an_address(_ctx: click.Context, _param: click.Parameter, address: str | None) -> str | None:
    """``HOST:PORT``, or a name of gRPC's that begins with its scheme (``dns:///``, ``unix:``).

    Raises:
        click.BadParameter: there is no port in it, or none that there can be.
    """
    if address is None or address.startswith(_SCHEMES):
        return address
    _, colon, port = address.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > _HIGHEST_PORT:
        raise click.BadParameter(f"{address!r} is not HOST:PORT, with a port up to {_HIGHEST_PORT}")
    return address


class Share(click.FloatRange):
    """A number from 0 to 1."""

    name = "share"

    def __init__(self) -> None:
        super().__init__(0, 1)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """See :meth:`click.ParamType.convert`; what is no number is in no range."""
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value} is no number.", param, ctx)
        return number


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


def _judge_option(what: str) -> Callable[[_Command], _Command]:
    return click.option(
        "--judge",
        multiple=True,
        metavar="openai:MODEL|anthropic:MODEL[@URL]",
        callback=lambda _, __, names: names or None,
        help=f"{what}; given several times, they are a panel.",
    )


judge_option = _judge_option("Also ask this model whether the intent is met")
measured_judge_option = _judge_option("The model that is measured (or ASSAY_JUDGE)")
workers_option = click.option(
    "--workers", type=int, metavar="N", help="Completions worked on at once (default: 2)."
)
server_option = click.option(
    "--server",
    metavar="HOST:PORT",
    callback=an_address,
    help="Score at this reward server; in this process where not given.",
)
token_file_option = click.option(
    "--token-file",
    "token",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    callback=_token_in,
    help="A file with the bearer token that a server demands and a client sends (or ASSAY_TOKEN).",
)


def settings_of(ctx: click.Context, **flags: Any) -> "Settings":
    """The settings, with the flags that were given; exit code 2 where one is wrong."""
    from rewardsvc.settings import load_settings

    try:
        return load_settings(ctx.obj, **flags)
    except InvalidSetting as error:
        raise click.UsageError(str(error)) from error
    except InvalidFile as error:
        refuse(error)


def refuse(error: InvalidFile) -> NoReturn:
    """Say what is wrong with a file that was given and end with exit code 2."""
    click.echo(f"rewardsvc: {error}", err=True)
    sys.exit(2)


def fail(error: Exception | str) -> NoReturn:
    """Say what went wrong and end with exit code 1."""
    click.echo(f"rewardsvc: {error}", err=True)
    sys.exit(1)


def run(work: Coroutine[Any, Any, _Result], interrupted: str) -> _Result:
    """Run to the end; errors, Ctrl-C and SIGTERM become messages and exit codes.

    ``interrupted`` says what became of the work that was done before.
    """
    try:
        return run_until_stopped(work)
    except RewardServiceError as error:
        fail(error)
    except Stopped as stopped:
        click.echo(f"interrupted: {interrupted}", err=True)
        sys.exit(stopped.exit_code)
