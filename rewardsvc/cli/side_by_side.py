"""Work that is done side by side, and told in the order in which it was given or as it ends."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial
from typing import TypeVar

_Work = TypeVar("_Work")
_Result = TypeVar("_Result")

UNDER_WAY = 256
"""Requests handed to a scorer at once; it decides itself how many it works on."""

_HELD = 16
"""So many times what is under way may be done and wait for what was given before it; no more, so
that memory does not grow with the work."""


async def side_by_side(
    work: AsyncIterator[_Work],
    do: Callable[[_Work], Awaitable[_Result]],
    tell: Callable[[_Result], None],
    *,
    at_once: int,
    in_order: bool = True,
) -> None:
    """Do every piece of work, ``at_once`` under way, and tell every result.

    In the order of the work each is told as soon as those before it are. Where this is cancelled,
    or a piece of work raises, what is under way is cancelled and what is done is told.
    """
    slots, room = asyncio.Semaphore(at_once), asyncio.Semaphore(at_once * _HELD)
    ended: asyncio.Queue[tuple[int, asyncio.Future[_Result]] | None] = asyncio.Queue()
    running: set[asyncio.Future[_Result]] = set()
    held: dict[int, _Result] = {}

    async def start_all() -> int:
        count = 0
        async for piece in work:
            await room.acquire()
            await slots.acquire()
            future = asyncio.ensure_future(do(piece))
            running.add(future)
            future.add_done_callback(partial(end, count))
            count += 1
        return count

    def end(index: int, done: asyncio.Future[_Result]) -> None:
        running.discard(done)
        slots.release()
        ended.put_nowait((index, done))

    starting = asyncio.ensure_future(start_all())
    starting.add_done_callback(lambda _: ended.put_nowait(None))
    due, taken, total = 0, 0, None
    try:
        while total is None or taken < total:
            item = await ended.get()
            if item is None:
                total = starting.result()
                continue
            index, done = item
            held[index] = done.result()
            taken += 1
            if not in_order:
                due = index
            while due in held:
                # Taken out first, so that it is not told again where telling raises.
                tell(held.pop(due))
                room.release()
                due += 1
    except BaseException:
        while not ended.empty():
            if (item := ended.get_nowait()) and not item[1].cancelled() and not item[1].exception():
                held[item[0]] = item[1].result()
        for index in sorted(held):
            tell(held[index])
        raise
    finally:
        starting.cancel()
        for future in running:
            future.cancel()
        await asyncio.gather(starting, *running, return_exceptions=True)


async def read_ahead(items: Iterable[_Work], count: int) -> AsyncIterator[_Work]:
    """The items, at most ``count`` of them before they are asked for.

    They are read in a thread: a pipe may be silent for long, and what is under way must go on. A
    daemon, so that nobody waits for that pipe at the end.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[tuple[_Work] | Exception | None] = asyncio.Queue()
    room = threading.Semaphore(count)

    def put(entry: tuple[_Work] | Exception | None) -> None:
        loop.call_soon_threadsafe(queue.put_nowait, entry)

    def read() -> None:
        try:
            for item in items:
                room.acquire()
                put((item,))
            put(None)
        except Exception as error:  # noqa: BLE001 - raised again where the items are asked for
            if not loop.is_closed():
                put(error)

    threading.Thread(target=read, name="reading ahead", daemon=True).start()
    while (entry := await queue.get()) is not None:
        if isinstance(entry, Exception):
            raise entry
        room.release()
        yield entry[0]
