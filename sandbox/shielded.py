"""A shielded run: what must not be left half done is waited for to its end."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def shielded(work: Coroutine[Any, Any, T] | asyncio.Future[T]) -> T:
    """Its result, waited for however often we are cancelled: first the end, then the news of it.

    ``asyncio.shield`` lets the work go on, but not its caller wait: what he gives up next (a
    descriptor, a folder) would go from under it.

    Raises:
        asyncio.CancelledError: we were cancelled meanwhile, and the work has been done.
        Exception: whatever the work raises, which goes before.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as error:
            cancelled = error
    result = task.result()
    if cancelled is not None:
        raise cancelled
    return result
