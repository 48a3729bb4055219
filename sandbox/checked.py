"""What can be asked of a box, whoever makes it: files that have a place, words that are words."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from sandbox.base import PAGE, Bind, Command, Limits
from sandbox.binds import of_the_system

MAX_FILES = 512
"""Each file takes a descriptor of ours while bwrap is started; bwrap takes 9000 arguments."""


def checked_files(files: Mapping[str, bytes], limits: Limits) -> dict[str, bytes]:
    """The files under normal names.

    Raises:
        ValueError: a name is absolute, empty, leaves the work directory, is too long for a file
            system or taken twice (as a file and as a directory too); too many or too large.
    """
    if len(files) > MAX_FILES:
        raise ValueError(f"{len(files)} files; a command may have {MAX_FILES}")
    checked: dict[str, bytes] = {}
    directories: set[PurePosixPath] = set()
    for name, content in files.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
            raise ValueError(f"not a path inside the work directory: {name!r}")
        encoded = [part.encode() for part in path.parts]
        if max(map(len, encoded)) > 255 or sum(map(len, encoded)) + len(encoded) > 3800:
            raise ValueError(f"too long for a path: {name[:80]!r}…")
        if str(path) in checked:
            raise ValueError(f"two files are called {str(path)!r}")
        checked[str(path)] = content
        directories.update(path.parents)
    for name in checked:
        if PurePosixPath(name) in directories:
            raise ValueError(f"{name!r} is both a file and a directory")
    pages = len(directories) + sum(1 + len(content) // PAGE for content in checked.values())
    if checked and pages * PAGE > limits.file_bytes:
        raise ValueError(f"the files do not fit into {limits.file_bytes} bytes")
    return checked


def check_words(command: Command) -> None:
    """See that everything else in a command can be an argument of a program.

    Raises:
        ValueError: no steps, an empty program, a NUL, text that is not Unicode, a step's name
            twice, or a target that is not an absolute path.
    """
    if not command.steps or not all(step.argv and step.argv[0] for step in command.steps):
        raise ValueError("a command needs at least one step, and a step a program")
    if len({step.name for step in command.steps}) < len(command.steps):
        raise ValueError("two steps have the same name")
    words = [word for step in command.steps for word in step.argv]
    words += [part for pair in command.env.items() for part in pair]
    words += [part for bind in command.binds for part in (str(bind.source), bind.target)]
    for word in words:
        word.encode()
        if "\0" in word:
            raise ValueError(f"a NUL in {word!r}")
    if any(not name or "=" in name for name in command.env):
        raise ValueError("a variable of the environment has no name, or one with '='")
    for bind in command.binds:
        _check_target(bind)


def _check_target(bind: Bind) -> None:
    target = PurePosixPath(bind.target)
    if not target.is_absolute() or ".." in target.parts or target == PurePosixPath("/"):
        raise ValueError(f"not a place for a bind: {bind.target!r}")
    if of_the_system(bind.target) and bind.source != Path(bind.target):
        raise ValueError(f"{bind.target!r} belongs to the system; bind {bind.source} elsewhere")
