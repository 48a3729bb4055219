"""How much faster the warm Terraform engine is: ``python -m benchmarks.terraform_throughput``.

Two measurements, side by side in one run:

- 32 answers of 1 to 40 resources, scored cold (init, validate, plan, show) and warm (plan, show) in
  this process with two workers each, without a cache. They take turns in blocks of eight answers,
  so that a busy machine slows both alike; every verdict of the two is compared. The warm ones run
  several times, with new names, because eight of them are over in a second.
- Warm ``terraform validate`` of an AWS configuration against ``terraform validate`` of one without
  providers, each step timed in its own box, turn by turn.

Exit code 1 where two verdicts differ, one is UNSCORED, or a ratio is not as wanted.
"""

import argparse
import asyncio
import secrets
import statistics
import sys
import time
from collections.abc import Sequence

from benchmarks.terraform_configs import TerraformConfig, configs
from rewardsvc import Scorer, ScoreRequest, Settings, Status, Task, Verdict, open_scorer
from sandbox.base import Command, Sandbox, Step
from sandbox.select import open_sandbox
from sandbox.terraform import Depth, TerraformEngine, open_engine
from sandbox.terraform.prepare import Installed, environment, terraform_bind
from sandbox.toolchain import Toolchain, discover

WORKERS = 2
BLOCK = 8
WARM_ROUNDS = 4
WANTED = 40.0
"""How many times as many answers a minute warm must score as cold."""

VALIDATIONS = 30
VALIDATE_WANTED = 3.5
"""How many times as long warm validation may take as one without providers."""

_PLAIN = b"""variable "stage" {
  type    = string
  default = "test"
}

locals {
  names = [for n in range(3) : "${var.stage}-${n}"]
}

output "names" {
  value = local.names
}
"""


async def main(rounds: int) -> int:
    """Measure, print the tables, and say with the exit code whether all is as wanted."""
    throughput = await _throughput(rounds)
    validation = await _validation()
    return int(not (throughput and validation))


async def _throughput(rounds: int) -> bool:
    cold_settings = Settings.load(terraform="cold", cache=False, workers=WORKERS)
    warm_settings = Settings.load(terraform="warm", cache=False, workers=WORKERS)
    seconds = {"cold": 0.0, "warm": 0.0}
    different: list[str] = []
    print(f"{'answers':24} {'resources':>9} {'cold s':>8} {'warm s':>8} {'cold/warm':>9}")
    async with open_scorer(warm_settings) as warm, open_scorer(cold_settings) as cold:
        # What a server pays once (sandbox, emulator, providers, a region's first use) is not part
        # of any block.
        await _timed(cold, configs("first")[:1])
        await _timed(warm, configs("first")[: 2 * BLOCK])
        run = secrets.token_hex(4)
        named = [configs(f"{run}-{number}") for number in range(rounds + 1)]
        for start in range(0, len(named[0]), BLOCK):
            block = slice(start, start + BLOCK)
            cold_seconds, references = await _timed(cold, named[0][block])
            warm_seconds = 0.0
            for again in named[1:]:
                took, verdicts = await _timed(warm, again[block])
                warm_seconds += took / rounds
                different += _differences(again[block], references, verdicts)
            seconds["cold"] += cold_seconds
            seconds["warm"] += warm_seconds
            sizes = [config.resources for config in named[0][block]]
            print(
                f"{f'{start + 1} to {start + len(sizes)}':24} {f'{min(sizes)}-{max(sizes)}':>9} "
                f"{cold_seconds:8.2f} {warm_seconds:8.2f} {cold_seconds / warm_seconds:9.1f}",
                flush=True,
            )
    for words in different:
        print(f"different: {words}")
    count = len(named[0])
    ratio = seconds["cold"] / seconds["warm"]
    for name, took in seconds.items():
        print(f"{name}: {60 * count / took:.1f} answers a minute with {WORKERS} workers")
    print(f"warm scores {ratio:.1f} times as many as cold; wanted: {WANTED:g}")
    return not different and ratio >= WANTED


async def _timed(scorer: Scorer, answers: Sequence[TerraformConfig]) -> tuple[float, list[Verdict]]:
    task = Task(category="terraform", format="terraform")
    requests = [
        ScoreRequest(id=config.title, task=task, completion=config.completion) for config in answers
    ]
    started = time.perf_counter()
    verdicts = await scorer.score(requests)
    return time.perf_counter() - started, verdicts


def _differences(
    answers: Sequence[TerraformConfig], cold: Sequence[Verdict], warm: Sequence[Verdict]
) -> list[str]:
    """What is wrong with the verdicts: they must be equal, and full, for the answers are good."""
    found = []
    for config, reference, verdict in zip(answers, cold, warm, strict=True):
        for name, each in (("cold", reference), ("warm", verdict)):
            if each.status is not Status.SCORED:
                found.append(f"{config.title}, {name}: {each.failure_kind} {each.failure_reason}")
            elif each.reward != 1.0 or each.cached:
                found.append(f"{config.title}, {name}: {each.reward}, cached {each.cached}")
        if _stages(reference) != _stages(verdict):
            found.append(f"{config.title}: cold {_stages(reference)}, warm {_stages(verdict)}")
    return found


def _stages(verdict: Verdict) -> list[tuple[str, str]]:
    return [(stage.name, stage.status.value) for stage in verdict.stages]


async def _validation() -> bool:
    toolchain = await asyncio.to_thread(discover)
    async with (
        open_sandbox() as sandbox,
        open_engine("warm", toolchain, sandbox, providers=1) as engine,
    ):
        plain, warm = [], []
        for number in range(VALIDATIONS + 1):
            pair = await _plain(sandbox, toolchain), await _warm(engine, number)
            if number:  # the first ones warm the file cache
                plain.append(pair[0])
                warm.append(pair[1])
    ratio = statistics.median(warm) / statistics.median(plain)
    print(
        f"validate, median of {VALIDATIONS}: {1000 * statistics.median(plain):.0f} ms without "
        f"providers, {1000 * statistics.median(warm):.0f} ms with AWS, warm"
    )
    print(f"warm validate takes {ratio:.2f} times as long; wanted: at most {VALIDATE_WANTED}")
    return ratio <= VALIDATE_WANTED


async def _plain(sandbox: Sandbox, toolchain: Toolchain) -> float:
    installed = Installed.of(toolchain)
    bind = terraform_bind(installed)
    result = await sandbox.run(
        Command(
            # Two steps as in the engine: a step's time is then its program's, without the box.
            steps=(Step("first", ("true",)), Step("validate", (bind.target, "validate", "-json"))),
            files={"main.tf": _PLAIN},
            env=environment({}),
            binds=(bind,),
        )
    )
    step = result.step("validate")
    if step is None or step.exit_code:
        raise SystemExit(f"terraform validate failed: {result}")
    return step.seconds


async def _warm(engine: TerraformEngine, number: int) -> float:
    answer = configs(f"validate-{number}")[number % 32].completion
    text = answer.split("\n", 1)[1].rpartition("```")[0]
    outcome = await engine.run({"main.tf": text.encode()}, Depth.VALIDATE)
    if not outcome.validate.passed:
        raise SystemExit(f"a good configuration was refused: {outcome.validate.problems}")
    return outcome.validate.seconds


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Scores 32 Terraform answers cold and warm.")
    parser.add_argument("--rounds", type=int, default=WARM_ROUNDS, help="times that warm runs")
    sys.exit(asyncio.run(main(parser.parse_args().rounds)))
