"""Keeps the states that were made: all answers to one edit are planned against the same one."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256

from cachetools import LRUCache

from sandbox.terraform.standing import Standing

KEPT = 64
"""States, of 10 to 200 kB with their plans."""


class Standings:
    """Those used last, by what they were made of; each is made once, however many wait for it."""

    def __init__(self) -> None:
        self._made: LRUCache[bytes, asyncio.Future[Standing]] = LRUCache(KEPT)

    async def get(
        self, before: Mapping[str, bytes], make: Callable[[], Awaitable[Standing]]
    ) -> Standing:
        """The one that is kept, or that ``make`` makes; what it raises is not kept.

        Who waits for one that somebody else gave up makes it himself.
        """
        key = _key(before)
        while (waiting := self._made.get(key)) is not None:
            await asyncio.wait((waiting,))
            if not waiting.cancelled():
                return waiting.result()
        made = self._made[key] = asyncio.get_running_loop().create_future()
        try:
            standing = await make()
        except asyncio.CancelledError:
            self._forget(key, made)
            made.cancel()
            raise
        except Exception as error:
            self._forget(key, made)
            made.set_exception(error)
            made.exception()  # it is raised here, whether somebody waits or not
            raise
        made.set_result(standing)
        return standing

    def _forget(self, key: bytes, made: "asyncio.Future[Standing]") -> None:
        if self._made.get(key) is made:
            del self._made[key]


def _key(before: Mapping[str, bytes]) -> bytes:
    whole = sha256()
    for path, content in sorted(before.items()):
        whole.update(b"%d %b %d " % (len(path), path.encode(), len(content)))
        whole.update(content)
    return whole.digest()
