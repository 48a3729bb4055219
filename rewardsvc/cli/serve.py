"""``rewardsvc serve``."""

import asyncio
import signal
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import click

from rewardsvc.cli.options import (
    deploy_option,
    fail,
    judge_option,
    sandbox_option,
    settings_of,
    terraform_option,
    workers_option,
)
from rewardsvc.errors import RewardServiceError
from rewardsvc.settings import Settings

if TYPE_CHECKING:
    from rewardsvc.local import LocalScorer


@click.command()
@click.option(
    "--listen", default="127.0.0.1:50051", show_default=True, help="Address of the gRPC service."
)
@click.option("--http", "http_listen", help="Address of the HTTP/JSON face, e.g. 127.0.0.1:8080.")
@sandbox_option
@terraform_option
@deploy_option
@workers_option
@judge_option
@click.option("--tls-cert", type=click.Path(), help="PEM of the server's certificate.")
@click.option("--tls-key", type=click.Path(), help="PEM of its key.")
@click.option("--tls-ca", type=click.Path(), help="Demand client certificates signed by this PEM.")
@click.pass_context
def serve(ctx: click.Context, /, listen: str, http_listen: str | None, **flags: Any) -> None:
    """Serve the reward service until SIGINT or SIGTERM.

    With ASSAY_TOKEN set, callers must send it as a bearer token.
    """
    settings = settings_of(ctx, **flags)
    try:
        asyncio.run(_serve(settings, listen, http_listen))
    except RewardServiceError as error:
        fail(error)


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
