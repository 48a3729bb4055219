"""What to install where a library of an extra is missing: a base install only asks a server."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_OURS = frozenset({"assay", "sandbox", "rewardsvc", "datagen", "rl"})
"""Packages that every install has: one of their modules that is missing is a fault of ours."""


class ExtraMissing(ImportError):
    """A library is not installed; the message says which extra brings it."""

    def __init__(self, library: str, extra: str) -> None:
        super().__init__(f"{library} is not installed: pip install 'assay[{extra}]'", name=library)


@contextmanager
def needing(extra: str) -> Iterator[None]:
    """What is imported in the body is of an extra.

    Raises:
        ExtraMissing: a library is not there.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if not library or library in _OURS:
            raise
        raise ExtraMissing(library, extra) from error


@contextmanager
def told(program: str, extra: str) -> Iterator[None]:
    """Run a program of an extra; where a library is missing it ends with a line and exit code 2."""
    try:
        with needing(extra):
            yield
    except ExtraMissing as error:
        print(f"{program}: {error}", file=sys.stderr)
        sys.exit(2)
