"""What the faces on the server's own HTTP address ask its scorer, and read of a body."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Protocol

from rewardsvc.errors import InvalidRequest
from rewardsvc.trainers.again import settled
from rewardsvc.types import JsonValue, ScoreRequest, Verdict

_IN_FLIGHT = 64
"""Completions of one request under way at once."""


class TimedScorer(Protocol):
    """What the faces ask of the server's scorer (:class:`rewardsvc.local.LocalScorer`)."""

    @property
    def capacity(self) -> int:
        """How many it takes at once without turning any away."""
        ...

    async def score_one(self, request: ScoreRequest, *, within: float | None = None) -> Verdict:
        """A verdict within so many seconds."""
        ...


async def all_settled(
    scorer: TimedScorer, requests: Sequence[ScoreRequest], seconds: float
) -> list[Verdict]:
    """The verdicts, all SCORED, in order; each within the seconds.

    Raises:
        InvalidRequest: a request that nobody can score.
        Unscored: there was no verdict on one of them in time.
    """
    # Nobody sheds its own requests: no more are handed over than can wait.
    places = asyncio.Semaphore(min(_IN_FLIGHT, scorer.capacity))

    async def one(request: ScoreRequest, left: float) -> Verdict:
        clock = asyncio.get_running_loop().time
        began = clock()
        async with places:
            return await scorer.score_one(request, within=max(left - (clock() - began), 0.001))

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(settled(partial(one, request), seconds)) for request in requests
            ]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return [task.result() for task in tasks]


def member(body: JsonValue, name: str) -> JsonValue:
    """What a body, a JSON object, has under a name.

    Raises:
        InvalidRequest: it is no object, or has nothing there.
    """
    if not isinstance(body, dict):
        raise InvalidRequest("request", "must be a JSON object")
    if name not in body:
        raise InvalidRequest(name, "is missing")
    return body[name]
