"""The scorer behind a gRPC server: a :class:`rewardsvc.scorer.Scorer` for trainers."""

import asyncio
import json
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import grpc
from assay.reward.v1 import reward_pb2 as pb
from assay.reward.v1 import reward_pb2_grpc

from rewardsvc.errors import InvalidRequest, ServerUnavailable
from rewardsvc.pipeline import unscored
from rewardsvc.security import client_channel, client_metadata
from rewardsvc.settings import Settings
from rewardsvc.types import Components, FailureKind, Fault, ScoreRequest, Verdict
from rewardsvc.wire import request_to_proto, verdict_from_proto

MESSAGE_BYTES = 64 * 1024 * 1024
"""The largest message, in both directions."""

_IN_FLIGHT = 256
"""Requests of one client under way at once; the server queues no more than it can keep."""

_BUSY_RETRIES = 5
"""How often a request that the server shed is sent again, waiting twice as long each time."""

_BUSY_SECONDS = 0.5

_SERVICE_CONFIG = json.dumps(
    {
        # Reward servers are stateless: a name with several addresses is spread over all of them.
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": [
            {
                "name": [{"service": "assay.reward.v1.RewardService"}],
                "retryPolicy": {
                    "maxAttempts": 4,
                    "initialBackoff": "0.2s",
                    "maxBackoff": "2s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ],
    }
)


def channel_options() -> list[tuple[str, str | int]]:
    """What client and server channels share."""
    return [
        ("grpc.max_receive_message_length", MESSAGE_BYTES),
        ("grpc.max_send_message_length", MESSAGE_BYTES),
    ]


class RemoteScorer:
    """Scores at a server. The channel belongs to the event loop that enters it."""

    def __init__(self, server: str, settings: Settings) -> None:
        self._server = server
        self._settings = settings
        self._metadata = client_metadata(settings)
        self._seconds = settings.request_timeout_seconds
        self._weights = Components(
            settings.weight_syntax, settings.weight_correctness, settings.weight_format
        )
        self._channel: grpc.aio.Channel | None = None
        self._stub: reward_pb2_grpc.RewardServiceStub | None = None
        self._slots = asyncio.Semaphore(_IN_FLIGHT)

    async def __aenter__(self) -> Self:
        """Connect.

        Raises:
            ServerUnavailable: nobody answers at the address.
        """
        self._channel = client_channel(
            self._server,
            self._settings,
            [*channel_options(), ("grpc.service_config", _SERVICE_CONFIG)],
        )
        self._stub = reward_pb2_grpc.RewardServiceStub(self._channel)  # type: ignore[no-untyped-call]
        try:
            await self.describe()
        except ServerUnavailable:
            await self._channel.close()
            raise
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Disconnect; what is under way is cancelled at the server too."""
        if self._channel is not None:
            await self._channel.close()

    async def describe(self) -> pb.DescribeResponse:
        """What the server can score.

        Raises:
            ServerUnavailable: nobody answers at the address.
        """
        try:
            response: pb.DescribeResponse = await self._connected().Describe(
                pb.DescribeRequest(),
                timeout=min(10.0, self._seconds),
                metadata=self._metadata,
            )
        except grpc.aio.AioRpcError as error:
            raise self._unavailable(error) from error
        return response

    async def score(self, requests: Sequence[ScoreRequest]) -> list[Verdict]:
        """One verdict for each request, in the same order.

        A request whose deadline passes, or that the server sheds time and again, is UNSCORED.

        Raises:
            InvalidRequest: a request that nobody can score.
            ServerUnavailable: the server went away.
        """
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._score(request)) for request in requests]
        except* (InvalidRequest, ServerUnavailable) as errors:
            raise errors.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _score(self, request: ScoreRequest) -> Verdict:
        message = request_to_proto(request)
        async with self._slots:
            for attempt in range(_BUSY_RETRIES + 1):
                try:
                    answer = await self._connected().Score(
                        message, timeout=self._seconds, metadata=self._metadata
                    )
                    return verdict_from_proto(answer)
                except ValueError as error:
                    reason = f"{self._server} gave no verdict that we can read: {error}"
                    fault = Fault(FailureKind.INTERNAL, reason)
                    break
                except grpc.aio.AioRpcError as error:
                    fault = self._fault(error)
                    if fault.kind is not FailureKind.OVERLOADED or attempt == _BUSY_RETRIES:
                        break
                await asyncio.sleep(_BUSY_SECONDS * 2**attempt)
        return unscored(request.id, fault, "", self._weights)

    def _fault(self, error: grpc.aio.AioRpcError) -> Fault:
        """The fault that a status stands for.

        Raises:
            InvalidRequest: the request is at fault.
            ServerUnavailable: there is no server.
        """
        code, details = error.code(), error.details() or ""
        if code is grpc.StatusCode.INVALID_ARGUMENT:
            field, _, message = details.partition(": ")
            raise InvalidRequest(field, message) from error
        if code is grpc.StatusCode.DEADLINE_EXCEEDED:
            return Fault(FailureKind.TIMED_OUT_BY_US, f"no verdict within {self._seconds:g} s")
        if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
            return Fault(FailureKind.OVERLOADED, details)
        if code is grpc.StatusCode.CANCELLED:
            return Fault(FailureKind.CANCELLED, details)
        if code is grpc.StatusCode.UNAVAILABLE:
            raise self._unavailable(error) from error
        return Fault(FailureKind.INTERNAL, f"{code.name}: {details}")

    def _unavailable(self, error: grpc.aio.AioRpcError) -> ServerUnavailable:
        if error.code() is grpc.StatusCode.UNAUTHENTICATED:
            return ServerUnavailable(f"{self._server} refuses: {error.details()}")
        return ServerUnavailable(
            f"no reward server at {self._server} ({error.code().name}: {error.details()}); "
            f"start one with: rewardsvc serve --listen {self._server}"
        )

    def _connected(self) -> reward_pb2_grpc.RewardServiceStub:
        if self._stub is None:
            raise RuntimeError("the scorer is not open: use it in `async with`")
        return self._stub
