"""A workbench with the real tools and the real sandbox, made once for each test module."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from rewardsvc.verifiers.base import Workbench
from sandbox.bubblewrap import BubblewrapSandbox
from sandbox.errors import IsolationMissing
from sandbox.toolchain import discover


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workbench() -> AsyncIterator[Workbench]:
    """Without Terraform: its engine has tests of its own. Use it with loop_scope="module"."""
    try:
        async with BubblewrapSandbox() as sandbox:
            yield Workbench(sandbox, discover(), terraform=None)
    except IsolationMissing as error:
        pytest.skip(f"this machine cannot isolate a program: {error}")
