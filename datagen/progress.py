"""Shows how a run gets on: the pairs that are accepted, out of those that are wanted."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console

from datagen.record import Outcome, Record
from rewardsvc.progress import Advance, progress_on


class Display:
    """Counts the records that got through; a context manager."""

    def __init__(self, console: Console, count: int, spent: Callable[[], str]) -> None:
        """``count`` pairs are wanted; ``spent`` says what they have cost so far."""
        self._spent = spent
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

    def decided(self, record: Record) -> None:
        """Count one."""
        assert self._advance is not None  # it is shown
        accepted = record.outcome is Outcome.ACCEPTED
        self._others += not accepted
        note = ", ".join(filter(None, (f"{self._others} others", self._spent())))
        self._advance(int(accepted), note)
