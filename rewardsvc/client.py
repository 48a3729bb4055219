"""The scorer behind a gRPC server: a :class:`rewardsvc.scorer.Scorer` for trainers."""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import grpc
from assay.reward.v1 import reward_pb2 as pb
from assay.reward.v1 import reward_pb2_grpc

from rewardsvc.connection import Connection
from rewardsvc.errors import InvalidRequest, ServerGone, ServerUnavailable
from rewardsvc.grpc_status import StatusMeaning, asked_pause, meaning_of
from rewardsvc.retry import Attempts, RetryPolicy
from rewardsvc.reward import DEFAULT_WEIGHTS, rule_of
from rewardsvc.types import Components, FailureKind, Fault, ScoreRequest, Verdict
from rewardsvc.window import Window
from rewardsvc.wire.protobuf import request_to_proto, verdict_from_proto

MESSAGE_BYTES = 64 * 1024 * 1024
"""The largest message, in both directions."""

_IN_FLIGHT = 256
"""Requests of one client under way at once, at most."""

RETRIES = RetryPolicy(
    first_pause_seconds=0.25,
    longest_pause_seconds=2.0,  # a server that comes back is found within this time
    least_seconds=0.05,
)
"""As often as there is time for: a server that went away restarts, one without room gets some."""

_SERVICE_CONFIG = json.dumps(
    # Reward servers are stateless: a name with several addresses is spread over all of them.
    {"loadBalancingConfig": [{"round_robin": {}}]}
)

_LOG = logging.getLogger(__name__)


def channel_options() -> list[tuple[str, str | int]]:
    """What client and server channels share."""
    return [
        ("grpc.max_receive_message_length", MESSAGE_BYTES),
        ("grpc.max_send_message_length", MESSAGE_BYTES),
    ]


def _client_options() -> list[tuple[str, str | int]]:
    """What a client's channel has beside: it tries again itself, and notices a dead peer."""
    return [
        *channel_options(),
        ("grpc.service_config", _SERVICE_CONFIG),
        ("grpc.enable_retries", 0),
        ("grpc.initial_reconnect_backoff_ms", 200),
        ("grpc.max_reconnect_backoff_ms", 2000),
        ("grpc.min_reconnect_backoff_ms", 5000),  # one attempt to connect
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 20_000),
    ]


@dataclass(slots=True)
class _Sent:
    """One request on its way.

    ``turned_away``: what the server said when it had no room, "" where it had; ``asked``: how many
    seconds it asked to wait then.
    """

    request: ScoreRequest
    message: pb.ScoreRequest
    attempts: Attempts
    turned_away: str = ""
    asked: float = 0.0


