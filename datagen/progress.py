"""Shows how a run gets on: the pairs that are accepted, out of those that are wanted."""

from types import TracebackType
from typing import Self

from rich.console import Console

from datagen.decision import Decision, Outcome
from datagen.stream import Candidate
from rewardsvc.progress import Advance, progress_on


class Display:
    """Counts decisions; a context manager."""

    def __init__(self, console: Console, count: int) -> None:
        """``count`` pairs are wanted."""
        self._shown = progress_on(console.file, "verified pairs", count)
        self._advance: Advance | None = None
        self._others = 0

    def __enter__(self) -> Self:
        """Show the progress."""
        self._advance = self._shown.__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Take it away."""
        self._shown.__exit__(exc_type, exc, traceback)

    def decided(self, _: Candidate, decision: Decision) -> None:
        """Count one decision."""
        assert self._advance is not None  # it is shown
        accepted = decision.outcome is Outcome.ACCEPTED
        self._others += not accepted
        self._advance(int(accepted), f"{self._others} others")
