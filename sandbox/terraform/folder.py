"""The folder in which an engine keeps its sockets, gone with the process that made it.

Whoever dies without cleaning up (SIGKILL, SIGTERM without a handler) leaves its folder behind; the
next engine on the machine removes it. A file lock, which ends with its process, tells the two
apart.
"""

import contextlib
import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "assay-terraform-"

_LOCK = "lock"


@contextmanager
def engine_folder(parent: Path | None = None) -> Iterator[Path]:
    """A new folder in ``parent`` (the system's for temporary files where None), while in use."""
    place = parent or Path(tempfile.gettempdir())
    for folder in place.glob(f"{PREFIX}*"):
        _remove_if_left(folder)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    try:
        folder.chmod(0o755)  # the sandbox's user looks in
        with (folder / _LOCK).open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_if_left(folder: Path) -> None:
    # One without its lock file is being made just now; another user's cannot be opened.
    with contextlib.suppress(OSError), (folder / _LOCK).open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
