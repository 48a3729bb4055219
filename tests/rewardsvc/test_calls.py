"""Calls under way: how each of them ends, whatever ends it."""

import asyncio

import grpc
import pytest

from rewardsvc.access import Entry
from rewardsvc.calls import Calls


class Context:
    """What a call's end needs of gRPC's context; ``abort`` raises as gRPC's does."""

    def __init__(self, left: float | None) -> None:
        self._left = left

    def time_remaining(self) -> float | None:
        return self._left

    async def abort(self, code: grpc.StatusCode, details: str, trailers: object) -> None:
        raise grpc.aio.AbortError(code.name)


async def test_calls_are_hung_up_on_while_the_work_of_one_that_is_over_is_ended() -> None:
    calls, ended = Calls(), asyncio.Event()

    async def call(left: float | None) -> None:
        async with calls.until_deadline(Context(left), Entry()):  # type: ignore[arg-type]
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
                await asyncio.sleep(0)  # its tools are being ended

    waits = asyncio.create_task(call(None))
    over = asyncio.create_task(call(0.0))
    await ended.wait()
    calls.hang_up()
    for task, word in ((over, "UNAVAILABLE|DEADLINE_EXCEEDED"), (waits, "UNAVAILABLE")):
        with pytest.raises(grpc.aio.AbortError, match=word):
            await task
