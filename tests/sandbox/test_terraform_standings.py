"""A state is made once for all who wait for it, and again by who comes after one that was not."""

import asyncio
from collections import Counter

import pytest

from sandbox.errors import BeforeUnusable
from sandbox.terraform.standing import Standing
from sandbox.terraform.standings import Standings

BEFORE = {"main.tf": b"one"}
MADE = Standing(b"{}", {})


class Maker:
    """Makes a state when it is let."""

    def __init__(self) -> None:
        self.made: Counter[str] = Counter()
        self.ready = asyncio.Event()

    async def __call__(self) -> Standing:
        self.made["states"] += 1
        await self.ready.wait()
        return MADE


async def test_many_that_wait_get_the_one_that_is_made() -> None:
    standings, maker = Standings(), Maker()
    waiting = [asyncio.ensure_future(standings.get(BEFORE, maker)) for _ in range(4)]
    await asyncio.sleep(0)
    maker.ready.set()
    assert await asyncio.gather(*waiting) == [MADE] * 4
    assert await standings.get({"main.tf": b"two"}, maker) is MADE
    assert maker.made["states"] == 2


async def test_who_waits_for_one_that_was_given_up_makes_it_himself() -> None:
    standings, maker = Standings(), Maker()
    first, second = (asyncio.ensure_future(standings.get(BEFORE, maker)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    maker.ready.set()
    assert await second is MADE
    assert maker.made["states"] == 2


async def test_what_could_not_be_made_is_tried_again() -> None:
    standings, maker = Standings(), Maker()

    async def fail() -> Standing:
        raise BeforeUnusable("it does not plan")

    for _ in range(2):
        with pytest.raises(BeforeUnusable):
            await standings.get(BEFORE, fail)
    maker.ready.set()
    assert await standings.get(BEFORE, maker) is MADE
