"""A real sandbox for the tests of this folder; where none can work, they skip and say why."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from sandbox.bubblewrap import BubblewrapSandbox
from sandbox.cgroups import Tree
from sandbox.docker import IMAGE, DockerSandbox
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


DOCKER_IMAGES = (os.environ.get("ASSAY_TEST_DOCKER_IMAGE"), IMAGE, "debian-imported:bookworm")
"""The first that is there; any with a POSIX shell, tar and sleep will do for most tests."""


async def _docker_image() -> tuple[str, str]:
    """An image that the docker sandbox opens with; or "" and why there is none."""
    reasons = []
    for image in dict.fromkeys(filter(None, DOCKER_IMAGES)):
        try:
            async with DockerSandbox(image):
                return image, ""
        except IsolationMissing as error:
            reasons.append(str(error))
    return "", "; ".join(reasons)


@pytest.fixture(scope="session")
def docker_image() -> str:
    """The image that tests of the docker sandbox use; they skip where there is none."""
    image, reason = asyncio.run(_docker_image())
    if not image:
        pytest.skip(reason)
    return image


@pytest.fixture
async def docker_sandbox(docker_image: str) -> AsyncIterator[DockerSandbox]:
    """The docker sandbox, opened."""
    async with DockerSandbox(docker_image) as opened:
        yield opened
