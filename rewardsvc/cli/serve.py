"""``rewardsvc serve``: how it is called."""

from typing import Any

import click

from rewardsvc.cli.options import (
    SETTINGS,
    an_address,
    deploy_option,
    fail,
    judge_option,
    log_level_option,
    sandbox_option,
    settings_of,
    terraform_option,
    token_file_option,
    workers_option,
)
from rewardsvc.errors import RewardServiceError


@click.command(
    epilog=f"For example: rewardsvc serve --listen 0.0.0.0:50051 --token-file token. {SETTINGS}"
)
@click.option(
    "--listen",
    metavar="HOST:PORT",
    callback=an_address,
    default="127.0.0.1:50051",
    show_default=True,
    help="Address of the gRPC service; port 0 takes a free one and says which.",
)
@click.option(
    "--http",
    "http_listen",
    metavar="HOST:PORT",
    callback=an_address,
    help="Address of the HTTP/JSON face, e.g. 127.0.0.1:8080; none where not given.",
)
@sandbox_option
@terraform_option
@deploy_option
@workers_option
@judge_option
@click.option(
    "--tls-cert", type=click.Path(), metavar="FILE", help="PEM of the server's certificate."
)
@click.option("--tls-key", type=click.Path(), metavar="FILE", help="PEM of its key.")
@click.option(
    "--tls-ca",
    type=click.Path(),
    metavar="FILE",
    help="Demand client certificates signed by this PEM.",
)
@click.option(
    "--http-plain",
    is_flag=True,
    default=None,
    help="Serve HTTP without TLS although there is a certificate: behind a proxy that ends TLS.",
)
@click.option(
    "--access-log", is_flag=True, default=None, help="Write a line on stderr for each request."
)
@token_file_option
@log_level_option()
@click.pass_context
def serve(ctx: click.Context, /, listen: str, http_listen: str | None, **flags: Any) -> None:
    """Serve the reward service until SIGINT or SIGTERM.

    Where a token is set, callers must send it as a bearer token.
    """
    settings = settings_of(ctx, **flags)

    import asyncio

    from rewardsvc.cli.serving import serve_until_stopped

    try:
        asyncio.run(serve_until_stopped(settings, listen, http_listen))
    except RewardServiceError as error:
        fail(error)
