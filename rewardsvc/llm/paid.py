"""An answer on its way is paid for: who is interrupted waits for it a while, so that it is kept."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

GRACE_SECONDS = 20.0

T = TypeVar("T")


async def seen_through(asking: Coroutine[Any, Any, T]) -> T:
    """The result; a caller that is cancelled gets its cancellation when the work has ended.

    That takes :data:`GRACE_SECONDS` at most; then the work is cancelled too.
    """
    task = asyncio.ensure_future(asking)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=GRACE_SECONDS)
        task.cancel()
        await asyncio.wait([task])
        raise
