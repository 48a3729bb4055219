"""The gRPC server around a :class:`rewardsvc.local.LocalScorer`."""

import asyncio
import resource
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from itertools import chain
from typing import TypeAlias

import grpc
from assay.reward.v1 import reward_pb2 as pb
from google.protobuf.message import DecodeError
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from rewardsvc.access import AccessLog, Entry
from rewardsvc.admission import retry_seconds
from rewardsvc.calls import Calls, refuse
from rewardsvc.client import channel_options
from rewardsvc.describe import describe
from rewardsvc.errors import CannotServe, InvalidRequest
from rewardsvc.local import LocalScorer
from rewardsvc.outbox import Outbox, Stalled
from rewardsvc.security import DemandToken, server_credentials
from rewardsvc.settings import Settings
from rewardsvc.types import FailureKind
from rewardsvc.wire.answers import answer_of, fingerprint, stream_answer
from rewardsvc.wire.long import without_excess
from rewardsvc.wire.protobuf import request_from_proto

SERVICE = "assay.reward.v1.RewardService"

_STREAM_IN_FLIGHT = 256
"""Requests of one stream under way at once; a faster client waits, by HTTP/2 flow control."""

_GRACE_SECONDS = 4.0
"""What is under way at shut-down may still finish within this time."""

_GOODBYE_SECONDS = 0.5
"""Of those, the last are for telling everybody else to try again."""

_JSON_BYTES = 2 * 1024 * 1024
"""Of a task's expectations, arguments and truth as a message. Making JSON of them takes a second
at worst, of the one thread that serves."""

_PENDING_CALLS = 65_536
"""That gRPC holds until we take them. By its own defaults it resets calls at random from 1,000 on,
which clients read as CANCELLED; the queue is what turns callers away, with a reason."""

_STREAMS_OF_CONNECTION = 8192
"""Calls of one connection at once; a client's further ones wait on its side."""

_CONNECTIONS = 1024
"""Of all clients; fewer where the process may open few files."""

_Context: TypeAlias = "grpc.aio.ServicerContext[bytes, bytes]"


