"""A fault is asked about again while there is time: most of them pass, and servers restart."""

import logging
from collections.abc import Awaitable, Callable
from typing import Self

from rewardsvc.errors import ServerGone
from rewardsvc.retry import Attempts, RetryPolicy
from rewardsvc.types import FailureKind, Status, Verdict

POLICY = RetryPolicy(first_pause_seconds=0.5, longest_pause_seconds=8.0, least_seconds=1.0)
"""Between one UNSCORED verdict and the next try."""

LASTING = frozenset({FailureKind.TOOL_MISSING, FailureKind.PROVIDER_MISSING})
"""What a server lacks, it lacks at the next try too."""

_LOG = logging.getLogger(__name__)


class Unscored(Exception):
    """There is no verdict on a completion, for a fault of ours that did not pass in time.

    ``verdict`` names it. No number stands for it.
    """

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        kind = verdict.failure_kind.value if verdict.failure_kind is not None else "UNSCORED"
        super().__init__(f"{verdict.id or 'completion'}: {kind}: {verdict.failure_reason}")

    def __reduce__(self) -> tuple[type[Self], tuple[Verdict]]:
        """Trainers raise it in other processes: by what it is made of, not by its words."""
        return type(self), (self.verdict,)


async def settled(score: Callable[[float], Awaitable[Verdict]], seconds: float) -> Verdict:
    """The verdict, SCORED, of a completion that may be scored several times.

    Args:
        score: gives a verdict within the seconds that it is told.
        seconds: for all attempts together.

    Raises:
        ServerUnavailable: there was no server in that time, or it does not let us in.
        Unscored: it was not scored in that time.
    """
    attempts = Attempts(POLICY, left=seconds)
    while True:
        try:
            with attempts.trying():
                verdict = await score(attempts.left)
        except ServerGone as error:
            _LOG.warning("%s; %.0f s are left for it to come back", error, max(attempts.left, 0.0))
            if not await attempts.pause():
                raise
            continue
        if verdict.status is Status.SCORED and verdict.reward is not None:
            return verdict
        same_again = verdict.chosen or verdict.failure_kind in LASTING
        if same_again or not await attempts.pause():
            raise Unscored(verdict)
