"""The gRPC server around a :class:`rewardsvc.local.LocalScorer`."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TypeAlias

import grpc
from assay.reward.v1 import reward_pb2 as pb
from google.protobuf.message import DecodeError
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from rewardsvc.client import channel_options
from rewardsvc.describe import describe
from rewardsvc.errors import CannotServe, InvalidRequest
from rewardsvc.local import LocalScorer
from rewardsvc.security import DemandToken, server_credentials
from rewardsvc.settings import Settings
from rewardsvc.types import FailureKind
from rewardsvc.wire import request_from_proto, verdict_to_proto
from rewardsvc.wire.answers import answer_of, fingerprint, stream_answer

SERVICE = "assay.reward.v1.RewardService"

_STREAM_IN_FLIGHT = 256
"""Requests of one stream under way at once; a faster client waits, by HTTP/2 flow control."""

_OUTBOX_BYTES = 64 * 1024 * 1024
"""Answers of one stream that the client has not taken yet; beyond, the server reads no more."""

_GRACE_SECONDS = 5.0
"""What is under way at shut-down may still finish within this time."""

_HANGUP_SECONDS = 5.0
"""Within which gRPC tells that a client has hung up; it takes milliseconds."""

_Context: TypeAlias = "grpc.aio.ServicerContext[bytes, bytes]"


class RewardService:
    """The service's methods, on messages as bytes.

    Most requests of a training run are repeats. Those are answered where they are read, from the
    bytes of a kept verdict: no task, no queue for a worker, no decoding of what is only passed on.
    """

    def __init__(self, scorer: LocalScorer) -> None:
        self._scorer = scorer

    async def score(self, data: bytes, context: _Context) -> bytes:
        """Score one completion. A client that goes away cancels the work (grpc.aio does)."""
        try:
            message = _decoded(data)
            known_by = fingerprint(message)
            if kept := self._scorer.recall(known_by):
                return answer_of(kept.message, message.id)
            verdict = await self._scorer.score_one(
                request_from_proto(message),
                within=context.time_remaining(),
                fingerprint=known_by,
            )
        except InvalidRequest as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        if verdict.failure_kind is FailureKind.OVERLOADED:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, verdict.failure_reason)
        return verdict_to_proto(verdict).SerializeToString()

    async def score_stream(self, _: object, context: _Context) -> None:
        """Score many; answers in the order in which they finish."""
        answers = Outbox()
        slots = asyncio.Semaphore(_STREAM_IN_FLIGHT)

        async def score(message: pb.ScoreRequest, known_by: bytes) -> None:
            try:
                answers.put(await self._stream_answer(message, known_by))
            finally:
                slots.release()

        async with asyncio.TaskGroup() as writing:
            writing.create_task(answers.write_to(context))
            async with asyncio.TaskGroup() as scoring:
                while isinstance(data := await context.read(), bytes):  # until grpc.aio.EOF
                    await answers.room()
                    try:
                        message = _decoded(data)
                    except InvalidRequest as error:
                        answers.put(_refusal("", error))
                        continue
                    known_by = fingerprint(message)
                    if kept := self._scorer.recall(known_by):
                        answer = answer_of(kept.message, message.id)
                        answers.put(stream_answer(answer, message.id))
                        continue
                    await slots.acquire()
                    scoring.create_task(score(message, known_by))
            answers.close()

    async def describe(self, data: bytes, context: _Context) -> bytes:
        """What this server can score."""
        response = describe(self._scorer.workbench.toolchain, self._scorer.weights)
        return response.SerializeToString()

    async def _stream_answer(self, message: pb.ScoreRequest, known_by: bytes) -> bytes:
        try:
            verdict = await self._scorer.score_one(
                request_from_proto(message), fingerprint=known_by
            )
        except InvalidRequest as error:
            return _refusal(message.id, error)
        return stream_answer(verdict_to_proto(verdict).SerializeToString(), message.id)


class Outbox:
    """Answers of one stream on their way to the client, in the order in which they were put.

    A client may send everything before it reads anything; up to a bound its answers wait here.
    """

    def __init__(self, capacity_bytes: int = _OUTBOX_BYTES) -> None:
        self._capacity = capacity_bytes
        self._answers: deque[bytes] = deque()
        self._bytes = 0
        self._closed = False
        self._changed = asyncio.Event()
        self._written = asyncio.Event()

    def put(self, answer: bytes) -> None:
        """Have it written next."""
        self._answers.append(answer)
        self._bytes += len(answer)
        self._changed.set()

    async def room(self) -> None:
        """Wait while more waits here than may."""
        while self._bytes > self._capacity:
            self._written.clear()
            await self._written.wait()

    def close(self) -> None:
        """Nothing more will be put."""
        self._closed = True
        self._changed.set()

    async def write_to(self, context: _Context) -> None:
        """Write until it is closed and empty.

        A client that hangs up while an answer is on its way makes the write fail a moment before
        gRPC tells of it by cancelling the call; that is waited for, and nobody's error.

        Raises:
            grpc.aio.InternalError: an answer could not be written, and the call is not cancelled.
        """
        while True:
            while self._answers:
                answer = self._answers.popleft()
                try:
                    await context.write(answer)
                except grpc.aio.InternalError:
                    await asyncio.sleep(_HANGUP_SECONDS)
                    raise
                self._bytes -= len(answer)
                self._written.set()
            if self._closed:
                return
            self._changed.clear()
            await self._changed.wait()


@asynccontextmanager
async def serving(
    scorer: LocalScorer,
    settings: Settings,
    listen: str,
    also: Sequence[grpc.GenericRpcHandler] = (),
) -> AsyncIterator[str]:
    """Serve a scorer that is open; gives the address, with the port that was bound.

    ``also``: services beside the reward service, e.g. a benchmark's.

    Raises:
        CannotServe: the address cannot be bound, or a TLS file cannot be read.
    """
    credentials = server_credentials(settings)
    guards = [DemandToken(settings.token.get_secret_value())] if settings.token else []
    # Without SO_REUSEPORT a taken port is an error instead of a second server on it.
    server = grpc.aio.server(
        interceptors=guards, options=[*channel_options(), ("grpc.so_reuseport", 0)]
    )
    server.add_generic_rpc_handlers((handlers(RewardService(scorer)), *also))
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


def handlers(service: RewardService) -> grpc.GenericRpcHandler:
    """The methods, without (de)serializers: bytes that are no message get an answer too."""
    return grpc.method_handlers_generic_handler(
        SERVICE,
        {
            "Score": grpc.unary_unary_rpc_method_handler(service.score),
            "ScoreStream": grpc.stream_stream_rpc_method_handler(service.score_stream),
            "Describe": grpc.unary_unary_rpc_method_handler(service.describe),
        },
    )


def _decoded(data: bytes) -> pb.ScoreRequest:
    try:
        return pb.ScoreRequest.FromString(data)
    except DecodeError as error:
        raise InvalidRequest("request", f"not a ScoreRequest message: {error}") from error


def _refusal(id: str, error: InvalidRequest) -> bytes:
    invalid = pb.InvalidRequest(field=error.field, message=error.message)
    return pb.ScoreStreamResponse(id=id, error=invalid).SerializeToString()