class RewardService:
    """The service's methods, on messages as bytes.

    Most requests of a training run are repeats. Those are answered where they are read, from the
    bytes of a cached verdict: no task, no queue for a worker, no decoding of what is passed on.
    """

    def __init__(self, scorer: LocalScorer, log: AccessLog, calls: Calls) -> None:
        self._scorer = scorer
        self._log = log
        self._calls = calls

    async def score(self, data: bytes, context: _Context) -> bytes:
        """Score one completion. A client that goes away cancels the work (grpc.aio does)."""
        with self._log.request("grpc Score", context.peer) as entry:
            try:
                message = _decoded(data)
                entry.id, entry.format = message.id, message.task.format
                known_by = fingerprint(message)
                if kept := self._scorer.recall(known_by):
                    entry.scored(kept.reward, cached=True)
                    entry.status = "OK"
                    return answer_of(kept.message, message.id)
                async with self._calls.until_deadline(context, entry):
                    verdict = await self._scorer.score_encoded(
                        request_from_proto(message),
                        within=context.time_remaining(),
                        fingerprint=known_by,
                    )
            except InvalidRequest as error:
                await refuse(context, entry, grpc.StatusCode.INVALID_ARGUMENT, str(error))
            entry.answered(verdict)
            if verdict.failure_kind is FailureKind.OVERLOADED:
                await refuse(
                    context,
                    entry,
                    grpc.StatusCode.RESOURCE_EXHAUSTED,
                    pb.Verdict.FromString(verdict.message).failure_reason,
                    retry_seconds(self._scorer.expected_wait),
                )
            entry.status = "OK"
            return verdict.answer(message.id)

    async def score_stream(self, _: object, context: _Context) -> None:
        """Score many; answers in the order in which they finish."""
        with self._log.request("grpc ScoreStream", context.peer) as entry:
            stalled = False
            try:
                async with self._calls.until_deadline(context, entry):
                    await self._stream(context)
            except* Stalled:
                stalled = True
            if stalled:
                await refuse(context, entry, grpc.StatusCode.ABORTED, "no answers are taken")
            entry.status = "OK"

    async def describe(self, data: bytes, context: _Context) -> bytes:
        """What this server can score."""
        with self._log.request("grpc Describe", context.peer) as entry:
            response = describe(self._scorer.workbench.toolchain, self._scorer.weights)
            entry.status = "OK"
            return response.SerializeToString()

    async def _stream(self, context: _Context) -> None:
        answers = Outbox()
        # No stream sheds its own requests: it hands over no more than can wait.
        slots = asyncio.Semaphore(min(_STREAM_IN_FLIGHT, self._scorer.capacity))

        async def score(message: pb.ScoreRequest, known_by: bytes) -> None:
            try:
                answers.put(await self._stream_answer(message, known_by, context))
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
                        with self._of_stream(message, context) as entry:
                            entry.scored(kept.reward, cached=True)
                            entry.status = "OK"
                        answer = answer_of(kept.message, message.id)
                        answers.put(stream_answer(answer, message.id))
                        continue
                    await slots.acquire()
                    scoring.create_task(score(message, known_by))
            answers.close()

    async def _stream_answer(
        self, message: pb.ScoreRequest, known_by: bytes, context: _Context
    ) -> bytes:
        with self._of_stream(message, context) as entry:
            try:
                verdict = await self._scorer.score_encoded(
                    request_from_proto(message),
                    within=context.time_remaining(),
                    fingerprint=known_by,
                )
            except InvalidRequest as error:
                entry.status = "INVALID_ARGUMENT"
                return _refusal(message.id, error)
            entry.answered(verdict)
            entry.status = "OK"
            return stream_answer(verdict.answer(message.id), message.id)

    def _of_stream(
        self, message: pb.ScoreRequest, context: _Context
    ) -> AbstractContextManager[Entry]:
        """The line of one request of a stream."""
        return self._log.request("grpc ScoreStream", context.peer, message.id, message.task.format)


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
    log = AccessLog.where(settings.access_log)
    guards = [DemandToken(settings.token.get_secret_value(), log)] if settings.token else []
    calls = Calls()
    service = RewardService(scorer, log, calls)
    server = grpc.aio.server(interceptors=guards, options=_options())
    server.add_generic_rpc_handlers((handlers(service), *also))
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
        stopping = asyncio.create_task(server.stop(_GRACE_SECONDS))
        await asyncio.wait([stopping], timeout=_GRACE_SECONDS - _GOODBYE_SECONDS)
        calls.hang_up()
        await stopping


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


def _options() -> list[tuple[str, str | int]]:
    """What gRPC bounds before a call is ours (names: grpc/impl/channel_arg_names.h)."""
    # Files are what runs out first: a box, a tool and a client need them as well.
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return [
        *channel_options(),
        # Without SO_REUSEPORT a taken port is an error instead of a second server on it.
        ("grpc.so_reuseport", 0),
        ("grpc.server.max_pending_requests", _PENDING_CALLS),
        ("grpc.server.max_pending_requests_hard_limit", _PENDING_CALLS),
        ("grpc.max_concurrent_streams", _STREAMS_OF_CONNECTION),
        ("grpc.max_allowed_incoming_connections", min(_CONNECTIONS, files // 4)),
        # A peer that is gone without a word (half-open, a cable) is found out within 80 s.
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.keepalive_permit_without_calls", 1),
        # And clients may ask that often; who asks more often is sent away (ENHANCE_YOUR_CALM).
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.server_handshake_timeout_ms", 20_000),
    ]


def _decoded(data: bytes) -> pb.ScoreRequest:
    try:
        message = pb.ScoreRequest.FromString(without_excess(data))
    except DecodeError as error:
        raise InvalidRequest("request", f"not a ScoreRequest message: {error}") from error
    task = message.task
    checks = chain(task.checks, *(fixture.checks for fixture in task.fixtures))
    size = task.truth.ByteSize() + sum(
        check.expect.ByteSize() + check.arguments.ByteSize() for check in checks
    )
    if size > _JSON_BYTES:
        raise InvalidRequest("task", f"{size} bytes of JSON to expect, more than {_JSON_BYTES}")
    return message


def _refusal(id: str, error: InvalidRequest) -> bytes:
    invalid = pb.InvalidRequest(field=error.field, message=error.message)
    return pb.ScoreStreamResponse(id=id, error=invalid).SerializeToString()
