"""Whether verdicts are the same on a tenth of a core: ``python -m benchmarks.starved``.

Answers in Terraform, bash and Dockerfile (good, bad and one that sleeps) are scored in this process
with the whole machine; then it puts itself into a control group with a small quota, opens a scorer
there and has them scored again. Exit code 1 where a verdict differs, or where a provider, the
emulator, the formatter or the evaluator was started anew. Control groups of version 1 only.
"""

import argparse
import asyncio
import contextlib
import itertools
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.terraform_configs import configs
from rewardsvc import Check, ScoreRequest, Settings, Task, Verdict
from rewardsvc.local import LocalScorer
from rewardsvc.types import Target
from sandbox.cgroups import hierarchies

SHARE = 0.1
COUNTS = {"terraform": 20, "bash": 20, "dockerfile": 20}
SLEEPERS = 1

_PERIOD = 100_000
"""Microseconds; the kernel's default."""
_GOLDEN = Path(__file__).resolve().parents[1] / "tests/golden"
_SLEEPER = "```bash\n#!/bin/bash\nmkdir -p out\nsleep 1000\necho done > out/done\n```\n"
_TASKS = {format: Task(format=format) for format in COUNTS} | {
    "bash": Task(
        format="bash", checks=(Check(on=Target.DOCUMENTS, expr="[0].exit_code", expect=0),)
    ),
}
_RESTARTS = re.compile(r'^assay_restarts_total\{part="(\w+)"\} ([0-9.]+)', re.MULTILINE)


class CpuQuota:
    """A control group of this process, with as many cores as told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def share(self, cores: float | None) -> None:
        """Have so many cores from now on; as many as there are where None."""
        quota = -1 if cores is None else round(cores * _PERIOD)
        (self._folder / "cpu.cfs_quota_us").write_text(str(quota))

    @property
    def throttled_seconds(self) -> float:
        """How long its processes were kept from running, of each core together."""
        stat = dict(line.split() for line in (self._folder / "cpu.stat").read_text().splitlines())
        return int(stat["throttled_time"]) / 1e9


@contextmanager
def quota() -> Iterator[CpuQuota | None]:
    """Move this process, and all that it starts, into such a group; None where it cannot be made.

    Whatever this process started in it must have ended with the block.
    """
    found = hierarchies(
        Path("/proc/self/cgroup").read_text(), Path("/proc/self/mountinfo").read_text()
    )
    own = next(
        (each.own for each in found if each.version == 1 and "cpu" in each.controllers), None
    )
    try:
        if own is None:
            raise OSError("the cpu controller of version 1 is not mounted")
        folder = own / f"starved-{os.getpid()}"
        folder.mkdir()
        (folder / "cgroup.procs").write_text(str(os.getpid()))
    except OSError as error:
        print(f"no control group for CPU time can be made: {error}", file=sys.stderr)
        yield None
        return
    made = CpuQuota(folder)
    try:
        yield made
    finally:
        made.share(None)
        (own / "cgroup.procs").write_text(str(os.getpid()))
        for _ in range(100):  # the kernel takes its time with who has just ended
            with contextlib.suppress(OSError):
                folder.rmdir()
                break
            time.sleep(0.1)


@dataclass(frozen=True, slots=True)
class Scored:
    """The verdicts of all requests, how long they took, and which parts were started anew."""

    verdicts: Sequence[Verdict]
    start_seconds: float
    seconds: float
    restarts: Counter[str]


async def scored(requests: Sequence[ScoreRequest], settings: Settings) -> Scored:
    """Score with a scorer that is opened for it."""
    began = time.monotonic()
    async with LocalScorer(settings) as scorer:
        if any(request.task.format == "terraform" for request in requests):
            await scorer.warm_up()
        opened = time.monotonic()
        verdicts = await scorer.score(requests)
        over = time.monotonic()
        told = scorer.metrics.exposition().decode()
    restarts = Counter({part: int(float(times)) for part, times in _RESTARTS.findall(told)})
    return Scored(verdicts, opened - began, over - opened, restarts)


def requests(counts: dict[str, int], sleepers: int) -> list[ScoreRequest]:
    """So many answers of each format, and bash scripts that sleep."""
    found: list[ScoreRequest] = []
    for format, count in counts.items():
        texts = [
            (f"{format}/{path.parent.name}/{path.stem}", path.read_text().partition("-->\n")[2])
            for path in sorted((_GOLDEN / format).glob("*/*.md"))
        ]
        if format == "terraform":
            texts += [(each.title, each.completion) for each in configs("starved")]
        random.Random(5).shuffle(texts)
        for name, text in itertools.islice(itertools.cycle(texts), count):
            found.append(ScoreRequest(id=name, task=_TASKS[format], completion=text))
    sleeps = ScoreRequest(id="a sleeper", task=_TASKS["bash"], completion=_SLEEPER)
    return found + [sleeps] * sleepers


def different(asked: Sequence[ScoreRequest], calm: Scored, starved: Scored) -> list[str]:
    """What is not as it was, in words."""
    found = [f"{part} was started anew {times} times" for part, times in starved.restarts.items()]
    for request, before, after in zip(asked, calm.verdicts, starved.verdicts, strict=True):
        if _told(before) != _told(after):
            found.append(f"{request.id}: {_told(before)}, then {_told(after)}")
    return found


def _told(verdict: Verdict) -> tuple[object, ...]:
    stages = tuple((stage.name, stage.status.value, stage.score) for stage in verdict.stages)
    return (
        verdict.status.value,
        verdict.reward,
        verdict.failure_kind,
        verdict.failure_reason,
        stages,
    )


async def compare(asked: Sequence[ScoreRequest], share: float, limited: CpuQuota) -> list[str]:
    """Score with the whole machine and with this share of a core; what differs, in words."""
    settings = Settings.load(cache=False)
    calm = await scored(asked, settings)
    limited.share(share)
    before = limited.throttled_seconds
    try:
        starved = await scored(asked, settings)
    finally:
        limited.share(None)
    for name, each in (("the whole machine", calm), (f"{share:g} of a core", starved)):
        kinds = Counter(verdict.status.value for verdict in each.verdicts)
        print(
            f"{name}: start {each.start_seconds:.0f} s, {len(each.verdicts)} answers in "
            f"{each.seconds:.0f} s, {dict(kinds)}, started anew: {dict(each.restarts)}",
            flush=True,
        )
    print(f"kept from running for {limited.throttled_seconds - before:.0f} s")
    return different(asked, calm, starved)


def main(asked: Sequence[ScoreRequest], share: float) -> int:
    """0 where all is as it was."""
    with quota() as limited:
        if limited is None:
            return 1
        found = asyncio.run(compare(asked, share, limited))
    for words in found:
        print(f"different: {words}")
    return int(bool(found))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Scores answers on a small part of a core.")
    parser.add_argument(
        "--share", type=float, default=SHARE, help="of a core (default: %(default)s)"
    )
    for format, count in COUNTS.items():
        parser.add_argument(f"--{format}", type=int, default=count, help="answers")
    parser.add_argument("--sleepers", type=int, default=SLEEPERS, help="bash scripts that sleep")
    given = parser.parse_args()
    counts = {format: getattr(given, format) for format in COUNTS}
    sys.exit(main(requests(counts, given.sleepers), given.share))
