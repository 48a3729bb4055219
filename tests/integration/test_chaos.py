"""Whatever dies or hangs under load: every request gets a verdict, and none a wrong one."""

import asyncio
import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from rewardsvc.local import LocalScorer
from rewardsvc.settings import Settings
from rewardsvc.types import Means, ScoreRequest, Status, Task, Verdict
from sandbox.hcl.addresses import AWS
from sandbox.processes import descendants
from sandbox.terraform.places import TERRAFORM
from sandbox.terraform.plugins.relay import Relay
from sandbox.terraform.warm import WarmEngine
from sandbox.toolchain import Toolchain

pytestmark = pytest.mark.asyncio(loop_scope="module")

BUCKET = 'resource "aws_s3_bucket" "a" {\n  bucket = "chaos-test"\n}\n'
ACCOUNT = 'data "aws_caller_identity" "me" {}\n'

ANSWERS = {
    "good": BUCKET,
    "good with data": ACCOUNT + BUCKET + 'output "id" {\n'
    "  value = data.aws_caller_identity.me.account_id\n}\n",
    "good in two regions": 'provider "aws" {\n  region = "eu-west-1"\n}\n'
    'provider "aws" {\n  alias  = "far"\n  region = "us-west-2"\n}\n'
    + BUCKET
    + 'resource "aws_s3_bucket" "b" {\n  provider = aws.far\n  bucket   = "chaos-far"\n}\n',
    "refused by the provider": 'resource "aws_sqs_queue" "a" {\n  delay_seconds = 90000\n}\n',
    "refused by the emulator": 'data "aws_s3_bucket" "none" {\n  bucket = "not-there"\n}\n'
    + BUCKET,
    "not valid": 'resource "aws_s3_bucket" "a" {\n  bucket = var.nothing\n}\n',
}
"""Each has the same reward always: the first three 1.0, the others less."""


@dataclass(slots=True)
class Parts:
    """What a scorer's engine is made of, and ways to break it. Each says whether it did."""

    scorer: LocalScorer
    relays: list[Relay] = field(default_factory=list)
    stopping: list["asyncio.Future[None]"] = field(default_factory=list)

    @property
    def engine(self) -> WarmEngine:
        assert self.scorer._terraform is not None
        engine = self.scorer._terraform._engine
        assert isinstance(engine, WarmEngine)
        return engine

    def provider(self, number: signal.Signals) -> bool:
        services: list[Any] = [each._process for each in self.engine._pools[AWS].providers]
        return _signal_program(random.choice(services).pid, number) if services else False

    def emulator(self, number: signal.Signals) -> bool:
        assert self.engine._emulator is not None
        current: Any = self.engine._emulator._current
        return current is not None and _signal_program(current._process.pid, number)

    def terraform(self) -> bool:
        return any(_signal(pid, signal.SIGKILL) for pid in _terraforms())

    def box(self) -> bool:
        """The bwrap that a run of Terraform is in."""
        return any(_signal(above[0], signal.SIGKILL) for above in map(_above, _terraforms()))

    def first_of_box(self) -> bool:
        """The first process inside of it, whose end takes all others along."""
        return any(_signal(above[1], signal.SIGKILL) for above in map(_above, _terraforms()))

    def relay(self) -> bool:
        if not self.relays:
            return False
        relay = random.choice(self.relays)
        self.stopping.append(asyncio.ensure_future(relay._server.stop(grace=None)))
        return True

    def faults(self) -> dict[str, Callable[[], bool]]:
        return {
            "provider killed": lambda: self.provider(signal.SIGKILL),
            "provider hangs": lambda: self.provider(signal.SIGSTOP),
            "emulator killed": lambda: self.emulator(signal.SIGKILL),
            "emulator hangs": lambda: self.emulator(signal.SIGSTOP),
            "terraform killed": self.terraform,
            "box killed": self.box,
            "first process of a box killed": self.first_of_box,
            "relay lost": self.relay,
        }


def _signal(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def _signal_program(leader: int, number: signal.Signals) -> bool:
    """To the program in a service's box, which is the last of its processes."""
    *_, last = descendants(leader)
    return _signal(last, number)


def _terraforms() -> Iterator[int]:
    """The processes of Terraform in boxes of this process."""
    for pid in list(descendants(os.getpid())):
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/cmdline").read_bytes().startswith(TERRAFORM.encode() + b"\0"):
                yield pid


def _above(pid: int) -> list[int]:
    """A process of a box and those above it, from the outermost one, below this process."""
    chain = [pid]
    while (parent := _parent(chain[0])) not in (0, os.getpid()):
        chain.insert(0, parent)
    return chain


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def parts(toolchain: Toolchain) -> AsyncIterator[Parts]:
    settings = Settings(terraform="warm", cache=False, workers=2)
    async with LocalScorer(settings) as scorer:
        await scorer.warm_up()
        parts = Parts(scorer)
        opened, closed = Relay.__aenter__, Relay.__aexit__

        async def note(self: Relay) -> Relay:
            await opened(self)
            parts.relays.append(self)
            return self

        async def forget(self: Relay, *why: Any) -> None:
            parts.relays.remove(self)
            await closed(self, *why)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Relay, "__aenter__", note)
            patch.setattr(Relay, "__aexit__", forget)
            yield parts


