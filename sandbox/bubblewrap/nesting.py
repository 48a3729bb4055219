"""What bwrap may do where this process runs: less inside a container than outside.

A container engine covers parts of ``/proc``, so the kernel lets nobody in it mount a ``/proc``
without the covers (``mount_too_revealing`` in fs/namespace.c; containers/bubblewrap#505), and it
makes ``/proc/sys`` read-only, so the sysctl that forbids further user namespaces cannot be set.
Both are found out by trying.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.bubblewrap.layout import PROC


@dataclass(frozen=True, slots=True)
class Nesting:
    """What works here."""

    own_proc: bool
    """A box can have a ``/proc`` of its own."""
    sysctl: bool
    """``--disable-userns`` works."""


async def find_out(
    launcher: Sequence[str], identity: Sequence[str], system: Sequence[str], lent: Sequence[int]
) -> Nesting:
    """Try it with bwrap as ``launcher`` starts it; takes some 20 ms.

    ``identity`` are bwrap's arguments for who the program is, ``system`` those for the files that
    it needs to start, ``lent`` the descriptors that these name. Where not even the least works,
    nothing is missing in particular: the self-test says what bwrap said.
    """

    async def works(*more: str) -> bool:
        # --as-pid-1: one process less, which would stay a zombie where we are a container's init.
        process = await asyncio.create_subprocess_exec(
            *(*launcher, *identity, *system, *more, "--as-pid-1", "--", "/bin/true"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            pass_fds=tuple(lent),
            env={"PATH": f"{os.defpath}:/usr/sbin"},
            cwd="/",
        )
        return await process.wait() == 0

    if not await works():
        return Nesting(own_proc=True, sysctl=True)
    return Nesting(
        own_proc=await works(*PROC),
        sysctl="--unshare-user" not in identity or await works("--disable-userns"),
    )
