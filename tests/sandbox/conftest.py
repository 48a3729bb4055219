"""A real sandbox for the tests of this folder; where none can work, they skip and say why."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from sandbox.bubblewrap import BubblewrapSandbox
from sandbox.cgroups import Tree
from sandbox.errors import IsolationMissing


class WithoutControlGroups(BubblewrapSandbox):
    """The same sandbox on a machine where control groups cannot be made."""

    def _open_tree(self) -> Tree | None:
        return None


async def _missing(kind: type[BubblewrapSandbox]) -> str:
    try:
        async with kind():
            return ""
    except IsolationMissing as error:
        return str(error)


@pytest.fixture(scope="session")
def isolation_missing() -> dict[type[BubblewrapSandbox], str]:
    kinds = (BubblewrapSandbox, WithoutControlGroups)
    return {kind: asyncio.run(_missing(kind)) for kind in kinds}


@pytest.fixture(params=[BubblewrapSandbox, WithoutControlGroups], ids=["groups", "rlimits"])
async def sandbox(
    request: pytest.FixtureRequest, isolation_missing: dict[type[BubblewrapSandbox], str]
) -> AsyncIterator[BubblewrapSandbox]:
    """Both ways to bound a command, one after the other."""
    if reason := isolation_missing[request.param]:
        pytest.skip(reason)
    async with request.param() as opened:
        if request.param is BubblewrapSandbox and opened.limits_by.startswith("resource"):
            pytest.skip("no control group can be made here: only resource limits are tested")
        yield opened


@pytest.fixture
async def grouped(
    isolation_missing: dict[type[BubblewrapSandbox], str],
) -> AsyncIterator[BubblewrapSandbox]:
    """A sandbox with control groups: for what only they can bound or tell."""
    if reason := isolation_missing[BubblewrapSandbox]:
        pytest.skip(reason)
    async with BubblewrapSandbox() as opened:
        if opened.limits_by.startswith("resource"):
            pytest.skip("no control group can be made here")
        yield opened
