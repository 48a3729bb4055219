"""How much faster the warm Terraform engine is: ``python -m benchmarks.terraform_warm_cold``.

The same twelve answers are scored cold (init, validate, plan, show, in this process) and warm
(through a reward server over gRPC), one after the other, so that a busy machine slows both alike.
Every answer is new to the server's cache. Exit code 1 where two verdicts differ, one is
UNSCORED, or warm takes more than a tenth of cold.
"""

import argparse
import asyncio
import secrets
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from benchmarks.terraform_configs import Config, configs
from rewardsvc import Scorer, ScoreRequest, Settings, Status, Task, Verdict, open_scorer

WANTED = 0.1
"""The share of cold's time that warm may take, in total."""

START_SECONDS = 180.0
CLIENT_SECONDS = 600.0

_READY = b"serving on "


@dataclass(frozen=True, slots=True)
class Row:
    """One answer, measured both ways (seconds)."""

    title: str
    resources: int
    cold: float
    warm: float
    differences: str


async def main(server: str | None) -> int:
    """Measure, print the table, and say with the exit code whether it is as wanted."""
    rows = []
    cold_settings = Settings.load(terraform="cold", cache=False)
    warm_settings = Settings.load(request_timeout_seconds=CLIENT_SECONDS)
    async with (
        _server(server) as address,
        open_scorer(warm_settings, address) as warm,
        open_scorer(cold_settings) as cold,
    ):
        # What both pay once (sandbox, emulator, channel) is not part of any row.
        await asyncio.gather(*(_timed(each, configs("first")[0]) for each in (cold, warm)))
        for number, config in enumerate(configs(secrets.token_hex(4)), 1):
            print(f"{number} of 12: {config.title} …", file=sys.stderr)
            cold_seconds, reference = await _timed(cold, config)
            warm_seconds, verdict = await _timed(warm, config)
            different = _differences(config, reference, verdict)
            rows.append(Row(config.title, config.resources, cold_seconds, warm_seconds, different))
    return _report(rows)


@asynccontextmanager
async def _server(address: str | None) -> AsyncIterator[str]:
    """The given server, or one that runs as long as the benchmark."""
    if address is not None:
        yield address
        return
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from rewardsvc.cli import main; main()"),
        *("serve", "--listen", "127.0.0.1:0"),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    reading: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(START_SECONDS):
            said = await _address(process.stderr)
        reading = asyncio.create_task(_drain(process.stderr))
        print(f"server ready after {time.perf_counter() - started:.1f} s", file=sys.stderr)
        yield said
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        if reading is not None:
            await reading


async def _address(stderr: asyncio.StreamReader) -> str:
    said = b""
    while line := await stderr.readline():
        if line.startswith(_READY):
            return line.removeprefix(_READY).decode().strip()
        said += line
    raise SystemExit(f"the server did not start:\n{said.decode(errors='replace')}")


async def _drain(stderr: asyncio.StreamReader) -> None:
    while await stderr.readline():
        pass


async def _timed(scorer: Scorer, config: Config) -> tuple[float, Verdict]:
    task = Task(category="terraform", format="terraform")
    started = time.perf_counter()
    (verdict,) = await scorer.score(
        [ScoreRequest(id=config.title, task=task, completion=config.completion)]
    )
    return time.perf_counter() - started, verdict


def _differences(config: Config, cold: Verdict, warm: Verdict) -> str:
    """What is wrong with the two verdicts, "" where they are equal and as they must be."""
    for name, verdict in (("cold", cold), ("warm", warm)):
        if verdict.status is not Status.SCORED:
            return f"{name} is UNSCORED: {verdict.failure_kind} {verdict.failure_reason}"
        if verdict.cached:
            return f"{name} came from the cache"
        if verdict.reward != 1.0:
            return f"{name} earned {verdict.reward}, 1.0 is right: {_stages(verdict)}"
    if _stages(cold) != _stages(warm):
        return f"cold {_stages(cold)}, warm {_stages(warm)}"
    return ""


def _stages(verdict: Verdict) -> list[tuple[str, str]]:
    return [(stage.name, stage.status.value) for stage in verdict.stages]


def _report(rows: Sequence[Row]) -> int:
    print(f"{'answer':22} {'resources':>9} {'cold s':>8} {'warm s':>8} {'cold/warm':>9}  verdicts")
    for row in rows:
        print(
            f"{row.title:22} {row.resources:9d} {row.cold:8.2f} {row.warm:8.2f} "
            f"{row.cold / row.warm:9.1f}  {row.differences or 'equal'}"
        )
    cold, warm = sum(row.cold for row in rows), sum(row.warm for row in rows)
    resources = sum(row.resources for row in rows)
    print(f"{'total':22} {resources:9d} {cold:8.2f} {warm:8.2f} {cold / warm:9.1f}")
    print(f"median ratio {statistics.median(row.cold / row.warm for row in rows):.1f}")
    print(f"warm takes {warm / cold:.1%} of cold; wanted: at most {WANTED:.0%}")
    return int(any(row.differences for row in rows) or warm > WANTED * cold)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Scores twelve Terraform answers cold and warm.")
    parser.add_argument("--server", help="HOST:PORT of a warm reward server; without it, one runs")
    sys.exit(asyncio.run(main(parser.parse_args().server)))
