"""``rewardsvc serve | score | doctor | replay``."""

import asyncio
import json
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
from pydantic import ValidationError
from rich.console import Console

from rewardsvc.errors import InvalidFile, InvalidRequest, RewardServiceError
from rewardsvc.pipeline import prepare
from rewardsvc.progress import progress_on
from rewardsvc.replay import differences, read_verdicts
from rewardsvc.scorer import Scorer, open_scorer
from rewardsvc.settings import Settings
from rewardsvc.types import ScoreRequest, Status, Verdict
from rewardsvc.wire import request_from_json, verdict_to_json

if TYPE_CHECKING:
    from rewardsvc.local import LocalScorer

_UNDER_WAY = 256
"""Requests handed to the scorer at once; it decides itself how many it works on."""

_INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells report it."""


def _settings(ctx: click.Context, **flags: Any) -> Settings:
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


def _fail(error: Exception | str) -> NoReturn:
    click.echo(f"rewardsvc: {error}", err=True)
    sys.exit(1)


_sandbox = click.option(
    "--sandbox",
    type=click.Choice(["auto", "bubblewrap", "docker"]),
    help="How untrusted files are isolated (default: auto).",
)
_terraform = click.option(
    "--terraform",
    type=click.Choice(["warm", "cold"]),
    help="warm: a provider that stays up; cold: init, validate and plan from nothing.",
)
_deploy = click.option(
    "--deploy",
    "terraform_deploy",
    is_flag=True,
    default=None,
    help="Also apply Terraform configurations on an emulator, plan again and destroy (a minute).",
)
_workers = click.option("--workers", type=int, help="Completions worked on at once (default: 2).")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="assay")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file of settings; flags and ASSAY_* variables win over it.",
)
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    """Score completions by running the real tools on what they contain."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s: %(message)s"
    )
    ctx.obj = config


@main.command()
@click.option(
    "--listen", default="127.0.0.1:50051", show_default=True, help="Address of the gRPC service."
)
@click.option("--http", "http_listen", help="Address of the HTTP/JSON face, e.g. 127.0.0.1:8080.")
@_sandbox
@_terraform
@_deploy
@_workers
@click.option("--tls-cert", type=click.Path(), help="PEM of the server's certificate.")
@click.option("--tls-key", type=click.Path(), help="PEM of its key.")
@click.option("--tls-ca", type=click.Path(), help="Demand client certificates signed by this PEM.")
@click.pass_context
def serve(ctx: click.Context, /, listen: str, http_listen: str | None, **flags: Any) -> None:
    """Serve the reward service until SIGINT or SIGTERM.

    With ASSAY_TOKEN set, callers must send it as a bearer token.
    """
    settings = _settings(ctx, **flags)
    try:
        asyncio.run(_serve(settings, listen, http_listen))
    except RewardServiceError as error:
        _fail(error)


async def _serve(settings: Settings, listen: str, http_listen: str | None) -> None:
    from rewardsvc.http import serving_http
    from rewardsvc.local import LocalScorer
    from rewardsvc.server import serving

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        scorer = await stack.enter_async_context(LocalScorer(settings))
        # Bound first, so that a taken port is said at once and not after a warm-up.
        address = await stack.enter_async_context(serving(scorer, settings, listen))
        if http_listen:
            http = await stack.enter_async_context(serving_http(scorer, settings, http_listen))
            click.echo(f"HTTP on {http}", err=True)
        async with asyncio.TaskGroup() as group:
            warming = group.create_task(_warm_up(scorer, address))
            await stop.wait()
            warming.cancel()
        click.echo("stopping", err=True)


async def _warm_up(scorer: "LocalScorer", address: str) -> None:
    from rewardsvc.faults import classify

    try:
        await scorer.warm_up()
    except Exception as error:  # noqa: BLE001 - classified; the other formats are served
        fault = classify(error)
        click.echo(f"terraform is UNSCORED for now: {fault.kind}: {fault.reason}", err=True)
    click.echo(f"serving on {address}", err=True)


