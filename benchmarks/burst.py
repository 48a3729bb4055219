"""What becomes of bursts: ``python -m benchmarks.burst [--quick] [--only FORMATS]``.

A server process of ``rewardsvc serve`` with two workers and the queue it has by default, a cache of
its own, on loopback. First 4,000 ``Score`` calls at once, each with two minutes; then 3,000 with 45
seconds; then the first burst once more through :class:`rewardsvc.client.RemoteScorer`. The answers
cost from milliseconds (words without a file) to half a second and more (Terraform plans, where
this machine has Terraform), and no two are equal.

Prints for each burst how many got a verdict, how many were turned away (RESOURCE_EXHAUSTED), how
many were accepted and came late (DEADLINE_EXCEEDED), and how many were lost (any other status).
Exit code 1 where one is lost, or more than a twentieth of what was accepted is late.
"""

import argparse
import asyncio
import os
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
from assay.reward.v1 import reward_pb2 as pb
from assay.reward.v1 import reward_pb2_grpc

from rewardsvc import ScoreRequest, Settings, Task, Verdict
from rewardsvc.client import RemoteScorer, channel_options
from rewardsvc.wire.protobuf import request_to_proto

MOST_LATE = 0.05
"""Of what was accepted."""

START_SECONDS = 120.0

_DOCKERFILE = """\
FROM debian:12.5-slim
RUN groupadd --system app && useradd --system --gid app app-{name}
COPY app-{name} /usr/local/bin/app
USER app-{name}
CMD ["app"]
"""
_SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web-{name}
spec:
  selector: {{app: web-{name}}}
  ports: [{{port: 80, targetPort: 8080}}]
"""
_PIPELINE = """\
stages: [test]
test-{name}:
  stage: test
  image: python:3.12
  script: [pytest]
"""
_SCRIPT = """\
#!/bin/bash
set -euo pipefail
echo "{name}" > "/tmp/{name}"
"""
_BUCKET = """\
resource "aws_s3_bucket" "this" {{
  bucket = "logs-{name}"
  tags   = {{ Name = "{name}" }}
}}
"""

_KINDS: Sequence[tuple[str, str, str, int]] = (
    ("dockerfile", "", "I do not know, {name}.", 2),
    ("dockerfile", "dockerfile", _DOCKERFILE, 3),
    ("kubernetes", "yaml", _SERVICE, 2),
    ("gitlab-ci", "yaml", _PIPELINE, 2),
    ("bash", "bash", _SCRIPT, 2),
    ("terraform", "hcl", _BUCKET, 1),
)
"""Format, fence label ("" for an answer without a file), answer, how often among twelve."""


def burst(count: int, formats: frozenset[str]) -> list[ScoreRequest]:
    """So many different requests, in an order without a pattern that is the same in every run."""
    run = secrets.token_hex(3)
    kinds = [kind for kind in _KINDS if kind[0] in formats for _ in range(kind[3])]
    random.Random(9).shuffle(kinds)
    requests = []
    for number in range(count):
        format, label, answer, _ = kinds[number % len(kinds)]
        text = answer.format(name=f"{run}{number}")
        completion = f"Here it is:\n\n```{label}\n{text}```\n" if label else text
        requests.append(
            ScoreRequest(id=str(number), task=Task(format=format), completion=completion)
        )
    return requests


async def calls(address: str, requests: Sequence[ScoreRequest], deadline: float) -> Counter[str]:
    """All at once over one channel, as a client does that knows no restraint."""
    messages = [request_to_proto(request) for request in requests]
    async with grpc.aio.insecure_channel(address, options=channel_options()) as channel:
        stub = reward_pb2_grpc.RewardServiceStub(channel)  # type: ignore[no-untyped-call]
        started = time.monotonic()
        told: Counter[str] = Counter()
        ends: list[float] = []

        async def one(message: pb.ScoreRequest) -> None:
            try:
                verdict = await stub.Score(message, timeout=deadline)
                status = "SCORED" if verdict.status == pb.SCORED else "UNSCORED"
                ends.append(time.monotonic() - started)
            except grpc.aio.AioRpcError as error:
                status = error.code().name
            told[status] += 1

        await asyncio.gather(*map(one, messages))
    print(f"  all answered after {time.monotonic() - started:.1f} s", end="")
    print(f", the last verdict after {max(ends):.1f} s" if ends else "", file=sys.stdout)
    return told


async def patient(address: str, requests: Sequence[ScoreRequest]) -> Counter[str]:
    """The same through our client, which tries again."""
    started = time.monotonic()
    chosen = Settings.load()
    async with RemoteScorer(address, chosen.connection) as scorer:
        verdicts: list[Verdict] = await scorer.score(requests)
    print(f"  all answered after {time.monotonic() - started:.1f} s")
    return Counter("SCORED" if v.reward is not None else str(v.failure_kind) for v in verdicts)


def report(what: str, told: Counter[str]) -> bool:
    """Print one burst's figures; whether they are as they must be."""
    verdicts = told["SCORED"] + told["UNSCORED"]
    late = told["DEADLINE_EXCEEDED"]
    refused = told["RESOURCE_EXHAUSTED"]
    lost = told.total() - verdicts - late - refused
    accepted = verdicts + late + lost
    share = (late + lost) / accepted if accepted else 0.0
    print(
        f"{what}: {told.total()} calls, {verdicts} verdicts ({told['UNSCORED']} UNSCORED), "
        f"{refused} RESOURCE_EXHAUSTED, {lost} lost, {late} late; late share of accepted "
        f"{share:.1%}",
        flush=True,
    )
    if lost:
        print(f"  lost: {dict(told)}")
    return lost == 0 and share <= MOST_LATE


