"""What the programs (``rewardsvc``, ``datagen``, ``rl``) have in common: help, version, endings.

Loads nothing but click: a help text must not wait for what the work needs.
"""

import os
import signal
import sys
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

_Result = TypeVar("_Result")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

_MOMENT = 0.01
"""Seconds until a dropped Ctrl-C is raised again."""


class Program(click.Group):
    """A command of commands that takes ``-h`` and ``--version``, and ends as shells expect it.

    Ctrl-C is exit code 130, SIGTERM where it is heard 143, and a reader that went away
    (``| head -1``) 141, all without a traceback.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        settings.setdefault(
            "context_settings", {"help_option_names": ["-h", "--help"], "max_content_width": 100}
        )
        super().__init__(*arguments, **settings)
        click.version_option(package_name="assay")(self)

    def main(self, *arguments: Any, **settings: Any) -> Any:
        """See :meth:`click.Command.main`."""
        hold_standard_descriptors()
        return super().main(*arguments, **settings)

    def invoke(self, ctx: click.Context) -> Any:
        """See :meth:`click.Group.invoke`."""
        try:
            with interrupts_kept():
                return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            sys.exit(exit_code(signal.SIGINT))
        except Stopped as stopped:
            click.echo("interrupted", err=True)
            sys.exit(stopped.exit_code)
        except BrokenPipeError:
            let_go_of_stdout()
            sys.exit(exit_code(signal.SIGPIPE))


@contextmanager
def interrupts_kept() -> Iterator[None]:
    """Raise Ctrl-C again where Python dropped it, so that no command runs on as if nobody had come.

    What is raised in a destructor or in a callback of the garbage collector reaches nobody but
    ``sys.unraisablehook``, and the handler of SIGINT runs wherever the main thread happens to be.
    """
    before = sys.unraisablehook

    def hook(dropped: "sys.UnraisableHookArgs") -> None:
        if issubclass(dropped.exc_type, KeyboardInterrupt):
            # From another thread and a moment later: the main one must be out of the destructor.
            main = threading.main_thread().ident
            again = threading.Timer(_MOMENT, signal.pthread_kill, (main, signal.SIGINT))
            again.daemon = True
            again.start()
        else:
            before(dropped)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before


class Stopped(Exception):
    """A signal ended the work, which has cleaned up after itself."""

    def __init__(self, number: int) -> None:
        self.exit_code = exit_code(number)
        super().__init__(signal.Signals(number).name)


def hold_standard_descriptors() -> None:
    """Open on nothing what the caller closed (``2>&-``) of stdin, stdout and stderr.

    Otherwise the next file that is opened takes its number, and what programs write there.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - for as long as we live


def let_go_of_stdout() -> None:
    """Write nothing more to a standard output that failed: Python would try again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def exit_code(number: int) -> int:
    """The exit code of a process that a signal ended, as shells report it."""
    return 128 + number


def run_until_stopped(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run to the end; Ctrl-C and SIGTERM cancel the work and wait for its cleaning up.

    A second signal does not wait.

    Raises:
        Stopped: a signal came.
    """
    import asyncio  # as slow to load as all the rest of a help text

    came: list[int] = []

    async def listening() -> _Result:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def stop(number: int) -> None:
            came.append(number)
            for each in _SIGNALS:
                loop.remove_signal_handler(each)
            task.cancel()

        # Elsewhere than in the main thread Python hears no signals.
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                loop.add_signal_handler(number, stop, number)
        return await work

    try:
        return asyncio.run(listening())
    except asyncio.CancelledError:
        if not came:
            raise
        raise Stopped(came[0]) from None
