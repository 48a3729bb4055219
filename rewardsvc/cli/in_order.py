"""Work that is done side by side and told in the order in which it was given."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeVar

_Work = TypeVar("_Work")
_Result = TypeVar("_Result")


async def in_order(
    work: Iterable[_Work], do: Callable[[_Work], Awaitable[_Result]], *, at_once: int
) -> AsyncIterator[_Result]:
    """The results in the order of the work, each as soon as those before it are there.

    What is not done is cancelled when nobody listens any more.
    """
    slots = asyncio.Semaphore(at_once)

    async def one(piece: _Work) -> _Result:
        async with slots:
            return await do(piece)

    tasks = [asyncio.ensure_future(one(piece)) for piece in work]
    try:
        for task in tasks:
            yield await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
