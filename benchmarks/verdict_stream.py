"""How fast cached verdicts are given over one stream: ``python -m benchmarks.verdict_stream``.

A server process scores some hundred different completions of five formats. Then this process, the
client, asks for them again over one ``ScoreStream``, and in turn, over one stream as well, calls an
echo method of the same server with the same requests and answers of the same size: what gRPC and
two processes of Python cost without us. The echo is registered by this benchmark's own server
entry; the public service has none. Exit code 1 where an answer is not a cached verdict, or where
the medians fall short of what is wanted.
"""

import argparse
import asyncio
import secrets
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from assay.reward.v1 import reward_pb2 as pb

from rewardsvc import ScoreRequest, Settings, Task
from rewardsvc.client import channel_options
from rewardsvc.local import LocalScorer
from rewardsvc.server import SERVICE, serving
from rewardsvc.wire.protobuf import request_to_proto

WANTED_RATE = 1500.0
"""Verdicts a second."""

WANTED_SHARE = 1 / 3
"""Of what the echo reaches."""

IN_FLIGHT = 256
"""Requests that wait for their answer at once; as many as the server works on for one stream."""

START_SECONDS = 60.0
_ECHO = "assay.benchmark.Echo"
_READY = b"serving on "

_DOCKERFILE = """\
FROM debian:12.5-slim
RUN groupadd --system app && useradd --system --gid app app-{name}
COPY app-{name} /usr/local/bin/app
USER app-{name}
CMD ["app"]
"""
_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-{name}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: web-{name}}}}}
  template:
    metadata: {{labels: {{app: web-{name}}}}}
    spec:
      containers:
        - name: web
          image: nginx:1.27.3
          ports: [{{containerPort: 8080}}]
          resources: {{limits: {{memory: 256Mi}}}}
"""
_COMPOSE = """\
services:
  web-{name}:
    image: nginx:1.27.3
    ports: ["8080:80"]
    depends_on: [cache]
  cache:
    image: redis:7.4
"""
_WORKFLOW = """\
name: test-{name}
on: [push]
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - run: make test
"""
_PIPELINE = """\
stages: [test]
test-{name}:
  stage: test
  image: python:3.12
  script:
    - pip install -e .
    - pytest
