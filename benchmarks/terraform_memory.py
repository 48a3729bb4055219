"""How much memory warm providers take: ``python -m benchmarks.terraform_memory``.

2,000 plans of the mixed configurations go through the warm engine with two providers. What each
provider's box and this process hold is sampled after every tenth plan. Exit code 1 where a plan
fails, a provider ever holds more than 1.2 GB, or the last quarter's mean lies more than a quarter
above that of the second one: then it does not stop growing.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from benchmarks.terraform_configs import TerraformConfig, configs
from sandbox.select import open_sandbox
from sandbox.terraform.warm import WarmEngine
from sandbox.toolchain import discover

PROVIDERS = 2
ALLOWED_BYTES = 1.2e9
ALLOWED_GROWTH = 1.25
SAMPLED_EVERY = 10
PRINTED_EVERY = 200

_PAGE = 4096


@dataclass(frozen=True, slots=True)
class MemorySample:
    """What is held after so many plans (bytes)."""

    plans: int
    providers: tuple[int, ...]
    ours: int
    seconds: float

    @property
    def largest(self) -> int:
        """Of the provider that holds most."""
        return max(self.providers, default=0)


async def main(plans: int) -> int:
    """Plan, print the table, and say with the exit code whether memory stays in bounds."""
    toolchain = await asyncio.to_thread(discover)
    texts = [_text(config) for config in configs("memory")]
    samples: list[MemorySample] = []
    failed: list[str] = []
    numbers = iter(range(plans))
    began = time.monotonic()
    async with (
        open_sandbox("auto") as sandbox,
        WarmEngine(toolchain, sandbox, providers=PROVIDERS) as engine,
    ):

        async def work() -> None:
            for number in numbers:
                outcome = await engine.run({"main.tf": texts[number % len(texts)]})
                if outcome.plan is None or not outcome.plan.passed:
                    failed.append(f"plan {number}: {outcome}"[:2000])
                if number % SAMPLED_EVERY == 0:
                    held = tuple(each.memory_bytes or 0 for each in engine.providers)
                    samples.append(MemorySample(number, held, _ours(), time.monotonic() - began))
                    if number % PRINTED_EVERY == 0:
                        _print(samples[-1])

        print(f"{'plans':>6} {'seconds':>8} {'this process':>13}  providers", flush=True)
        async with asyncio.TaskGroup() as group:
            for _ in range(PROVIDERS):
                group.create_task(work())
        _print(samples[-1])
    return _report(samples, failed)


def _text(config: TerraformConfig) -> bytes:
    return config.completion.removeprefix("```hcl\n").removesuffix("```\n").encode()


def _ours() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


def _print(sample: MemorySample) -> None:
    held = "  ".join(f"{each / 1e6:5.0f} MB" for each in sample.providers)
    ours = f"{sample.ours / 1e6:10.0f} MB"
    print(f"{sample.plans:6} {sample.seconds:8.0f} {ours}  {held}", flush=True)


def _report(samples: Sequence[MemorySample], failed: Sequence[str]) -> int:
    quarter = len(samples) // 4
    second, last = samples[quarter : 2 * quarter], samples[-quarter:]
    most = max(sample.largest for sample in samples)
    before = fmean(sample.largest for sample in second)
    after = fmean(sample.largest for sample in last)
    ours = fmean(s.ours for s in last) / fmean(s.ours for s in second)
    slope = (after - before) / (samples[-1].plans / 2) * 1000
    print(f"a provider held {most / 1e6:.0f} MB at most; allowed: {ALLOWED_BYTES / 1e6:.0f} MB")
    print(
        f"mean of the largest: {before / 1e6:.0f} MB in the second quarter, "
        f"{after / 1e6:.0f} MB in the last one ({slope / 1e6:+.0f} MB in 1,000 plans); "
        f"allowed: {ALLOWED_GROWTH - 1:.0%} more"
    )
    print(f"this process: {ours - 1:+.0%} from the second quarter to the last one")
    for failure in failed[:5]:
        print(f"WRONG: {failure}")
    grew = after > before * ALLOWED_GROWTH or ours > ALLOWED_GROWTH
    return int(bool(failed) or most > ALLOWED_BYTES or grew)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Plans on and on, and samples memory.")
    parser.add_argument("--plans", type=int, default=2000)
    sys.exit(asyncio.run(main(parser.parse_args().plans)))