async def score(scorer: LocalScorer, name: str) -> Verdict:
    # Without means what the emulator has not would leave that answer UNSCORED, by its choice.
    means = Means() if name == "refused by the emulator" else None
    task = Task(category="terraform", format="terraform", means=means)
    completion = f"```hcl\n{ANSWERS[name]}```\n"
    (verdict,) = await scorer.score([ScoreRequest(id=name, task=task, completion=completion)])
    return verdict


async def calm(scorer: LocalScorer) -> tuple[dict[str, float | None], float]:
    """Every answer's reward when nothing breaks, and how long all took."""
    began = time.monotonic()
    verdicts = [await score(scorer, name) for name in ANSWERS]
    assert [v.id for v in verdicts if v.status is not Status.SCORED] == []
    return {verdict.id: verdict.reward for verdict in verdicts}, time.monotonic() - began


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rewards(parts: Parts) -> dict[str, float | None]:
    """What each answer earns when nothing breaks."""
    known, _ = await calm(parts.scorer)
    assert [known[name] for name in ANSWERS][:3] == [1.0] * 3
    assert all((known[name] or 0.0) < 1.0 for name in list(ANSWERS)[3:])
    return known


async def under_chaos(
    parts: Parts, faults: list[str], every: float, seconds: float
) -> tuple[list[Verdict], Counter[str]]:
    """Two clients ask on and on while something breaks ``every`` so many seconds."""
    verdicts: list[Verdict] = []
    broken: Counter[str] = Counter()
    until = time.monotonic() + seconds

    async def client(seed: int) -> None:
        order = random.Random(seed)
        while time.monotonic() < until:
            name = order.choice(list(ANSWERS))
            verdict = await score(parts.scorer, name)
            assert verdict.id == name
            verdicts.append(verdict)

    async def chaos() -> None:
        kinds = parts.faults()
        for number in range(int(seconds / every)):
            await asyncio.sleep(every)
            kind = faults[number % len(faults)]
            for _ in range(100):  # a moment later there may be something to break
                if kinds[kind]():
                    broken[kind] += 1
                    break
                await asyncio.sleep(0.01)

    async with asyncio.TaskGroup() as group:
        for seed in range(2):
            group.create_task(client(seed))
        group.create_task(chaos())
    await asyncio.gather(*parts.stopping)
    return verdicts, broken


def report(verdicts: list[Verdict], broken: Counter[str]) -> str:
    unscored = Counter(
        f"{v.failure_kind}: {v.failure_reason[:150]}" for v in verdicts if v.reward is None
    )
    lines = [f"{len(verdicts)} verdicts, {unscored.total()} UNSCORED; broken: {dict(broken)}"]
    return "\n".join([*lines, *(f"  {count} {why}" for why, count in unscored.most_common())])


def wrong(verdicts: list[Verdict], rewards: dict[str, float | None]) -> list[Verdict]:
    return [v for v in verdicts if v.status is Status.SCORED and v.reward != rewards[v.id]]


@pytest.mark.parametrize("kind", sorted(Parts(None).faults()))  # type: ignore[arg-type]
async def test_a_fault_scores_nothing_wrong_and_heals(
    parts: Parts, rewards: dict[str, float | None], kind: str
) -> None:
    verdicts, broken = await under_chaos(parts, [kind], every=1.0, seconds=1.5)
    assert broken[kind] == 1
    assert wrong(verdicts, rewards) == []
    assert [v for v in verdicts if v.reward is None] == [], report(verdicts, broken)
    assert (await calm(parts.scorer))[0] == rewards


@pytest.mark.slow
async def test_chaos_loses_no_request_and_scores_none_wrongly(
    parts: Parts, rewards: dict[str, float | None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Something breaks every second for two minutes, of all kinds in a random order."""
    _, usual = await calm(parts.scorer)
    faults = list(parts.faults()) * 15
    random.Random(7).shuffle(faults)
    verdicts, broken = await under_chaos(parts, faults, every=1.0, seconds=120.0)
    with capsys.disabled():
        print("\n" + report(verdicts, broken))
    assert wrong(verdicts, rewards) == []
    assert broken.keys() == parts.faults().keys() and broken.total() >= 100
    unscored = sum(verdict.reward is None for verdict in verdicts)
    assert 2 * unscored <= broken.total(), report(verdicts, broken)  # each one takes two faults
    async with asyncio.timeout(60):  # what hangs now is noticed, and the pool is filled again
        while True:
            again, took = await calm(parts.scorer)
            assert again == rewards
            if took < 2 * usual + 1:
                break