class RemoteScorer:
    """Scores at a server. The channel belongs to the event loop that enters it.

    A server that answered once and is gone (it restarts) is waited for, as long as the request has
    time. So is one that has no room: what it turns away waits here, and is sent again.
    """

    def __init__(
        self,
        server: str,
        connection: Connection | None = None,
        *,
        weights: Components = DEFAULT_WEIGHTS,
    ) -> None:
        """``weights`` are named in the verdicts that are made here, all UNSCORED."""
        self._server = server
        self._connection = connection or Connection()
        self._seconds = self._connection.request_timeout_seconds
        self._rule = rule_of(weights)
        self._channel: grpc.aio.Channel | None = None
        self._stub: reward_pb2_grpc.RewardServiceStub | None = None
        self._window = Window(_IN_FLIGHT)
        self._gone = False

    async def __aenter__(self) -> Self:
        """Connect, within ``connect_timeout_seconds``.

        Raises:
            ServerUnavailable: nobody answers at the address, or nobody who lets us in.
        """
        self._channel = self._connection.channel(self._server, _client_options())
        self._stub = reward_pb2_grpc.RewardServiceStub(self._channel)  # type: ignore[no-untyped-call]
        try:
            await self._connect()
        except BaseException:
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
            return await self._described(min(10.0, self._seconds))
        except grpc.aio.AioRpcError as error:
            raise self._unavailable(error) from error

    async def score(self, requests: Sequence[ScoreRequest]) -> list[Verdict]:
        """One verdict for each request, in the same order.

        A request has ``request_timeout_seconds`` from when it is sent, and is sent when the server
        has room for it. What is late then, or turned away until then, is UNSCORED.

        Raises:
            InvalidRequest: a request that nobody can score.
            ServerUnavailable: there was no server for that long, or it does not let us in.
        """
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._score(request)) for request in requests]
        except* (InvalidRequest, ServerUnavailable) as errors:
            raise errors.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _connect(self) -> None:
        """Ask until the server answers, or the time for connecting is over."""
        attempts = Attempts(RETRIES, self._connection.connect_timeout_seconds)
        while True:
            try:
                with attempts.trying():
                    await self._described(max(RETRIES.least_seconds, attempts.left))
            except grpc.aio.AioRpcError as error:
                gone = meaning_of(error.code(), error.details() or "") is StatusMeaning.GONE
                if not gone or not await attempts.pause():
                    raise self._unavailable(error) from error
            else:
                return

    async def _described(self, seconds: float) -> pb.DescribeResponse:
        """What the server says of itself.

        Raises:
            grpc.aio.AioRpcError: it does not.
        """
        response: pb.DescribeResponse = await self._connected().Describe(
            pb.DescribeRequest(), timeout=seconds, metadata=self._connection.metadata
        )
        return response

    async def _score(self, request: ScoreRequest) -> Verdict:
        message = request_to_proto(request)
        if message.ByteSize() > MESSAGE_BYTES:
            raise InvalidRequest(
                "request", f"{message.ByteSize()} bytes as a message, more than {MESSAGE_BYTES}"
            )
        sent = _Sent(request, message, Attempts(RETRIES, self._seconds))
        while True:
            async with self._window:  # waiting for one's turn takes no time of the request's
                verdict = await self._at_server(sent)
            if verdict is not None:
                return verdict
            await sent.attempts.pause(sent.asked)

    async def _at_server(self, sent: _Sent) -> Verdict | None:
        """What the request comes to; None where the server has no room and time is left."""
        while True:
            try:
                with sent.attempts.trying():
                    return await self._asked(sent.message, sent.attempts.left)
            except ValueError as error:
                reason = f"{self._server} gave no verdict that we can read: {error}"
                return self._unscored(sent.request, FailureKind.INTERNAL, reason)
            except grpc.aio.AioRpcError as error:
                verdict = self._final(sent, error)
                if verdict is not None:
                    return verdict
                if meaning_of(error.code(), error.details() or "") is StatusMeaning.BUSY:
                    self._window.refused()
                    sent.turned_away = error.details() or "no room"
                    sent.asked = asked_pause(error)
                    return None
                self._missed(error)
            # The place is kept: none of our other requests need knock meanwhile.
            await sent.attempts.pause()

    async def _asked(self, message: pb.ScoreRequest, seconds: float) -> Verdict:
        """The server's verdict.

        Raises:
            ValueError: it is none.
            grpc.aio.AioRpcError: there is none.
        """
        answer = await self._connected().Score(
            message, timeout=seconds, metadata=self._connection.metadata
        )
        if self._gone:
            self._gone = False
            _LOG.warning("%s is back", self._server)
        self._window.answered()
        return verdict_from_proto(answer)

    def _final(self, sent: _Sent, error: grpc.aio.AioRpcError) -> Verdict | None:
        """What a failed call comes to, None where it is to be tried again.

        Raises:
            InvalidRequest: the request is at fault.
            ServerUnavailable: there is no server, or it does not let us in.
        """
        code, details = error.code(), error.details() or ""
        request, over = sent.request, sent.attempts.late
        match meaning_of(code, details):
            case StatusMeaning.INVALID if code is grpc.StatusCode.INVALID_ARGUMENT:
                field, _, message = details.partition(": ")
                raise InvalidRequest(field, message) from error
            case StatusMeaning.INVALID:
                raise InvalidRequest("request", details) from error
            case StatusMeaning.SHUT:
                raise self._unavailable(error) from error
            case StatusMeaning.BROKEN:
                return self._unscored(request, FailureKind.INTERNAL, f"{code.name}: {details}")
            case StatusMeaning.BUSY:
                return self._unscored(request, FailureKind.OVERLOADED, details) if over else None
            case StatusMeaning.GONE if not over:
                return None
            case StatusMeaning.GONE if code is grpc.StatusCode.UNAVAILABLE:
                raise self._unavailable(error) from error
        if self._gone:  # it was being waited for when the time was up
            raise self._unavailable(error) from error
        if sent.turned_away:  # that took its time, not the work
            return self._unscored(request, FailureKind.OVERLOADED, sent.turned_away)
        reason = f"no verdict within {self._seconds:g} s"
        return self._unscored(request, FailureKind.TIMED_OUT_BY_US, reason)

    def _missed(self, error: grpc.aio.AioRpcError) -> None:
        """Say once that the server is gone and waited for."""
        if not self._gone and error.code() is grpc.StatusCode.UNAVAILABLE:
            self._gone = True
            _LOG.warning(
                "%s is gone (%s); waiting up to %g s for it",
                self._server,
                error.details(),
                self._seconds,
            )

    def _unscored(self, request: ScoreRequest, kind: FailureKind, reason: str) -> Verdict:
        return Verdict.unscored(request.id, Fault(kind, reason), self._rule)

    def _unavailable(self, error: grpc.aio.AioRpcError) -> ServerUnavailable:
        if meaning_of(error.code(), error.details() or "") is StatusMeaning.SHUT:
            return ServerUnavailable(f"{self._server} refuses: {error.details()}")
        return ServerGone(
            f"no reward server at {self._server} ({error.code().name}: {error.details()}); "
            f"start one with: rewardsvc serve --listen {self._server}"
        )

    def _connected(self) -> reward_pb2_grpc.RewardServiceStub:
        if self._stub is None:
            raise RuntimeError("the scorer is not open: use it in `async with`")
        return self._stub
