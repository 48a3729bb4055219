"""Progress with a rate and an ETA on stderr: a bar on a terminal, lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_LINE_SECONDS = 10.0
"""How often a line is written where there is no terminal."""


@contextmanager
def progress_on(
    stream: TextIO, what: str, total: int | Callable[[], int | None]
) -> Iterator[Callable[[], None]]:
    """Show progress while the body runs; it calls what it is given once per item done.

    ``total`` may be a function that says how many there are as far as is known by now.
    """
    expected = total if callable(total) else lambda: total
    # Results on the same terminal show the progress, and a bar would be drawn into them.
    if stream.isatty() and not sys.stdout.isatty():
        with _bar_on(stream, what, expected) as advance:
            yield advance
        return
    start = last = time.monotonic()
    done = 0

    def count() -> None:
        nonlocal done, last
        done += 1
        now = time.monotonic()
        if now - last >= _LINE_SECONDS:
            last = now
            stream.write(progress_line(what, done, expected(), now - start))
            stream.flush()

    yield count


def progress_line(what: str, done: int, total: int | None, seconds: float) -> str:
    """``scoring: 120/400, 4.0/s, about 70 s left``, as far as the total is known."""
    rate = done / seconds
    if total is None:
        return f"{what}: {done}, {rate:.1f}/s\n"
    left = (max(total, done) - done) / rate
    return f"{what}: {done}/{max(total, done)}, {rate:.1f}/s, about {left:.0f} s left\n"


@contextmanager
def _bar_on(
    stream: TextIO, what: str, expected: Callable[[], int | None]
) -> Iterator[Callable[[], None]]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    rate = TextColumn("{task.fields[rate]:.1f}/s")
    console = Console(file=stream)
    # Not redirected: what is printed on stdout must stay there, out of the bar's terminal.
    with Progress(*columns, rate, console=console, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(what, total=expected(), rate=0.0)

        def advance() -> None:
            bar.update(task, advance=1, total=expected(), rate=bar.tasks[0].speed or 0.0)

        yield advance
