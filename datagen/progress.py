"""Shows how a run gets on, on stderr: a bar on a terminal, a line now and then elsewhere."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from datagen.decision import Decision, Outcome
from datagen.stream import Candidate

_LINE_SECONDS = 10.0


class Display:
    """Counts decisions; a context manager."""

    def __init__(self, console: Console, count: int) -> None:
        """``count`` pairs are wanted."""
        self._console = console
        self._count = count
        self._accepted = 0
        self._others = 0
        self._started = self._said = time.monotonic()
        self._bar = Progress(
            TextColumn("verified pairs"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TextColumn("ETA"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("", total=count, rate="")

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        self._bar.stop()

    def decided(self, _: Candidate, decision: Decision) -> None:
        """Count one decision."""
        if decision.outcome is Outcome.ACCEPTED:
            self._accepted += 1
        else:
            self._others += 1
        now = time.monotonic()
        rate = self._accepted / max(now - self._started, 1e-6)
        self._bar.update(self._task, completed=self._accepted, rate=f"{rate:.1f}/s")
        if not self._console.is_terminal and now - self._said >= _LINE_SECONDS:
            self._said = now
            left = f"{(self._count - self._accepted) / rate:.0f} s" if rate else "unknown"
            self._console.print(
                f"{self._accepted}/{self._count} verified pairs ({self._others} others), "
                f"{rate:.1f}/s, ETA {left}",
                highlight=False,
            )
