"""One process at a time in a folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from datagen.errors import FolderBusy, OutputUnusable


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder. The kernel lets go of it when the process ends, however it ends (flock(2)),
    so nothing stale is ever in the way.

    Raises:
        FolderBusy: another process holds it; names that one.
        OutputUnusable: the folder cannot be written.
    """
    path = folder / ".state" / "lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="ascii")
    except OSError as error:
        raise OutputUnusable(f"{folder}: cannot be opened: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "another"
            raise FolderBusy(
                f"{folder}: the process {holder} works in it; wait until it ends, or stop it with "
                f"kill {holder}"
            ) from error
        try:
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
        except OSError as error:
            raise OutputUnusable(f"{path}: cannot be written: {error.strerror}") from error
        yield
