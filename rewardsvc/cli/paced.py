"""Many requests for one server: no more at once than it answers in time.

A request's deadline begins when it is sent. Sent all together, the last would spend theirs waiting
behind the first, and be late through no fault of their own or of the server's.
"""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rewardsvc.cli.side_by_side import UNDER_WAY
from rewardsvc.concurrency import Concurrency
from rewardsvc.errors import RewardServiceError
from rewardsvc.scorer import Scorer, open_scorer
from rewardsvc.settings import Settings
from rewardsvc.types import FailureKind, ScoreRequest, Verdict

_FIRST = 4
"""Under way at the beginning: as many as the smallest server answers well in time."""

_COMFORTABLE, _TOLERABLE = 0.25, 0.5
"""The shares of the deadline within which an answer says that there is room for one more, and for
a quarter of one. What is let in on the strength of it is answered a round later, when twice as many
may be under way, or a quarter more."""

_TRIES = 3
"""How often a request is sent that comes back late while others of ours are under way."""

_LATE = (FailureKind.TIMED_OUT_BY_US, FailureKind.OVERLOADED)


class Pace:
    """How many may be under way: more for each answer in good time, half for a late one. Pure."""

    def __init__(self, deadline_seconds: float, most: int) -> None:
        self._comfortable = deadline_seconds * _COMFORTABLE
        self._tolerable = deadline_seconds * _TOLERABLE
        self._concurrency = Concurrency(_FIRST, most)

    @property
    def size(self) -> int:
        """How many may be under way; at least one."""
        return self._concurrency.size

    def answered(self, sent: float, now: float) -> None:
        """An answer came at ``now`` (seconds of any clock) to what was sent at ``sent``."""
        took = now - sent
        more = 1.0 if took <= self._comfortable else 0.25 if took <= self._tolerable else 0.0
        self._concurrency.widen(more)

    def late(self, sent: float, now: float) -> None:
        """None came in time."""
        self._concurrency.narrow(sent, now)


class PacedScorer:
    """A :class:`rewardsvc.scorer.Scorer` that hands requests to another one at its pace."""

    def __init__(self, scorer: Scorer, deadline_seconds: float, most: int) -> None:
        """``deadline_seconds``: what each request has from when it is sent."""
        self._scorer = scorer
        self._pace = Pace(deadline_seconds, most)
        self._under_way = 0
        self._turn = asyncio.Condition()

    async def __aenter__(self) -> Self:
        """Open the other one."""
        await self._scorer.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        await self._scorer.__aexit__(exc_type, exc, traceback)

    async def score(self, requests: Sequence[ScoreRequest]) -> list[Verdict]:
        """See :meth:`rewardsvc.scorer.Scorer.score`."""
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._score(request)) for request in requests]
        except* RewardServiceError as errors:
            raise errors.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _score(self, request: ScoreRequest) -> Verdict:
        for _ in range(_TRIES):
            verdict, had_company = await self._score_once(request)
            if verdict.failure_kind not in _LATE or not had_company:
                break
        return verdict

    async def _score_once(self, request: ScoreRequest) -> tuple[Verdict, bool]:
        """The verdict, and whether others were under way when the request was sent."""
        clock = asyncio.get_running_loop().time
        async with self._turn:
            await self._turn.wait_for(lambda: self._under_way < self._pace.size)
            self._under_way += 1
        sent, company = clock(), self._under_way > 1
        try:
            (verdict,) = await self._scorer.score([request])
            if verdict.failure_kind in _LATE:
                self._pace.late(sent, clock())
            else:
                self._pace.answered(sent, clock())
        finally:
            self._under_way -= 1
            async with self._turn:
                self._turn.notify(2)  # for the one that leaves, and for one more
        return verdict, company


def at_once(settings: Settings, server: str | None) -> int:
    """How many requests a command may have under way: in this process, as many as may wait."""
    return UNDER_WAY if server else min(UNDER_WAY, settings.workers + settings.queue)


def open_paced(settings: Settings, server: str | None) -> Scorer:
    """The scorer of a command: one in this process, or one that sends to ``server`` at its pace."""
    scorer = open_scorer(settings, server)
    if server is None:
        return scorer
    return PacedScorer(scorer, settings.request_timeout_seconds, UNDER_WAY)
