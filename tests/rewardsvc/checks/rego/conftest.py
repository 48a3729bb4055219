"""The process that evaluates checks, one for all tests of a module."""

from collections.abc import AsyncIterator

import pytest_asyncio

from rewardsvc.checks.out_of_process import Evaluations
from sandbox.base import Sandbox
from sandbox.select import open_sandbox
from tests.rewardsvc.checks.rego.asking import MEMORY, SECONDS


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox() as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def evaluations(sandbox: Sandbox) -> AsyncIterator[Evaluations]:
    async with Evaluations(sandbox, seconds=SECONDS, memory_bytes=MEMORY) as opened:
        yield opened
