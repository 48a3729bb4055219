"""What keeps verdicts beyond this process: the contract of a store, and how one breaks."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class StoreFailed(Exception):
    """A store could not be read or written; the message names it and says what to do."""


class Store(Protocol):
    """Bytes by key, shared by several processes; for one event loop.

    It connects when it is first used, and again after a failure. It may forget anything.
    """

    @property
    def name(self) -> str:
        """What metrics call it ("sqlite", "redis")."""
        ...

    @property
    def lookup_seconds(self) -> float:
        """Seconds after which a look-up is not worth waiting for any more."""
        ...

    async def get(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """What is kept under these keys; a key that is missing is not kept.

        Raises:
            StoreFailed: it cannot be told.
        """
        ...

    async def put(self, entries: Mapping[str, bytes]) -> None:
        """Keep these, in place of what was kept under their keys.

        Raises:
            StoreFailed: some or all are not kept.
        """
        ...

    async def close(self) -> None:
        """Let go of files and connections; it never fails."""
        ...
