"""How fast this tree gives verdicts, against another commit of it, side by side.

    python -m benchmarks.against_commit COMMIT [--rounds 7] [--repeat 8] [--terraform]

Two reward servers, each a process of its own with two workers and no cache: one of this tree, one
of a checkout of the commit. In turn, in every round, each is asked over one gRPC stream for
verdicts on the same completions of a format, which the commit has in its golden set (on a case that
came later, what is measured may be what it is there for). Printed are verdicts a second, and
verdicts for each second of processor time of the server with all its processes, which counts on a
machine that others use as well. Formats: those that need no command, and with ``--terraform`` that
one, warm. Exit code 1 where a median share of verdicts a second falls short.
"""

import argparse
import asyncio
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from benchmarks.linter_throughput import in_process, request, scored
from benchmarks.terraform_configs import configs
from rewardsvc.client import channel_options
from rewardsvc.server import SERVICE
from sandbox.processes import descendants

WANTED = 0.95
WORKERS = 2
START_SECONDS = 120.0
_ROOT = Path(__file__).resolve().parents[1]
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Rate:
    """Verdicts a second, of time and of processor time."""

    seconds: float
    processor: float


class Served:
    """A server of a tree."""

    def __init__(self, process: asyncio.subprocess.Process, channel: grpc.aio.Channel) -> None:
        self._process = process
        self._score: Any = channel.stream_stream(f"/{SERVICE}/ScoreStream")

    async def rate(self, requests: list[bytes]) -> Rate:
        """How fast it gives these verdicts."""
        before = self._processor_seconds()
        verdicts, rate = await scored(self._score, requests)
        took = max(self._processor_seconds() - before, 1 / _TICK)  # the kernel counts in ticks
        return Rate(rate, len(verdicts) / took)

    def _processor_seconds(self) -> float:
        """Of all its processes, those that have ended included."""
        ticks = 0
        for pid in descendants(self._process.pid):
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            ticks += sum(map(int, fields[11:15]))
        return ticks / _TICK


async def measure(commit: str, rounds: int, repeat: int, terraform: bool) -> int:
    """Print the shares of each format; the exit code."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before", flush=True)
    holds = True
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        _git("worktree", "add", "--detach", str(tree), commit)
        try:
            async with _served(tree, terraform) as old, _served(_ROOT, terraform) as new:
                for asked in _asked(terraform, tree / "tests/golden"):
                    share = await _share(old, new, asked, rounds=rounds, repeat=repeat)
                    holds = holds and share >= WANTED
        finally:
            _git("worktree", "remove", "--force", str(tree))
    return 0 if holds else 1


def _asked(terraform: bool, golden: Path) -> Iterator[tuple[str, list[str]]]:
    if terraform:
        yield "terraform", [config.completion for config in configs(secrets.token_hex(4))]
    yield from in_process(golden)


async def _share(
    old: Served, new: Served, asked: tuple[str, list[str]], *, rounds: int, repeat: int
) -> float:
    format, completions = asked
    requests = [
        request(f"{number}/{index}", format, completion)
        for number in range(1 if format == "terraform" else repeat)
        for index, completion in enumerate(completions)
    ]
    for server in (old, new):  # what is paid once
        await server.rate(requests)
    rates = []
    for number in range(rounds):
        order = (old, new) if number % 2 else (new, old)
        found = {server: await server.rate(requests) for server in order}
        rates.append((found[old], found[new]))
    was, now = (statistics.median(pair[each].seconds for pair in rates) for each in (0, 1))
    share = statistics.median(after.seconds / before.seconds for before, after in rates)
    effort = statistics.median(after.processor / before.processor for before, after in rates)
    print(
        f"{format:20} {was:8.1f} before, {now:8.1f} now: share {share:.2f}, "
        f"for each second of processor time {effort:.2f}",
        flush=True,
    )
    return share


@asynccontextmanager
async def _served(tree: Path, terraform: bool) -> AsyncIterator[Served]:
    with tempfile.TemporaryFile() as said:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from rewardsvc.cli import main; main()"),
            *("serve", "--listen", "127.0.0.1:0"),
            cwd=tree,
            stdin=asyncio.subprocess.DEVNULL,
            stderr=said,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join((str(tree), str(tree / "protos"))),
                "ASSAY_CACHE": "false",
                "ASSAY_WORKERS": str(WORKERS),
                "ASSAY_TERRAFORM": "warm" if terraform else "cold",
                "ASSAY_TOOLS": str(_ROOT / ".tools"),
            },
        )
        try:
            async with asyncio.timeout(START_SECONDS):
                while not (address := _address(said.fileno())) and process.returncode is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            if not address:
                raise SystemExit(f"no server of {tree}: {os.pread(said.fileno(), 4000, 0)!r}")
            async with grpc.aio.insecure_channel(address, options=channel_options()) as channel:
                yield Served(process, channel)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def _address(descriptor: int) -> str:
    for line in os.pread(descriptor, 65536, 0).decode().splitlines():
        if line.startswith("serving on "):
            return line.removeprefix("serving on ")
    return ""


def _git(*arguments: str) -> None:
    subprocess.run(["git", "-C", str(_ROOT), *arguments], check=True, capture_output=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measures this tree against another commit.")
    parser.add_argument("commit")
    parser.add_argument("--rounds", type=int, default=7, help="of each (default: 7)")
    parser.add_argument("--repeat", type=int, default=8, help="every file, a round (default: 8)")
    parser.add_argument("--terraform", action="store_true", help="and Terraform, warm")
    given = parser.parse_args()
    sys.exit(asyncio.run(measure(given.commit, given.rounds, given.repeat, given.terraform)))
