"""What ``rewardsvc serve`` does: both faces of the service, until a signal comes."""

import asyncio
import signal
from contextlib import AsyncExitStack

import click

from rewardsvc.faults import classified
from rewardsvc.http import serving_http
from rewardsvc.local import LocalScorer
from rewardsvc.server import serving
from rewardsvc.settings import Settings


async def serve_until_stopped(settings: Settings, listen: str, http_listen: str | None) -> None:
    """Serve until SIGINT or SIGTERM, and say on stderr where.

    Raises:
        rewardsvc.errors.CannotServe: an address is taken, or isolation does not hold.
    """
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


async def _warm_up(scorer: LocalScorer, address: str) -> None:
    with classified() as broken:  # what does not need it is served
        await scorer.warm_up()
    if broken.error is not None:
        fault = broken.fault
        click.echo(f"not warm, so in part UNSCORED for now: {fault.kind}: {fault.reason}", err=True)
    click.echo(f"serving on {address}", err=True)
