"""The HTTP/JSON face of the reward service, for trainers that speak HTTP.

``POST /v1/score`` takes one request object and answers with its verdict, ``POST /v1/scores`` an
array of them; ``GET /healthz`` and ``GET /metrics`` are what probes and Prometheus expect. The
routes of trainers are :mod:`rewardsvc.trainers.http`'s and :mod:`rewardsvc.trainers.nemo_gym`'s.
"""

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CONTENT_TYPE_LATEST

from rewardsvc.access import AccessLog, Entry
from rewardsvc.admission import retry_seconds
from rewardsvc.errors import CannotServe, InvalidRequest
from rewardsvc.http_connections import (
    DEFAULT_BOUNDS,
    Bodies,
    ConnectionLimits,
    HttpConnection,
    error_response,
)
from rewardsvc.local import LocalScorer
from rewardsvc.security import carries, http_tls
from rewardsvc.settings import Settings
from rewardsvc.trainers import nemo_gym
from rewardsvc.trainers.again import Unscored
from rewardsvc.trainers.http import openrlhf, slime
from rewardsvc.types import FailureKind, JsonValue, Verdict
from rewardsvc.wire.json import (
    parsed,
    request_from_json,
    request_from_object,
    verdict_to_json,
)

MAX_REQUESTS = 1000
"""In one array."""

MAX_JSON_VALUES = 1_000_000
"""Lists, objects and their members in one body, by its commas and brackets, those within texts
included. Parsing them takes a second of the one thread that serves; ten times as much text does
not."""

_IN_FLIGHT = 256
"""Requests of one array under way at once."""

_SHUTDOWN_SECONDS = 2.0
"""What is under way at shut-down may still finish within this time."""

_HANDSHAKE_SECONDS = 10.0

_SCORER = web.AppKey("scorer", LocalScorer)
_BODIES = web.AppKey("bodies", Bodies)
_ENTRY = web.RequestKey("entry", Entry)