@main.command()
@click.argument("requests", type=click.File("rb"))
@click.option("--server", help="HOST:PORT of a reward server; without it, score in this process.")
@_terraform
@_deploy
@_sandbox
@_workers
@click.pass_context
def score(ctx: click.Context, /, requests: Any, server: str | None, **flags: Any) -> None:
    """Score the lines of REQUESTS (JSONL, "-" for stdin): one verdict per line, same order.

    Every line is read and checked first: if one cannot be scored by anybody, nothing is scored
    and the exit code is 2.
    """
    for flag, name in (("terraform", "--terraform"), ("terraform_deploy", "--deploy")):
        if server and flags[flag]:
            raise click.UsageError(f"{name} is for scoring in this process, without --server")
    settings = _settings(ctx, **flags)
    try:
        asked = _read(requests.read(), requests.name)
    except InvalidFile as error:
        raise click.UsageError(str(error)) from error

    def write(verdict: Verdict) -> None:
        click.echo(json.dumps(verdict_to_json(verdict), ensure_ascii=False))

    _run(_score_all(open_scorer(settings, server), asked, write))


def _read(data: bytes, name: str) -> list[ScoreRequest]:
    """The requests in JSONL, each checked for what can be checked without tools.

    Raises:
        InvalidFile: names the line and the field.
    """
    asked = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            request = request_from_json(line)
            prepare(request)
        except InvalidRequest as error:
            raise InvalidFile(f"{name}:{number}: {error}") from error
        asked.append(request)
    if not asked:
        raise InvalidFile(f"{name}: no requests in it; one JSON object per line is expected")
    return asked


async def _score_all(
    scorer: Scorer, asked: Sequence[ScoreRequest], write: Callable[[Verdict], None]
) -> None:
    unscored = 0
    async with scorer:
        with progress_on(sys.stderr, "scoring", len(asked)) as advance:
            async for verdict in _in_order(scorer, asked, advance):
                unscored += verdict.status is Status.UNSCORED
                write(verdict)
    if unscored:
        click.echo(f"{unscored} of {len(asked)} are UNSCORED: see failure_kind", err=True)


async def _in_order(
    scorer: Scorer, asked: Sequence[ScoreRequest], advance: Callable[[], None]
) -> AsyncIterator[Verdict]:
    """The verdicts in the order of the requests, each as soon as those before it are there."""
    slots = asyncio.Semaphore(_UNDER_WAY)

    async def one(request: ScoreRequest) -> Verdict:
        async with slots:
            (verdict,) = await scorer.score([request])
            advance()
            return verdict

    tasks = [asyncio.ensure_future(one(request)) for request in asked]
    try:
        for task in tasks:
            yield await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _run(work: Any) -> Any:
    """Run to the end; errors and Ctrl-C become messages and exit codes."""
    try:
        return asyncio.run(work)
    except RewardServiceError as error:
        _fail(error)
    except KeyboardInterrupt:
        click.echo("interrupted: the verdicts printed so far are complete", err=True)
        sys.exit(_INTERRUPTED)


@main.command()
@_sandbox
@click.pass_context
def doctor(ctx: click.Context, /, **flags: Any) -> None:
    """Show the tools, try the sandbox, say which formats can be scored.

    Exit code 1 if isolation does not hold or no format can be scored.
    """
    from rewardsvc.doctor import examine

    sys.exit(0 if asyncio.run(examine(_settings(ctx, **flags), Console())) else 1)


@main.command()
@click.argument("requests", type=click.File("rb"))
@click.argument("verdicts", type=click.File("rb"))
@click.option("--server", help="HOST:PORT of a reward server; without it, score in this process.")
@_terraform
@_deploy
@_sandbox
@_workers
@click.pass_context
def replay(
    ctx: click.Context, /, requests: Any, verdicts: Any, server: str | None, **flags: Any
) -> None:
    """Score REQUESTS again and report every difference from VERDICTS (exit code 1 if any)."""
    # Kept verdicts would only repeat what was said before.
    settings = _settings(ctx, **flags, cache=False)
    try:
        asked = _read(requests.read(), requests.name)
        before = read_verdicts(verdicts.read(), verdicts.name, asked)
    except InvalidFile as error:
        raise click.UsageError(str(error)) from error
    now: list[Verdict] = []
    _run(_score_all(open_scorer(settings, server), asked, now.append))
    differing = 0
    for old, new in zip(before, now, strict=True):
        found = differences(old, new)
        differing += bool(found)
        for difference in found:
            click.echo(f"{new.id}: {difference}")
    click.echo(f"{differing} of {len(now)} verdicts differ", err=True)
    sys.exit(1 if differing else 0)
