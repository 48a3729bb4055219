"""A real sandbox for the tests of this folder; where none can work, they skip and say why.

It is opened once for all tests of a module, which run in the module's event loop: what one command
leaves to the next is what they look for anyway.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from sandbox import selftest
from sandbox.base import Sandbox
from sandbox.bubblewrap import BubblewrapSandbox
from sandbox.cgroups import Tree
from sandbox.docker import IMAGE, DockerSandbox
from sandbox.errors import IsolationMissing
from tests.needs import lacks

DOCKER_IMAGES = (os.environ.get("ASSAY_TEST_DOCKER_IMAGE"), IMAGE, "debian-imported:bookworm")
"""The first that is there; any with a POSIX shell, tar and env will do for most tests."""


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


async def _docker_image() -> tuple[str, str]:
    """An image that the docker sandbox opens with; or "" and why there is none."""
    reasons = []
    for image in dict.fromkeys(filter(None, DOCKER_IMAGES)):
        try:
            async with DockerSandbox(image):
                return image, ""
        except IsolationMissing as error:
            reasons.append(str(error))
    return "", "; ".join(dict.fromkeys(reasons))


@pytest.fixture(scope="session")
def docker_found() -> tuple[str, str]:
    """The image that tests of the docker sandbox use, or "" and why there is none."""
    return asyncio.run(_docker_image())


@pytest.fixture
def docker_image(docker_found: tuple[str, str]) -> str:
    """The same; tests skip where there is none."""
    image, reason = docker_found
    if not image:
        lacks("docker-image", reason)
    return image


@asynccontextmanager
async def _bubblewrap(
    kind: type[BubblewrapSandbox], missing: dict[type[BubblewrapSandbox], str]
) -> AsyncIterator[BubblewrapSandbox]:
    if reason := missing[kind]:
        lacks("bubblewrap", reason)
    async with kind() as opened:
        if kind is BubblewrapSandbox and opened.limits_by.startswith("resource"):
            pytest.skip("no control group can be made here: only resource limits are tested")
        yield opened


@asynccontextmanager
async def _docker(image: str, reason: str) -> AsyncIterator[DockerSandbox]:
    """Opened without its self-test, which ran when the image was looked for."""
    if reason:
        lacks("docker-image", reason)

    async def tested_before(sandbox: Sandbox) -> None:
        return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(selftest, "require_isolation", tested_before)
        async with DockerSandbox(image) as opened:
            patch.undo()
            yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["groups", "rlimits", "docker"])
async def sandbox(
    request: pytest.FixtureRequest,
    isolation_missing: dict[type[BubblewrapSandbox], str],
    docker_found: tuple[str, str],
) -> AsyncIterator[Sandbox]:
    """Every way to isolate and bound a command, one after the other."""
    if request.param == "docker":
        async with _docker(*docker_found) as contained:
            yield contained
    else:
        kind = BubblewrapSandbox if request.param == "groups" else WithoutControlGroups
        async with _bubblewrap(kind, isolation_missing) as boxed:
            yield boxed


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["groups", "docker"])
async def counted(
    request: pytest.FixtureRequest,
    isolation_missing: dict[type[BubblewrapSandbox], str],
    docker_found: tuple[str, str],
) -> AsyncIterator[Sandbox]:
    """Those that use control groups: for what only they can bound or tell."""
    if request.param == "docker":
        async with _docker(*docker_found) as contained:
            yield contained
    else:
        async with _bubblewrap(BubblewrapSandbox, isolation_missing) as boxed:
            yield boxed


@pytest_asyncio.fixture(
    scope="module",
    loop_scope="module",
    params=[BubblewrapSandbox, WithoutControlGroups],
    ids=["groups", "rlimits"],
)
async def boxed(
    request: pytest.FixtureRequest, isolation_missing: dict[type[BubblewrapSandbox], str]
) -> AsyncIterator[BubblewrapSandbox]:
    """Both ways in which bubblewrap bounds a command."""
    async with _bubblewrap(request.param, isolation_missing) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def grouped(
    isolation_missing: dict[type[BubblewrapSandbox], str],
) -> AsyncIterator[BubblewrapSandbox]:
    """bubblewrap with control groups."""
    async with _bubblewrap(BubblewrapSandbox, isolation_missing) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def docker_sandbox(docker_found: tuple[str, str]) -> AsyncIterator[DockerSandbox]:
    """The docker sandbox."""
    async with _docker(*docker_found) as opened:
        yield opened
