"""Progress with a rate and an ETA on stderr: a bar on a terminal, lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_LINE_SECONDS = 10.0
"""How often a line is written where there is no terminal."""


@contextmanager
def progress_on(stream: TextIO, what: str, total: int) -> Iterator[Callable[[], None]]:
    """Show progress while the body runs; it calls what it is given once per item done."""
    if stream.isatty():
        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        rate = TextColumn("{task.fields[rate]:.1f}/s")
        with Progress(*columns, rate, console=Console(file=stream), transient=True) as bar:
            task = bar.add_task(what, total=total, rate=0.0)

            def advance() -> None:
                bar.advance(task)
                bar.update(task, rate=bar.tasks[0].speed or 0.0)

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
            rate = done / (now - start)
            stream.write(
                f"{what}: {done}/{total}, {rate:.1f}/s, about {(total - done) / rate:.0f} s left\n"
            )
            stream.flush()

    yield count
