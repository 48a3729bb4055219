"""Progress with a rate and an ETA on stderr: a bar on a terminal, a line now and then elsewhere.

The one room for it: every long command of rewardsvc, datagen and rl shows how it gets on with
:func:`progress_on`, or with :class:`ProgressLines` where somebody else runs the loop.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Protocol

_LINE_SECONDS = 10.0
"""How often a line is written where there is no bar."""


_WINDOW_SECONDS = 120.0
"""How far back the rate looks: what was fast an hour ago says little of now."""

_STEP_SECONDS = 0.1
"""What is done within this time of something else is not looked at apart."""

_LEAST_SECONDS = 2.0
"""Of what is shorter nothing is told: a few items at once are no rate."""


class RecentPace:
    """How fast things are done of late. Pure: it is told the time.

    The first thing done says nothing: it waited for tools to start, and who counted it would
    announce hours.
    """

    def __init__(self, done: int) -> None:
        """``done`` before it began."""
        self._before = done
        self._seen: deque[tuple[float, int]] = deque()

    def saw(self, now: float, done: int) -> None:
        """So many are done in all."""
        # Many in a moment are kept as one: a window of fast ones is no list of all of them.
        if done > self._before and (not self._seen or now - self._seen[-1][0] >= _STEP_SECONDS):
            self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[1][0] >= _WINDOW_SECONDS:
            self._seen.popleft()

    def since(self, now: float) -> tuple[int, float]:
        """From how many on it is counted, and for how many seconds; (0, 0.0) where it is too soon
        to say."""
        if not self._seen:
            return 0, 0.0
        began, done = self._seen[0]
        return (done, now - began) if now - began >= _LEAST_SECONDS else (0, 0.0)


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
        self._done = already
        self._note = ""
        self._told = time.monotonic()
        self._pace = RecentPace(already)

    def __call__(self, by: int = 1, note: str = "") -> None:
        """So many more are done."""
        self._done += by
        self._note = note
        now = time.monotonic()
        self._pace.saw(now, self._done)
        if now - self._told >= _LINE_SECONDS:
            self.tell()

    def tell(self) -> None:
        """Write the line now."""
        self._told = time.monotonic()
        already, seconds = self._pace.since(self._told)
        line = progress_line(
            self._what,
            self._done,
            _known(self._total),
            seconds,
            already=already,
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
    parts = [f"{done}" if total is None else f"{done}/{max(total, done)}"]
    parts += _speed(done, total, seconds, already)
    if note:
        parts.append(note)
    return f"{what}: {', '.join(parts)}\n"


def _speed(done: int, total: int | None, seconds: float, already: int) -> list[str]:
    """The rate and the time that is left, as far as they are known."""
    rate = (done - already) / seconds if seconds > 0 else 0.0
    if not rate:
        return []
    left = [] if total is None else [f"about {_duration((max(total, done) - done) / rate)} left"]
    return [rate_in_words(rate), *left]


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
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn())
    fields = (TextColumn("{task.fields[rate]}"), TextColumn("{task.fields[note]}"))
    console = Console(file=stream)
    # Not redirected: what is printed on stdout must stay there, out of the bar's terminal.
    with Progress(*columns, *fields, console=console, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(what, total=_known(total), completed=already, rate="", note="")
        done, pace = already, RecentPace(already)

        def advance(by: int = 1, note: str = "") -> None:
            nonlocal done
            done += by
            now = time.monotonic()
            pace.saw(now, done)
            first, seconds = pace.since(now)
            wanted = _known(total)
            rate = ", ".join(_speed(done, wanted, seconds, first))
            bar.update(task, advance=by, total=wanted, rate=rate, note=note)

        yield advance
