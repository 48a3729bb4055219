"""Progress with a rate and an ETA on stderr: a bar on a terminal, a line now and then elsewhere.

The one room for it: every long command of rewardsvc, datagen and rl shows how it gets on with
:func:`progress_on`, or with :class:`ProgressLines` where somebody else runs the loop.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Protocol

_LINE_SECONDS = 10.0
"""How often a line is written where there is no bar."""


class Advance(Protocol):
    """What is called for each item done, or for several; ``note`` is shown behind the numbers."""

    def __call__(self, by: int = 1, note: str = "") -> None:
        """So many more are done."""
        ...


@contextmanager
def progress_on(
    stream: IO[str],
    what: str,
    total: int | Callable[[], int | None],
    *,
    already: int = 0,
    results: IO[str] | None = None,
) -> Iterator[Advance]:
    """Show progress while the body runs; it calls what it is given.

    ``total`` may be a function that says how many there are as far as is known by now. ``already``
    were done before and say nothing of the rate. ``results``: where they are written meanwhile;
    on a terminal they show the progress, and a bar would be drawn into them.
    """
    if stream.isatty() and not (results is not None and results.isatty()):
        with _bar_on(stream, what, total, already) as advance:
            yield advance
    else:
        yield ProgressLines(stream, what, total, already=already)


class ProgressLines:
    """An :class:`Advance` that writes a line now and then, and nothing where all is done soon."""

    def __init__(
        self,
        stream: IO[str],
        what: str,
        total: int | Callable[[], int | None],
        *,
        already: int = 0,
    ) -> None:
        """See :func:`progress_on`."""
        self._stream = stream
        self._what = what
        self._total = total
        self._already = self._done = already
        self._note = ""
        self._began = self._told = time.monotonic()

    def __call__(self, by: int = 1, note: str = "") -> None:
        """So many more are done."""
        self._done += by
        self._note = note
        if time.monotonic() - self._told >= _LINE_SECONDS:
            self.tell()

    def tell(self) -> None:
        """Write the line now."""
        self._told = time.monotonic()
        line = progress_line(
            self._what,
            self._done,
            _known(self._total),
            self._told - self._began,
            already=self._already,
            note=self._note,
        )
        self._stream.write(line)
        self._stream.flush()


def progress_line(
    what: str,
    done: int,
    total: int | None,
    seconds: float,
    *,
    already: int = 0,
    note: str = "",
) -> str:
    """``scoring: 120/400, 4.0/s, about 70 s left``, as far as the total and the rate are known."""
    rate = (done - already) / seconds if seconds > 0 else 0.0
    parts = [f"{done}" if total is None else f"{done}/{max(total, done)}"]
    if rate:
        parts.append(rate_in_words(rate))
        if total is not None:
            parts.append(f"about {_duration((max(total, done) - done) / rate)} left")
    if note:
        parts.append(note)
    return f"{what}: {', '.join(parts)}\n"


def rate_in_words(rate: float) -> str:
    """``4.0/s``, or ``13 s each`` where one takes long; ``rate`` is above 0."""
    if rate >= 0.1:
        return f"{rate:.1f}/s" if rate >= 1 else f"{rate:.2f}/s"
    return f"{_duration(1 / rate)} each"


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _known(total: int | Callable[[], int | None]) -> int | None:
    return total() if callable(total) else total


@contextmanager
def _bar_on(
    stream: IO[str], what: str, total: int | Callable[[], int | None], already: int
) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    fields = (TextColumn("{task.fields[rate]}"), TextColumn("{task.fields[note]}"))
    console = Console(file=stream)
    # Not redirected: what is printed on stdout must stay there, out of the bar's terminal.
    with Progress(*columns, *fields, console=console, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(what, total=_known(total), completed=already, rate="", note="")

        def advance(by: int = 1, note: str = "") -> None:
            speed = bar.tasks[0].speed
            rate = rate_in_words(speed) if speed else ""
            bar.update(task, advance=by, total=_known(total), rate=rate, note=note)

        yield advance
