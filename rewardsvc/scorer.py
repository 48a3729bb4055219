"""The one interface that ``datagen`` and ``rl`` use, and the factory that makes it."""

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from rewardsvc.extras import needing
from rewardsvc.types import ScoreRequest, Verdict

if TYPE_CHECKING:
    from rewardsvc.settings import Settings


class Scorer(Protocol):
    """Scores completions, in process or over gRPC; an async context manager.

    Safe for concurrent use from one event loop. A fault is an UNSCORED verdict.
    """

    async def __aenter__(self) -> Self:
        """Connect, or start the tools."""
        ...

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Disconnect, or end every process."""
        ...

    async def score(self, requests: Sequence[ScoreRequest]) -> list[Verdict]:
        """One verdict for each request, in the same order.

        Raises:
            InvalidRequest: a request that nobody can score; none was scored.
            ServerUnavailable: the server could not be reached.
        """
        ...


def open_scorer(settings: "Settings", server: str | None = None) -> Scorer:
    """The scorer at ``server`` ("host:port"), or one in this process where None is given.

    Raises:
        ExtraMissing: there is no server, and what scores in this process is not installed.
    """
    if server is not None:
        from rewardsvc.client import RemoteScorer

        return RemoteScorer(server, settings.connection, weights=settings.weights)
    with needing("server"):
        from rewardsvc.local import LocalScorer

    return LocalScorer(settings)
