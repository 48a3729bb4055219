"""A workbench with the real tools and the real sandbox, made once for each test module."""

from collections.abc import AsyncIterator

import pytest_asyncio

from rewardsvc.local import LocalScorer
from rewardsvc.settings import Settings
from rewardsvc.verification.verifier import Workbench


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workbench() -> AsyncIterator[Workbench]:
    """For tests with ``loop_scope="module"``. Terraform starts when a test first needs it.

    Where isolation does not hold the tests are errors that say what to do, not skipped: nothing
    of this package works on such a machine.
    """
    async with LocalScorer(Settings.load()) as scorer:
        yield scorer.workbench