@asynccontextmanager
async def serving_http(
    scorer: LocalScorer, settings: Settings, listen: str, bounds: ConnectionLimits = DEFAULT_BOUNDS
) -> AsyncIterator[str]:
    """Serve a scorer that is open at ``host:port``; gives the address with the bound port.

    With TLS, as gRPC, where the settings name a certificate.

    Raises:
        CannotServe: the address cannot be bound, or a TLS file cannot be read.
    """
    tls = http_tls(settings)
    host, _, port = listen.rpartition(":")
    guards = [_logged(AccessLog.where(settings.access_log)), _errors_in_json]
    if settings.token is not None:
        guards.append(_demand(settings.token.get_secret_value()))
    app = web.Application(middlewares=guards)
    app[_SCORER] = scorer
    app[_BODIES] = Bodies(bounds)
    app.router.add_post("/v1/score", _score)
    app.router.add_post("/v1/scores", _scores)
    app.router.add_post("/get_reward", _asked_by(openrlhf))
    app.router.add_post("/remote_rm", _asked_by(slime))
    app.router.add_post("/verify", _asked_by(nemo_gym.verify))
    app.router.add_post("/seed_session", _asked_by(nemo_gym.session))
    app.router.add_post("/close_session", _asked_by(nemo_gym.session))
    app.router.add_post("/aggregate_metrics", _asked_by(nemo_gym.aggregate_metrics))
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/metrics", _metrics)
    # handler_cancellation: a client that goes away takes its work along.
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        assert runner.server is not None
        manager = runner.server
        try:
            listener = await asyncio.get_running_loop().create_server(
                lambda: HttpConnection(manager, bounds),
                host or "127.0.0.1",
                int(port),
                # As many are accepted at once, before any of them can be turned away.
                backlog=min(128, max(8, bounds.connections_here() // 4)),
                ssl=tls,
                ssl_handshake_timeout=_HANDSHAKE_SECONDS if tls else None,
            )
        except (OSError, ValueError, OverflowError) as error:
            raise CannotServe(
                f"cannot listen on {listen} for HTTP: {error}; choose another with --http HOST:PORT"
            ) from error
        try:
            bound = listener.sockets[0].getsockname()
            yield f"{bound[0]}:{bound[1]}"
        finally:
            listener.close()
    finally:
        await runner.cleanup()


def _logged(log: AccessLog) -> Middleware:
    """Writes a line for each request."""

    @web.middleware
    async def logged(request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        path = resource.canonical if resource is not None else "(unknown)"
        with log.request(f"http {request.method} {path}", lambda: request.remote or "-") as entry:
            request[_ENTRY] = entry
            response = await handler(request)
            entry.status = str(response.status)
            return response

    return logged


@web.middleware
async def _errors_in_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong is told as ``{"field", "message"}``."""
    try:
        return await handler(request)
    except InvalidRequest as error:
        return error_response(400, error.message, error.field)
    except web.HTTPException as error:
        kept = {
            name: error.headers[name]
            for name in ("Allow", "Retry-After", "WWW-Authenticate")
            if name in error.headers
        }
        return error_response(error.status, error.text or error.reason, headers=kept)


def _demand(token: str) -> Middleware:
    """Refuses what comes without the token; probes carry none."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path != "/healthz" and not carries(
            request.headers.get("Authorization", ""), token
        ):
            raise web.HTTPUnauthorized(
                text="this server demands a bearer token (ASSAY_TOKEN)",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return await handler(request)

    return guard


async def _score(request: web.Request) -> web.Response:
    scorer, entry = request.app[_SCORER], request[_ENTRY]
    async with request.app[_BODIES].body(request) as body:
        _require_few_values(body)
        asked = request_from_json(body)
        entry.id, entry.format = asked.id, asked.task.format
        verdict = await scorer.score_one(asked)
    entry.answered(verdict)
    if verdict.failure_kind is FailureKind.OVERLOADED:
        wait = {"Retry-After": str(math.ceil(retry_seconds(scorer.expected_wait)))}
        return web.json_response(verdict_to_json(verdict), status=429, headers=wait)
    return web.json_response(verdict_to_json(verdict))


def _asked_by(face: Callable[[LocalScorer, JsonValue], Awaitable[JsonValue]]) -> Handler:
    """Answers as a trainer expects it; 503 where a completion stays UNSCORED."""

    async def handle(request: web.Request) -> web.Response:
        scorer = request.app[_SCORER]
        async with request.app[_BODIES].body(request) as body:
            _require_few_values(body)
            try:
                return web.json_response(await face(scorer, parsed(body, "request")))
            except Unscored as error:
                request[_ENTRY].answered(error.verdict)
                wait = {"Retry-After": str(math.ceil(retry_seconds(scorer.expected_wait)))}
                raise web.HTTPServiceUnavailable(text=str(error), headers=wait) from error

    return handle


async def _scores(request: web.Request) -> web.Response:
    async with request.app[_BODIES].body(request) as body:
        _require_few_values(body)
        asked = parsed(body, "requests")
        if not isinstance(asked, list):
            raise InvalidRequest("requests", "not a JSON array of requests")
        if len(asked) > MAX_REQUESTS:
            raise web.HTTPRequestEntityTooLarge(
                max_size=MAX_REQUESTS,
                actual_size=len(asked),
                text=f"{len(asked)} requests, more than {MAX_REQUESTS}: send them in parts",
            )
        answers = await _answers(request.app[_SCORER], asked)
    told = Counter(a.status.value if isinstance(a, Verdict) else "invalid" for a in answers)
    request[_ENTRY].outcome = " ".join(f"{word}={number}" for word, number in sorted(told.items()))
    return web.json_response(
        [verdict_to_json(a) if isinstance(a, Verdict) else a for a in answers],
    )


async def _answers(
    scorer: LocalScorer, asked: Sequence[JsonValue]
) -> list[Verdict | dict[str, JsonValue]]:
    """A verdict for each request, or what is told of one that nobody can score."""
    # No array sheds its own requests: it hands over no more than can wait.
    slots = asyncio.Semaphore(min(_IN_FLIGHT, scorer.capacity))

    async def one(data: JsonValue) -> Verdict | dict[str, JsonValue]:
        async with slots:
            try:
                return await scorer.score_one(request_from_object(data))
            except InvalidRequest as error:
                id = data.get("id") if isinstance(data, dict) else None
                return {
                    "id": id if isinstance(id, str) else "",
                    "error": {"field": error.field, "message": error.message},
                }

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(data)) for data in asked]
    return [task.result() for task in tasks]


def _require_few_values(body: bytes) -> None:
    """Raise InvalidRequest for JSON that would take long to parse."""
    values = len(body) - len(body.translate(None, b"[{,"))
    if values > MAX_JSON_VALUES:
        raise InvalidRequest("request", f"more than {MAX_JSON_VALUES} values in the body's JSON")


async def _healthz(request: web.Request) -> web.Response:
    return web.json_response(
        {"status": "SERVING", "toolchain": request.app[_SCORER].workbench.toolchain.digest}
    )


async def _metrics(request: web.Request) -> web.Response:
    body = request.app[_SCORER].metrics.exposition()
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
