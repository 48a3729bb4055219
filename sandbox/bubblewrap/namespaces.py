"""User namespaces for boxes started by root: every right to set a box up, none left inside.

Where the server is root, a box must not be: a program that escaped from its file system would
own the machine's files. So bwrap runs as :data:`sandbox.base.BOX_ID`, an identity that nothing
else uses. That alone cannot see tools below a private home directory (0700), because bwrap resolves
what it binds with the rights it has. It therefore enters a user namespace made here in advance,
which maps every identity onto itself and belongs to BOX_ID: in it bwrap may read and bind
everything, then gives up all capabilities (and no_new_privs keeps it so) before the program starts.

What was tried and left: bind mounts from open file descriptors (a mount of another mount
namespace cannot be bound, EINVAL; bwrap resolves ``/proc/self/fd/N`` to its path first), and
bwrap as root with a mapped identity (works, but whoever escapes owns root's files).

Whoever else ran as BOX_ID outside could enter such a namespace and read everything; this is why
it is not 65534 (nobody), which daemons share.
"""

import asyncio
import os
from pathlib import Path

from sandbox.base import BOX_ID
from sandbox.errors import IsolationMissing
from sandbox.spawn import spawn

DROP = (
    "setpriv",
    "--reuid",
    str(BOX_ID),
    "--regid",
    str(BOX_ID),
    "--clear-groups",
)

_HOLDER = "echo made && read -r go && echo 0 >/proc/sys/user/max_user_namespaces && echo closed"
"""Runs as the first process in the namespace: no further one can be made in it afterwards."""


class NamespacePool:
    """Lends one user namespace, as a file descriptor, to each box that runs; keeps them after."""

    def __init__(self) -> None:
        self._idle: list[int] = []

    async def lend(self) -> int:
        """A namespace that no other box uses.

        Raises:
            IsolationMissing: this machine does not let root make user namespaces.
        """
        if self._idle:
            return self._idle.pop()
        return await _make()

    def give_back(self, namespace: int) -> None:
        """The box is gone; another may use its namespace."""
        self._idle.append(namespace)

    def close(self) -> None:
        """Give up every namespace that is not lent."""
        while self._idle:
            os.close(self._idle.pop())


async def _make() -> int:
    process = await spawn(
        *DROP,
        *("--", "unshare", "--user", "--keep-caps", "--", "sh", "-c", _HOLDER),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.defpath},
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    namespace = -1
    try:
        if await process.stdout.readline() == b"made\n":
            _map_identities(process.pid)
            namespace = os.open(f"/proc/{process.pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
            process.stdin.write(b"go\n")
            if await process.stdout.readline() == b"closed\n":
                kept, namespace = namespace, -1
                return kept
        said = (await process.stderr.read()).decode(errors="replace").strip()
    except OSError as error:
        said = str(error)
    finally:
        if namespace >= 0:
            os.close(namespace)
        process.stdin.close()  # the holder reads on, or has ended
        await process.wait()
    raise IsolationMissing(
        f"root cannot make a user namespace here ({said}): allow it (sysctl "
        "user.max_user_namespaces; in a container the capabilities SETUID and SETGID and a "
        "seccomp profile with unshare), or run as an ordinary user"
    )


def _map_identities(pid: int) -> None:
    """Map every identity that exists where we are onto itself in the namespace of ``pid``."""
    for name in ("uid_map", "gid_map"):
        ranges = (line.split() for line in Path("/proc/self", name).read_text().splitlines())
        identity = "\n".join(f"{first} {first} {count}" for first, _, count in ranges)
        Path("/proc", str(pid), name).write_text(identity)
