"""Back ends and watchers without one of their mends: what shows that each is needed."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from rewardsvc.verification.boxed.watching import SUPERVISOR
from sandbox import selftest
from sandbox.base import Sandbox
from sandbox.bubblewrap import BubblewrapSandbox, namespaces, nesting
from sandbox.bubblewrap import seccomp as bubblewrap_seccomp
from sandbox.docker import DockerSandbox
from sandbox.docker import seccomp as docker_seccomp
from sandbox.errors import SandboxError
from sandbox.selftest import Promise
from tests.hostile.conftest import docker_image
from tests.hostile.forging import Mend
from tests.needs import lacks

BACK_ENDS = ("bubblewrap", "docker")

VARIANTS = {
    Mend.UNREADABLE: ("libc.prctl(PR_SET_DUMPABLE, 0)", "0"),
    Mend.DESCRIPTORS: (
        "        os.closerange(3, MAX_DESCRIPTORS)\n        for each",
        "        for each in range(3, 32):\n            with contextlib.suppress(OSError):\n"
        "                os.set_inheritable(each, True)\n        for each",
    ),
}
"""The supervisor without a mend: what is in its text, and instead."""


OF_BACK_ENDS = frozenset({Mend.FILTER, Mend.NAMESPACES})


async def _promised(_: Sandbox) -> tuple[Promise, ...]:
    """In the place of the self-test, which would not let a sandbox open that lacks a mend."""
    return ()


async def _no_sysctl(*_: object) -> nesting.Nesting:
    """Has a filter take the place of the sysctl that forbids user namespaces."""
    return nesting.Nesting(own_proc=True, sysctl=False)


@contextlib.contextmanager
def _without(mend: Mend | None) -> Iterator[None]:
    """Sandboxes that are opened in here lack it."""
    with pytest.MonkeyPatch.context() as patch:
        if mend is not None:
            patch.setattr(selftest, "require_isolation", _promised)
        if mend in {Mend.FILTER, Mend.NAMESPACES}:
            patch.setattr(docker_seccomp, "profile", lambda: "unconfined")
        if mend is Mend.NAMESPACES:
            holder = namespaces._HOLDER.replace(
                " && echo 0 >/proc/sys/user/max_user_namespaces", ""
            )
            assert holder != namespaces._HOLDER
            patch.setattr(namespaces, "_HOLDER", holder)  # where the server is root; elsewhere:
            patch.setattr(nesting, "find_out", _no_sysctl)
            patch.setattr(
                bubblewrap_seccomp, "no_user_namespaces", bubblewrap_seccomp.no_side_doors
            )
        yield


class _Unfiltered(BubblewrapSandbox):
    """Without the filter that every box has."""

    def __init__(self) -> None:
        super().__init__()
        self._doors = None


@contextlib.asynccontextmanager
async def weakened(sandbox: Sandbox, mend: Mend) -> AsyncIterator[Sandbox]:
    """A back end of that kind that lacks a mend; itself, where the mend is the watcher's."""
    if mend in OF_BACK_ENDS:
        async with opened(sandbox.name, mend) as lacking:
            yield lacking
    else:
        yield sandbox


def variant(mend: Mend) -> str:
    """The supervisor's text without one of :data:`VARIANTS`."""
    ours, other = VARIANTS[mend]
    text = SUPERVISOR.read_text()
    assert text.count(ours) == 1
    return text.replace(ours, other)


@contextlib.asynccontextmanager
async def opened(back_end: str, mend: Mend | None = None) -> AsyncIterator[Sandbox]:
    """A back end; tests skip where it does not open. ``mend``: what it lacks, if that is its."""
    with _without(mend):
        if back_end == "docker":
            sandbox: Any = DockerSandbox(await docker_image(), warm=2)
        else:
            sandbox = _Unfiltered() if mend is Mend.FILTER else BubblewrapSandbox()
        async with contextlib.AsyncExitStack() as opening:
            try:
                up = await opening.enter_async_context(sandbox)
            except SandboxError as error:
                lacks(
                    "docker-image" if back_end == "docker" else "bubblewrap",
                    f"{back_end}: {error}",
                )
            yield up
