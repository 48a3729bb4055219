"""The warm engine's own beginning and end: nothing is left of it, nor of a cancelled run."""

import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.base import Running, Sandbox, Service
from sandbox.errors import EmulatorFailed, ProviderFailed, SandboxError
from sandbox.hcl.addresses import AWS
from sandbox.terraform.inspection import Inspector
from sandbox.terraform.plugins.provider import Provider
from sandbox.terraform.plugins.relay import Relay
from sandbox.terraform.warm import WarmEngine
from sandbox.toolchain import Toolchain
from tests.integration.warm_plans import BUCKET, alive, descendants, leaders_of, run

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_nothing_is_left_when_the_engine_ends(toolchain: Toolchain, box: Sandbox) -> None:
    async with WarmEngine(toolchain, box) as engine:
        folder = engine._parts.folder
        processes = [
            pid
            for what in ("emulator", "provider")
            for leader in leaders_of(engine, what)
            for pid in descendants(leader)
        ]
        assert AWS in toolchain.providers and folder.exists()
    assert not folder.exists()
    async with asyncio.timeout(10):  # the kernel takes a namespace down in a moment
        while any(map(alive, processes)):  # noqa: ASYNC110 (nobody tells when they are gone)
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("broken", ["emulator", "provider"])
async def test_an_engine_that_cannot_start_says_which_part_and_leaves_nothing(
    toolchain: Toolchain, box: Sandbox, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Breaks:
        """A sandbox in which one service ends at once, while the others are starting."""

        def __init__(self) -> None:
            self.name = "breaks"
            self.started: list[Any] = []

        async def start(self, service: Service) -> Running:
            wanted = (service.name == "emulator") == (broken == "emulator")
            argv = ("/bin/false",) if wanted else service.argv
            running = await box.start(replace(service, argv=argv))
            self.started.append(running)
            return running

    sandbox: Any = Breaks()
    kind = EmulatorFailed if broken == "emulator" else ProviderFailed
    with pytest.raises(kind):
        async with WarmEngine(toolchain, sandbox):
            pass
    assert sandbox.started and not any(each.alive for each in sandbox.started)
    groups = [directory for each in sandbox.started for directory in each._group._unique]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(20):  # the kernel lets go of a group when its last process has
            while any(directory.exists() for directory in groups):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    assert [directory for directory in groups if directory.exists()] == []


async def test_a_folder_too_deep_for_sockets_is_said(
    toolchain: Toolchain, box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("deep" * 20)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with pytest.raises(SandboxError, match="TMPDIR"):
        async with WarmEngine(toolchain, box):
            pass
    assert list(deep.iterdir()) == []


@pytest.mark.parametrize("ticks", range(6))
async def test_a_run_cancelled_while_its_relay_opens_leaves_no_socket_and_no_lease(
    engine: WarmEngine, ticks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await no_canaries(engine, monkeypatch)  # they have sockets, too
    await run(engine, BUCKET)
    before = open_sockets()
    opened = Relay.__aenter__
    loop = asyncio.get_running_loop()

    def cancel_after(ticks: int) -> None:
        if ticks:
            loop.call_soon(cancel_after, ticks - 1)
        else:
            task.cancel()

    async def open_and_be_cancelled(self: Relay) -> Relay:
        cancel_after(ticks)
        return await opened(self)

    with monkeypatch.context() as patch:
        patch.setattr(Relay, "__aenter__", open_and_be_cancelled)
        task = asyncio.create_task(run(engine, BUCKET))
        await asyncio.wait((task,))
    assert task.cancelled()
    outcomes = await asyncio.gather(*(run(engine, BUCKET) for _ in engine.providers))
    assert all(outcome.plan_json is not None for outcome in outcomes)
    assert open_sockets() == before


async def no_canaries(engine: WarmEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait until none is on its way, and let none begin."""

    async def inspect(self: Inspector, provider: Provider) -> str:
        return ""

    monkeypatch.setattr(Inspector, "inspect", inspect)
    pool = engine._pools[AWS]
    for provider in pool.providers:
        if await pool.take_this(provider):
            pool.give_back(provider)


def open_sockets() -> int:
    """The sockets that listen for Terraform in this process."""
    lines = Path("/proc/net/unix").read_text().splitlines()
    return sum("/assay-terraform-" in line and "/slot-" in line for line in lines)