"""
_ANSWERS = (
    ("dockerfile", "dockerfile", _DOCKERFILE),
    ("kubernetes", "yaml", _DEPLOYMENT),
    ("compose", "yaml", _COMPOSE),
    ("github-actions", "yaml", _WORKFLOW),
    ("gitlab-ci", "yaml", _PIPELINE),
)
"""Format, fence label, file."""


@dataclass(frozen=True, slots=True)
class Round:
    """One round: messages a second, both ways."""

    verdicts: float
    echo: float


def requests(count: int) -> list[pb.ScoreRequest]:
    """Different completions, formats in turn; new ones in every run."""
    run = secrets.token_hex(3)
    messages = []
    for number in range(count):
        format, label, file = _ANSWERS[number % len(_ANSWERS)]
        name = f"{run}{number}"
        task = Task(category="mlops", format=format, instruction=f"What {name} needs. " * 10)
        completion = f"Here it is:\n\n```{label}\n{file.format(name=name)}```\n"
        messages.append(request_to_proto(ScoreRequest(id="", task=task, completion=completion)))
    return messages


async def measure(distinct: int, rounds: int, messages: int) -> int:
    """Run both ways in turn, print the figures, say with the exit code whether they hold."""
    asked = requests(distinct)
    async with (
        _server() as address,
        grpc.aio.insecure_channel(address, options=channel_options()) as channel,
    ):
        score: Any = channel.stream_stream(f"/{SERVICE}/ScoreStream")
        echo: Any = channel.stream_stream(f"/{_ECHO}/Echo")
        answers, took = await _stream(score(), _numbered(asked, distinct))
        print(f"{distinct} verdicts worked out in {took:.1f} s", file=sys.stderr)
        size = round(statistics.mean(map(len, answers)))
        again = _numbered(asked, messages)
        seen = []
        for number in range(rounds):
            answers, took = await _stream(score(), again)
            _, echo_took = await _stream(echo(metadata=[("answer-bytes", str(size))]), again)
            _require_kept(answers, messages)
            seen.append(Round(messages / took, messages / echo_took))
            print(
                f"round {number + 1}: {seen[-1].verdicts:6.0f} cached verdicts a second, "
                f"echo {seen[-1].echo:6.0f}, share {seen[-1].verdicts / seen[-1].echo:.2f}"
            )
    mean_request = round(statistics.mean(map(len, again)))
    print(f"{messages} messages a round over one stream: {mean_request} bytes in, {size} out")
    return _report(seen)


def _report(seen: Sequence[Round]) -> int:
    rate = statistics.median(each.verdicts for each in seen)
    share = statistics.median(each.verdicts / each.echo for each in seen)
    print(f"median {rate:.0f} verdicts a second; wanted: {WANTED_RATE:.0f}")
    print(f"median share of the echo {share:.2f}; wanted: {WANTED_SHARE:.2f}")
    return int(rate < WANTED_RATE or share < WANTED_SHARE)


def _numbered(asked: Sequence[pb.ScoreRequest], count: int) -> list[bytes]:
    """So many requests, each with an id of its own, as bytes."""
    numbered = []
    for number in range(count):
        message = pb.ScoreRequest()
        message.CopyFrom(asked[number % len(asked)])
        message.id = f"request-{number}"
        numbered.append(message.SerializeToString())
    return numbered


async def _stream(call: Any, outgoing: Sequence[bytes]) -> tuple[list[bytes], float]:
    """Send everything and read as many answers; the answers and the seconds it took."""
    slots = asyncio.Semaphore(IN_FLIGHT)

    async def write() -> None:
        for data in outgoing:
            await slots.acquire()
            await call.write(data)
        await call.done_writing()

    answers = []
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        group.create_task(write())
        while isinstance(data := await call.read(), bytes):  # until grpc.aio.EOF
            answers.append(data)
            slots.release()
    return answers, time.perf_counter() - started


def _require_kept(answers: Sequence[bytes], count: int) -> None:
    decoded = [pb.ScoreStreamResponse.FromString(data) for data in answers]
    for answer in decoded:
        if not (answer.verdict.status == pb.SCORED and answer.verdict.cached):
            raise SystemExit(f"not a cached verdict: {answer}")
        if answer.verdict.id != answer.id:
            raise SystemExit(f"the verdict of {answer.verdict.id} as an answer to {answer.id}")
    if {answer.id for answer in decoded} != {f"request-{number}" for number in range(count)}:
        raise SystemExit(f"{len(decoded)} answers to {count} requests, or of other ids")


@asynccontextmanager
async def _server() -> AsyncIterator[str]:
    """A server process of this module, with a cache of its own."""
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.verdict_stream", "--serve", folder),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(START_SECONDS):
                said = await process.stdout.readline()
            if not said.startswith(_READY):
                raise SystemExit("the server did not start")
            yield said.removeprefix(_READY).decode().strip()
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def serve(folder: Path) -> None:
    """The server as ``rewardsvc serve`` runs it, and the echo beside it."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    settings = Settings.load(cache_file=folder / "verdicts.sqlite")
    echo = grpc.method_handlers_generic_handler(
        _ECHO, {"Echo": grpc.stream_stream_rpc_method_handler(_echo)}
    )
    async with (
        LocalScorer(settings) as scorer,
        serving(scorer, settings, "127.0.0.1:0", also=[echo]) as address,
    ):
        print(f"serving on {address}", flush=True)
        await stop.wait()


async def _echo(_: object, context: Any) -> None:
    """Answer every message with as many bytes as the call's metadata says."""
    size = int(dict(context.invocation_metadata())["answer-bytes"])
    answer = b"x" * size
    while isinstance(await context.read(), bytes):
        await context.write(answer)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measures cached verdicts against an echo.")
    parser.add_argument("--distinct", type=int, default=500, help="completions (default: 500)")
    parser.add_argument("--rounds", type=int, default=5, help="of both ways (default: 5)")
    parser.add_argument("--messages", type=int, default=5000, help="in a round (default: 5000)")
    parser.add_argument("--serve", type=Path, metavar="FOLDER", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(given.serve))
    else:
        sys.exit(asyncio.run(measure(given.distinct, given.rounds, given.messages)))