async def measure(first: int, second: int, third: int, only: frozenset[str]) -> int:
    """All bursts, of ``only`` some formats where it names any; the exit code."""
    async with _server() as address:
        async with RemoteScorer(address, Settings.load().connection) as scorer:
            described = await scorer.describe()
            formats = frozenset(each.format for each in described.formats if each.available)
            formats = formats & only if only else formats
            # What starts with the first request of a format is no part of the measurement.
            await scorer.score(burst(12, formats))
        print(f"formats: {', '.join(sorted(formats & {kind[0] for kind in _KINDS}))}")
        good = report(f"{first} calls, 120 s", await calls(address, burst(first, formats), 120.0))
        good &= report(f"{second} calls, 45 s", await calls(address, burst(second, formats), 45.0))
        told = await patient(address, burst(third, formats))
        lost = told.total() - told["SCORED"]
        print(f"RemoteScorer, {third} requests: {told['SCORED']} SCORED, {lost} not {dict(told)}")
    return int(not good or lost > 0)


@asynccontextmanager
async def _server() -> AsyncIterator[str]:
    """A server process; gives its address once Terraform is warm."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "stderr.log"
        with log.open("wb") as stderr:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", "from rewardsvc.cli import main; main()"),
                *("serve", "--listen", "127.0.0.1:0"),
                stdin=asyncio.subprocess.DEVNULL,
                stderr=stderr,
                env={**os.environ, "ASSAY_CACHE_FILE": f"{folder}/verdicts.sqlite"},
            )
        try:
            yield await _address(log)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _address(log: Path) -> str:
    said = "serving on "
    async with asyncio.timeout(START_SECONDS):
        while True:
            for line in (await asyncio.to_thread(log.read_text)).splitlines():
                if line.startswith(said):
                    return line.removeprefix(said)
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measures what becomes of bursts.")
    parser.add_argument("--quick", action="store_true", help="a tenth of the calls")
    parser.add_argument("--only", default="", metavar="FORMATS", help="of these, with commas")
    given = parser.parse_args()
    part = 10 if given.quick else 1
    only = frozenset(filter(None, given.only.split(",")))
    sys.exit(asyncio.run(measure(4000 // part, 3000 // part, 500 // part, only)))
