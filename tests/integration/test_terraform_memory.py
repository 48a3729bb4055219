"""Providers' memory is bounded, and who takes all of it is told from whom it befalls."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from typing import Any

import pytest

from rewardsvc.pipeline import decide, prepare
from rewardsvc.reward import DEFAULT_WEIGHTS
from rewardsvc.types import ScoreRequest, Status, Task, Verdict
from rewardsvc.verification.verifier import Workbench
from sandbox.processes import descendants
from sandbox.terraform.plugins.provider import Provider
from sandbox.terraform.warm import WarmEngine
from tests.integration.served import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

BUCKET = '```hcl\nresource "aws_s3_bucket" "a" {\n  bucket = "memory-test"\n}\n```\n'

ALLOWED_BYTES = 1.2e9


async def score(workbench: Workbench) -> Verdict:
    request = ScoreRequest(task=Task(format="terraform"), completion=BUCKET)
    return await decide(prepare(request), workbench, DEFAULT_WEIGHTS)


async def test_a_provider_has_at_most_its_memory(engine: WarmEngine, warm: Workbench) -> None:
    assert (await score(warm)).reward == 1.0
    for provider in engine.providers:
        process: Any = provider._process
        if process._group is None:
            pytest.skip("no control group can be made here")
        memory = process._group._directories["memory"]
        limits = [memory / "memory.limit_in_bytes", memory / "memory.max"]
        (limit,) = [int(path.read_text()) for path in limits if path.exists()]
        assert (provider.memory_bytes or 0) < limit <= ALLOWED_BYTES


async def test_a_provider_that_grew_too_large_is_replaced_by_a_fresh_one(
    engine: WarmEngine, warm: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (large, *_) = engine.providers
    others = [each.memory_bytes or 0 for each in engine.providers if each is not large]
    held: Any = Provider.memory_bytes
    monkeypatch.setattr(
        Provider,
        "memory_bytes",
        property(lambda self: 2_000_000_000 if self is large else held.fget(self)),
    )
    assert max(others, default=0) < ALLOWED_BYTES
    async with asyncio.timeout(60):
        while large in engine.providers or large.alive:
            assert (await score(warm)).reward == 1.0
            await asyncio.sleep(0.1)
    assert len(engine.providers) >= 1


def starve(provider: Provider) -> None:
    """Use up the memory of its box, until the kernel ends what is in it."""
    process: Any = provider._process
    if process._group is None:
        pytest.skip("no control group can be made here")
    entrance = process._group._directories["memory"] / "cgroup.procs"
    hog = "import sys; open(sys.argv[1], 'w').write('0'); bytearray(b'x') * (4 << 30)"
    subprocess.run([sys.executable, "-c", hog, str(entrance)], capture_output=True, check=False)
    assert process.out_of_memory
    *_, program = descendants(process.pid)
    with contextlib.suppress(ProcessLookupError):  # the kernel may have chosen it
        os.kill(program, signal.SIGKILL)


@pytest.mark.parametrize("times", [1, 2])
async def test_who_takes_all_memory_even_alone_is_scored_for_it_and_nobody_else(
    engine: WarmEngine, warm: Workbench, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure = Provider.configure
    starved: list[Provider] = []

    async def grow(self: Provider, method: str, request: bytes) -> bytes:
        if len(starved) < times:
            starved.append(self)
            await asyncio.to_thread(starve, self)
        return await configure(self, method, request)

    monkeypatch.setattr(Provider, "configure", grow)
    verdict = await score(warm)
    assert verdict.status is Status.SCORED and verdict.reward is not None
    assert len(starved) == times
    if times == 1:
        assert verdict.reward == 1.0
    else:
        # The verdict does not wait for the kernel to end a process of a gigabyte.
        assert await until(lambda: starved[1] not in engine.providers and not starved[1].alive)
        assert verdict.reward <= 0.5
        said = [d.message for stage in verdict.stages for d in stage.diagnostics]
        assert any("memory" in message for message in said), verdict
    assert (await score(warm)).reward == 1.0
