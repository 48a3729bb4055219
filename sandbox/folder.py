"""Temporary folders that are gone with the process that made them, however that ends.

Whoever dies without cleaning up (SIGKILL, SIGTERM without a handler) leaves its folder behind; the
next one of that name on the machine removes it. A file lock, which ends with its process, tells
one in use from one left behind.
"""

import contextlib
import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_LOCK = "lock"


@contextmanager
def held_folder(name: str, parent: Path | None = None) -> Iterator[Path]:
    """A new folder called ``assay-NAME-…``, while in use; other users may look into it.

    It lies in ``parent``, the system's folder for temporary files where None.
    """
    place = parent or Path(tempfile.gettempdir())
    prefix = f"assay-{name}-"
    for folder in place.glob(f"{prefix}*"):
        _remove_if_left(folder)
    with contextlib.ExitStack() as stack:
        folder, lock = _new(prefix, place)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stack.enter_context(lock)
        folder.chmod(0o755)  # the sandbox's user looks in
        yield folder


def _new(prefix: str, place: Path) -> tuple[Path, BinaryIO]:
    """A folder and its lock, held."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
        lock = (folder / _LOCK).open("wb")
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if (folder / _LOCK).exists():
                return folder, lock
        lock.close()  # who looked for what was left took it in the moment before it was locked


def _remove_if_left(folder: Path) -> None:
    # One without its lock file is being made just now; another user's cannot be opened.
    with contextlib.suppress(OSError), (folder / _LOCK).open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
