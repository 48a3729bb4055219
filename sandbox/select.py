"""Which sandbox there is on this machine."""

from typing import Literal

from sandbox.base import Sandbox
from sandbox.bubblewrap import BubblewrapSandbox
from sandbox.docker import IMAGE, DockerSandbox


def open_sandbox(
    kind: Literal["auto", "bubblewrap", "docker"] = "auto", *, image: str = IMAGE
) -> Sandbox:
    """The sandbox of that kind, to be used in ``async with``, which self-tests it.

    ``image`` is what the docker sandbox runs commands in. A sandbox that cannot be had is never
    answered with another one.
    """
    return DockerSandbox(image) if kind == "docker" else BubblewrapSandbox()
