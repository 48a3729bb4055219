"""The files that a task gives: fenced blocks of its input that carry a path."""

from collections.abc import Iterable, Mapping

from rewardsvc.fences import Paths, clean_path, fenced_blocks
from sandbox.base import MIB

MAX_FILES = 64
MAX_BYTES = MIB


class UnusableFixtures(ValueError):
    """A task gives files that cannot be laid out: a fault of the task's, not of an answer's."""


def given_files(task_input: str) -> dict[str, str]:
    """Paths to texts; what carries no path is for people.

    Raises:
        UnusableFixtures: too many or too large, a path that leads elsewhere, a path twice.
    """
    blocks = fenced_blocks(task_input.replace("\r\n", "\n"))
    return laid_out((block.path, block.text) for block in blocks if block.path)


def laid_out(given: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Paths to texts, of pairs of them.

    Raises:
        UnusableFixtures: too many or too large, a path that leads elsewhere, a path twice.
    """
    files: dict[str, str] = {}
    taken = Paths()
    for name, text in given:
        path = clean_path(name)
        if path is None or not taken.add(path):
            raise UnusableFixtures(f"not a usable path of a fixture: {name!r}")
        files[path] = text
    size = sum(len(text.encode()) for text in files.values())
    if len(files) > MAX_FILES or size > MAX_BYTES:
        raise UnusableFixtures(f"{len(files)} fixtures of {size} bytes are more than are taken")
    return files


def laid_over(files: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """An answer's files first, then what a task gives, as far as there is room beside them."""
    taken = Paths()
    everything = (*files.items(), *given.items())
    return {path: text for path, text in everything if taken.add(path)}
