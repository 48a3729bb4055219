"""What a face loads of its trainer, which no extra of ours brings: the trainers' pins exclude each
other."""

from collections.abc import Iterator
from contextlib import contextmanager


class TrainerMissing(ImportError):
    """A trainer's package is not installed; the message says which one to install."""


@contextmanager
def brought_by(requirement: str, module: str) -> Iterator[None]:
    """What is imported in the body is of a trainer's package.

    Raises:
        TrainerMissing: it is not there. Another module that is missing is its own error.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise TrainerMissing(
            f"{module} is not installed: pip install '{requirement}'", name=module
        ) from error
