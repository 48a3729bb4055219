"""Attacks a reward server and says whether it kept serving.

    python -m benchmarks.attack [--minutes 10] [--clients 8] [--only WORD]

Clients send the attacks of ``texts.py`` one after the other, each waiting for its verdict, while a
process of its own probes the server's health over gRPC and HTTP twenty times a second. At last the
server is sent SIGTERM, with all attacks under way. Exit code 1 where probes took longer than
wanted, where the server did not end in time or not by itself, or where an attack got no answer.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc
from assay.reward.v1 import reward_pb2 as pb
from assay.reward.v1 import reward_pb2_grpc

from benchmarks.attack import texts
from rewardsvc.client import channel_options

USUAL_SECONDS = 0.1
"""Wanted of 99 of 100 probes."""
WORST_SECONDS = 1.0
"""Wanted of every probe."""
END_SECONDS = 10.0
"""Wanted from SIGTERM to the server's end."""
WORKERS = 2
START_SECONDS = 180.0
_DEADLINE_SECONDS = 120.0


@dataclass(slots=True)
class AttackTally:
    """What came of the attacks."""

    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)
    unscored: Counter[str] = field(default_factory=Counter)

    def count(self, name: str, outcome: str, seconds: float, reason: str = "") -> None:
        """One more."""
        self.outcomes[outcome] += 1
        self.slowest[name] = max(self.slowest.get(name, 0.0), seconds)
        if reason:
            self.unscored[f"{name}: {reason[:160]}"] += 1


async def main(minutes: float, clients: int, only: str) -> int:
    """Attack, end it, print what came of it; the exit code."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before", flush=True)
    attacks = {name: made for name, made in texts.requests().items() if only in name}
    tally = AttackTally()
    async with _served() as (process, address, http):
        probe = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.attack.probe", address, http),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        attacking = [
            asyncio.create_task(_attack(address, attacks, tally, number))
            for number in range(clients)
        ]
        await asyncio.wait(attacking, timeout=60 * minutes)
        said, _ = await probe.communicate(b"")  # the end of its input
        done = Counter(tally.outcomes)
        began = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        code = await process.wait()
        took = time.perf_counter() - began
        for task in attacking:
            task.cancel()
        await asyncio.gather(*attacking, return_exceptions=True)
    holds = _print_probes(json.loads(said))
    print(f"attacks: {sum(done.values())} of {len(attacks)} kinds, {dict(done.most_common())}")
    for name, seconds in sorted(tally.slowest.items(), key=lambda pair: -pair[1])[:12]:
        print(f"  {seconds:6.1f} s  {name}")
    for reason, times in tally.unscored.most_common(12):
        print(f"  UNSCORED {times} times: {reason}")
    print(f"ended {took:.1f} s after SIGTERM, with exit code {code}; wanted: {END_SECONDS:.0f}")
    return 0 if holds and code == 0 and took <= END_SECONDS else 1


async def _attack(
    address: str, attacks: Mapping[str, texts.Made], tally: AttackTally, client: int
) -> None:
    """One client: all attacks in an order of its own, again and again."""
    shuffled = random.Random(client)
    number = client * 1_000_000
    async with grpc.aio.insecure_channel(address, options=channel_options()) as channel:
        stub = reward_pb2_grpc.RewardServiceStub(channel)  # type: ignore[no-untyped-call]
        while True:
            for name in shuffled.sample(sorted(attacks), len(attacks)):
                number += 1
                request = await asyncio.to_thread(attacks[name], number)
                began = time.perf_counter()
                try:
                    verdict = await stub.Score(request, timeout=_DEADLINE_SECONDS)
                except grpc.aio.AioRpcError as error:
                    tally.count(name, error.code().name, time.perf_counter() - began)
                    if error.code() is grpc.StatusCode.UNAVAILABLE:
                        return  # it has ended
                    continue
                outcome = str(pb.Status.Name(verdict.status))
                reason = verdict.failure_reason if verdict.status == pb.UNSCORED else ""
                tally.count(name, outcome, time.perf_counter() - began, reason)


def _print_probes(seconds: Mapping[str, Sequence[float]]) -> bool:
    """Whether the probes took no longer than is wanted."""
    holds = True
    for way, took in seconds.items():
        ordered = sorted(took)
        half, most = (ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99))
        print(
            f"health over {way}: {len(took)} probes, half within {1000 * half:.1f} ms, 99 of 100 "
            f"within {1000 * most:.0f} ms, the slowest {1000 * ordered[-1]:.0f} ms; "
            f"wanted: {1000 * USUAL_SECONDS:.0f} and {1000 * WORST_SECONDS:.0f}"
        )
        holds = holds and most <= USUAL_SECONDS and ordered[-1] <= WORST_SECONDS
    return holds


@asynccontextmanager
async def _served() -> AsyncIterator[tuple[asyncio.subprocess.Process, str, str]]:
    """A server as people start it, its address and that of its HTTP face."""
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "said"
        with said.open("wb") as stderr:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", "from rewardsvc.cli import main; main()", "serve"),
                *("--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--workers", str(WORKERS)),
                stdin=asyncio.subprocess.DEVNULL,
                stderr=stderr,
                env={**os.environ, "ASSAY_CACHE_FILE": f"{folder}/verdicts.sqlite"},
            )
        try:
            async with asyncio.timeout(START_SECONDS):
                while "serving on " not in said.read_text():
                    if process.returncode is not None:
                        raise SystemExit(f"the server did not start:\n{said.read_text()}")
                    await asyncio.sleep(0.1)
            words = dict(line.rsplit(" ", 1) for line in said.read_text().splitlines())
            yield process, words["serving on"], words["HTTP on"]
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            if (said.read_text()).count("Traceback"):
                print(f"the server wrote:\n{said.read_text()[-4000:]}", file=sys.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Attacks a server and probes its health.")
    parser.add_argument("--minutes", type=float, default=10.0, help="default: 10")
    parser.add_argument("--clients", type=int, default=8, help="default: 8")
    parser.add_argument("--only", default="", help="attacks whose name has this word")
    given = parser.parse_args()
    sys.exit(asyncio.run(main(given.minutes, given.clients, given.only)))
