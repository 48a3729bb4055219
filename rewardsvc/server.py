"""The gRPC server around a :class:`rewardsvc.local.LocalScorer`."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import grpc
from assay.reward.v1 import reward_pb2 as pb
from google.protobuf.message import DecodeError, Message
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from rewardsvc.client import channel_options
from rewardsvc.describe import describe
from rewardsvc.errors import CannotServe, InvalidRequest
from rewardsvc.local import LocalScorer
from rewardsvc.security import DemandToken, server_credentials
from rewardsvc.settings import Settings
from rewardsvc.types import FailureKind, ScoreRequest, Verdict
from rewardsvc.wire import request_from_proto, verdict_to_proto

SERVICE = "assay.reward.v1.RewardService"

_STREAM_IN_FLIGHT = 256
"""Requests of one stream under way at once; a faster client waits, by HTTP/2 flow control."""

_GRACE_SECONDS = 5.0
"""What is under way at shut-down may still finish within this time."""

_LOG = logging.getLogger(__name__)


class _Undecodable:
    """What a request that is no message (invalid UTF-8, say) is turned into."""

    def __init__(self, error: DecodeError) -> None:
        self.reason = f"request: not a ScoreRequest message: {error}"


class RewardService:
    """The service's methods."""

    def __init__(self, scorer: LocalScorer) -> None:
        self._scorer = scorer

    async def score(
        self,
        message: "pb.ScoreRequest | _Undecodable",
        context: "grpc.aio.ServicerContext[pb.ScoreRequest, pb.Verdict]",
    ) -> pb.Verdict:
        """Score one completion. A client that goes away cancels the work (grpc.aio does)."""
        try:
            verdict = await self._verdict(_decoded(message), context.time_remaining())
        except InvalidRequest as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        if verdict.failure_kind is FailureKind.OVERLOADED:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, verdict.failure_reason)
        return verdict_to_proto(verdict)

    async def score_stream(
        self,
        messages: "AsyncIterator[pb.ScoreRequest | _Undecodable]",
        context: "grpc.aio.ServicerContext[pb.ScoreRequest, pb.ScoreStreamResponse]",
    ) -> AsyncIterator[pb.ScoreStreamResponse]:
        """Score many; answers in the order in which they finish."""
        answers: asyncio.Queue[pb.ScoreStreamResponse | None] = asyncio.Queue()
        slots = asyncio.Semaphore(_STREAM_IN_FLIGHT)

        async def answer(message: "pb.ScoreRequest | _Undecodable") -> None:
            try:
                answers.put_nowait(await self._answer(message))
            finally:
                slots.release()

        async def read() -> None:
            async with asyncio.TaskGroup() as scoring:
                async for message in messages:
                    await slots.acquire()
                    scoring.create_task(answer(message))
            answers.put_nowait(None)

        async with _background(read()):
            while (response := await answers.get()) is not None:
                yield response

    async def describe(
        self,
        message: pb.DescribeRequest,
        context: "grpc.aio.ServicerContext[pb.DescribeRequest, pb.DescribeResponse]",
    ) -> pb.DescribeResponse:
        """What this server can score."""
        return describe(self._scorer.workbench.toolchain, self._scorer.weights)

    async def _answer(self, message: "pb.ScoreRequest | _Undecodable") -> pb.ScoreStreamResponse:
        id = "" if isinstance(message, _Undecodable) else message.id
        try:
            verdict = await self._verdict(_decoded(message))
        except InvalidRequest as error:
            invalid = pb.InvalidRequest(field=error.field, message=error.message)
            return pb.ScoreStreamResponse(id=id, error=invalid)
        return pb.ScoreStreamResponse(id=id, verdict=verdict_to_proto(verdict))

    async def _verdict(self, request: ScoreRequest, within: float | None = None) -> Verdict:
        (verdict,) = await self._scorer.score([request], within=within)
        return verdict


@asynccontextmanager
async def serving(scorer: LocalScorer, settings: Settings, listen: str) -> AsyncIterator[str]:
    """Serve a scorer that is open; gives the address, with the port that was bound.

    Raises:
        CannotServe: the address cannot be bound, or a TLS file cannot be read.
    """
    credentials = server_credentials(settings)
    guards = [DemandToken(settings.token.get_secret_value())] if settings.token else []
    # Without SO_REUSEPORT a taken port is an error instead of a second server on it.
    server = grpc.aio.server(
        interceptors=guards, options=[*channel_options(), ("grpc.so_reuseport", 0)]
    )
    server.add_generic_rpc_handlers((_handlers(RewardService(scorer)),))
    checks = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    reflection.enable_server_reflection(
        (SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME), server
    )
    try:
        if credentials is None:
            port = server.add_insecure_port(listen)
        else:
            port = server.add_secure_port(listen, credentials)
    except RuntimeError as error:
        raise CannotServe(
            f"cannot listen on {listen}: the port is taken or not ours; "
            "choose another with --listen HOST:PORT"
        ) from error
    await server.start()
    for name in ("", SERVICE):
        await checks.set(name, health_pb2.HealthCheckResponse.SERVING)
    host = listen.rpartition(":")[0]
    try:
        yield f"{host}:{port}" if not listen.startswith("unix:") else listen
    finally:
        await checks.enter_graceful_shutdown()
        await server.stop(_GRACE_SECONDS)


def _handlers(service: RewardService) -> grpc.GenericRpcHandler:
    """The methods with a decoder that reports what it cannot decode."""
    decode = _decoder(pb.ScoreRequest)
    encode: Callable[[Message], bytes] = lambda message: message.SerializeToString()  # noqa: E731
    return grpc.method_handlers_generic_handler(
        SERVICE,
        {
            "Score": grpc.unary_unary_rpc_method_handler(service.score, decode, encode),
            "ScoreStream": grpc.stream_stream_rpc_method_handler(
                service.score_stream, decode, encode
            ),
            "Describe": grpc.unary_unary_rpc_method_handler(
                service.describe, pb.DescribeRequest.FromString, encode
            ),
        },
    )


def _decoder(type_: type[pb.ScoreRequest]) -> "Callable[[bytes], pb.ScoreRequest | _Undecodable]":
    def decode(data: bytes) -> "pb.ScoreRequest | _Undecodable":
        try:
            return type_.FromString(data)
        except DecodeError as error:
            return _Undecodable(error)

    return decode


def _decoded(message: "pb.ScoreRequest | _Undecodable") -> ScoreRequest:
    if isinstance(message, _Undecodable):
        raise InvalidRequest("request", message.reason.removeprefix("request: "))
    return request_from_proto(message)


@asynccontextmanager
async def _background(work: "asyncio._CoroutineLike[None]") -> AsyncIterator[None]:
    """Run work beside the body; its failure ends the body, and the body's end ends it."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work)
        try:
            yield
        finally:
            task.cancel()
