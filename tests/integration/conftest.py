"""The real Terraform engines, each started once for all tests that use them; a reward server."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from rewardsvc.verification.verifier import Workbench
from sandbox.base import Sandbox
from sandbox.hcl.addresses import AWS
from sandbox.machine_time import MachineTime
from sandbox.probe import Probe
from sandbox.select import open_sandbox
from sandbox.terraform import open_engine
from sandbox.terraform.warm import WarmEngine
from sandbox.toolchain import Source, Toolchain, discover
from tests.integration.served import Server
from tests.needs import lacks

SECRET = "a-secret-of-this-machine"


@pytest.fixture(scope="session")
def toolchain() -> Toolchain:
    """The tools of this machine, terraform and the AWS provider among them."""
    found = discover()
    if found.tools["terraform"].source is Source.MISSING:
        lacks("terraform", f"terraform is not on this machine: {found.tools['terraform'].note}")
    if AWS not in found.providers:
        lacks("terraform", "no AWS provider: set ASSAY_TERRAFORM_MIRROR to a folder that has it")
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def box() -> AsyncIterator[Sandbox]:
    async with open_sandbox("auto") as opened:
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def clock(box: Sandbox) -> AsyncIterator[MachineTime]:
    async with Probe(box) as probe:
        yield MachineTime(probe.pace)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def engine(toolchain: Toolchain, box: Sandbox) -> AsyncIterator[WarmEngine]:
    """The warm engine, started where the environment holds the secrets of the machine's owner."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            patch.setenv(name, SECRET)
        patch.setenv("AWS_CA_BUNDLE", "/no/such/bundle.pem")
        async with WarmEngine(toolchain, box) as opened:
            yield opened


@pytest.fixture(scope="session")
def warm(toolchain: Toolchain, box: Sandbox, engine: WarmEngine) -> Workbench:
    return Workbench(box, toolchain, engine)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cold(toolchain: Toolchain, box: Sandbox) -> AsyncIterator[Workbench]:
    async with open_engine("cold", toolchain, box) as opened:
        yield Workbench(box, toolchain, opened)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all tests of a module."""
    running = Server(tmp_path_factory.mktemp("server") / "stderr.log")
    yield running
    running.process.terminate()
    running.process.wait(30)
