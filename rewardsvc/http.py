"""The HTTP/JSON face of the reward service, for trainers that speak HTTP.

``POST /v1/score`` takes one request object and answers with its verdict; ``GET /healthz`` and
``GET /metrics`` are what probes and Prometheus expect.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CONTENT_TYPE_LATEST

from rewardsvc.errors import CannotServe, InvalidRequest
from rewardsvc.local import LocalScorer
from rewardsvc.security import carries
from rewardsvc.settings import Settings
from rewardsvc.types import FailureKind
from rewardsvc.wire import request_from_json, verdict_to_json

_BODY_BYTES = 64 * 1024 * 1024
"""As large as a gRPC message may be."""

_SCORER = web.AppKey("scorer", LocalScorer)


@asynccontextmanager
async def serving_http(scorer: LocalScorer, settings: Settings, listen: str) -> AsyncIterator[str]:
    """Serve a scorer that is open at ``host:port``; gives the address with the bound port.

    Raises:
        CannotServe: the address cannot be bound.
    """
    host, _, port = listen.rpartition(":")
    guards = [_demand(settings.token.get_secret_value())] if settings.token else []
    app = web.Application(client_max_size=_BODY_BYTES, middlewares=guards)
    app[_SCORER] = scorer
    app.router.add_post("/v1/score", _score)
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/metrics", _metrics)
    # handler_cancellation: a client that goes away takes its work along.
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host or "127.0.0.1", int(port)).start()
        except (OSError, ValueError) as error:
            raise CannotServe(
                f"cannot listen on {listen} for HTTP: {error}; choose another with --http HOST:PORT"
            ) from error
        bound = runner.addresses[0]
        yield f"{bound[0]}:{bound[1]}"
    finally:
        await runner.cleanup()


def _demand(token: str) -> Middleware:
    """Refuses what comes without the token; probes carry none."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path != "/healthz" and not carries(
            request.headers.get("Authorization", ""), token
        ):
            raise web.HTTPUnauthorized(text="this server demands a bearer token (ASSAY_TOKEN)")
        return await handler(request)

    return guard


async def _score(request: web.Request) -> web.Response:
    try:
        (verdict,) = await request.app[_SCORER].score([request_from_json(await request.read())])
    except InvalidRequest as error:
        return web.json_response({"field": error.field, "message": error.message}, status=400)
    status = 429 if verdict.failure_kind is FailureKind.OVERLOADED else 200
    return web.json_response(verdict_to_json(verdict), status=status)


async def _healthz(request: web.Request) -> web.Response:
    return web.json_response(
        {"status": "SERVING", "toolchain": request.app[_SCORER].workbench.toolchain.digest}
    )


async def _metrics(request: web.Request) -> web.Response:
    body = request.app[_SCORER].metrics.exposition()
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
