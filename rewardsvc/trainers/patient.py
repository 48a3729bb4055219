"""A completion that a trainer's own process asks a server about, until its time is up."""

import asyncio
import functools
import os
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import TypeVar

from rewardsvc.client import RemoteScorer
from rewardsvc.connection import Connection
from rewardsvc.trainers.again import settled
from rewardsvc.trainers.rows import request_about
from rewardsvc.types import JsonValue, Verdict

DEADLINE_SECONDS = 300.0
"""For one completion, all attempts together, where a trainer says nothing else."""

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class PatientClient:
    """Who is asked, and for how long; it pickles.

    ``server``: ``host:port`` of ``rewardsvc serve``. ``deadline_seconds``: for each verdict, all
    attempts together; a server that is not there is waited for as long. ``connection``: how it is
    reached; where None, as the ``ASSAY_*`` variables say of the process that asks.
    """

    server: str
    deadline_seconds: float = DEADLINE_SECONDS
    connection: Connection | None = None

    async def verdict(self, row: JsonValue, completion: str, field: str = "row") -> Verdict:
        """The verdict, SCORED, on a completion of a row's task.

        Args:
            row: of ``tasks.jsonl``, as JSON text or as an object.
            completion: the model's raw text.
            field: what the trainer calls the place of the row, for errors.

        Raises:
            InvalidRequest: it is no row, or one that nobody can score.
            ServerUnavailable: there was no server in time, or it does not let us in.
            Unscored: there was no verdict in time.
        """
        request = request_about(row, completion, field)
        connection = self.connection or Connection.from_environment()

        async def score(seconds: float) -> Verdict:
            patient = replace(
                connection,
                connect_timeout_seconds=min(connection.connect_timeout_seconds, seconds),
                request_timeout_seconds=seconds,
            )
            async with RemoteScorer(self.server, patient) as scorer:
                return (await scorer.score([request]))[0]

        return await settled(score, self.deadline_seconds)

    def verdict_now(self, row: JsonValue, completion: str, field: str = "row") -> Verdict:
        """:meth:`verdict` for callers that do not await, with an event loop in their thread or not.

        Raises:
            InvalidRequest, ServerUnavailable, Unscored: as :meth:`verdict`.
        """
        return waited_for(self.verdict(row, completion, field))


def figures(verdict: Verdict) -> dict[str, float]:
    """``reward``, ``syntax``, ``correctness`` and ``format``, of a verdict that is SCORED."""
    assert verdict.reward is not None and verdict.components is not None
    parts = verdict.components
    return {
        "reward": verdict.reward,
        "syntax": parts.syntax,
        "correctness": parts.correctness,
        "format": parts.format,
    }


def waited_for(asked: Coroutine[None, None, Outcome]) -> Outcome:
    """What a coroutine gives, run in this process's one loop for callers that do not await.

    Not ``asyncio.run``: their thread may have a loop that runs, and loops of several threads that
    use ``grpc.aio`` at once take each other's events.
    """
    with _MAKING:
        loop = _loop(os.getpid())
    return asyncio.run_coroutine_threadsafe(asked, loop).result()


_MAKING = threading.Lock()
"""Threads that ask for the first time at once have one loop."""


@functools.cache
def _loop(process: int) -> asyncio.AbstractEventLoop:
    """The loop of this process: one that was forked has none of its parent's threads."""
    loop = asyncio.new_event_loop()
    # A thread, for the caller's own blocks until there is a verdict.
    threading.Thread(target=loop.run_forever, name="asking", daemon=True).start()
    return loop
