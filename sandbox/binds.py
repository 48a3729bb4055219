"""What of the host a command is to see: whether programs may read it, and whether it is the same.

Programs are never root (``base.BOX_ID``), so a source that only its owner may read would be a
puzzling "Permission denied" to them.
"""

import stat
from collections.abc import Sequence
from pathlib import PurePosixPath

from sandbox.base import Bind
from sandbox.errors import SandboxError

BESIDE_USR = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
"""The directories beside ``/usr`` that programs are linked against."""


def of_the_system(target: str) -> bool:
    """Whether every box has the host's own file there."""
    return PurePosixPath(target).parts[1] in {"usr", *BESIDE_USR}


def see_readable(binds: Sequence[Bind]) -> None:
    """See that everybody may read the sources; folders on the way to them may be private.

    Sources that are not there are passed over: what binds them says so.

    Raises:
        SandboxError: one is private; says what to do.
    """
    for bind in binds:
        try:
            mode = bind.source.stat().st_mode
        except OSError:
            continue
        if not mode & (stat.S_IXOTH if stat.S_ISDIR(mode) else stat.S_IROTH | stat.S_IXOTH):
            raise SandboxError(
                f"{bind.source} is private to its owner, and the program will not be root: "
                f"chmod -R o+rX {bind.source}"
            )


def identities(binds: Sequence[Bind]) -> tuple[tuple[int, int] | None, ...]:
    """What lies at the sources now; a path whose folder was made anew is another one."""
    found: list[tuple[int, int] | None] = []
    for bind in binds:
        try:
            status = bind.source.stat()
        except OSError:
            found.append(None)
        else:
            found.append((status.st_dev, status.st_ino))
    return tuple(found)
