"""Which sandbox there is on this machine."""

from typing import Literal

from sandbox.base import Sandbox
from sandbox.bubblewrap import BubblewrapSandbox
from sandbox.errors import IsolationMissing


def open_sandbox(kind: Literal["auto", "bubblewrap", "docker"] = "auto") -> Sandbox:
    """The sandbox of that kind, to be used in ``async with``, which self-tests it.

    Raises:
        IsolationMissing: there is no such kind; never answered with a weaker one.
    """
    if kind == "docker":
        raise IsolationMissing("this version isolates with bubblewrap only: use that, or auto")
    return BubblewrapSandbox()
