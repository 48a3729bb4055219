"""A reward server as a process of its own, with one more format, ``slow``, and how it is met."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import grpc
from assay.reward.v1 import reward_pb2 as pb
from assay.reward.v1 import reward_pb2_grpc

from rewardsvc.client import channel_options
from rewardsvc.types import Check, ScoreRequest, Task

RUN = (sys.executable, str(Path(__file__).with_name("slow_format.py")))
"""``rewardsvc`` with one more format, ``slow``, whose completions take as long as they say."""
GOOD = '```dockerfile\nFROM debian:12.5-slim\nRUN groupadd app\nUSER app\nCMD ["true"]\n```\n'
SERVICE = "assay.reward.v1.RewardService"


class Server:
    """One server process, its addresses and what it wrote."""

    def __init__(self, log: Path, **settings: str) -> None:
        self.log = log
        with log.open("wb") as stderr:
            self.process = subprocess.Popen(
                [*RUN, "serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"],
                stderr=stderr,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "ASSAY_TERRAFORM": "cold", **settings},
            )
        self.address = self._said("serving on ")
        self.http = self._said("HTTP on ")

    def _said(self, words: str) -> str:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and self.process.poll() is None:
            for line in self.log.read_text().splitlines():
                if line.startswith(words):
                    return line.removeprefix(words)
            time.sleep(0.05)
        raise AssertionError(f"the server did not come up:\n{self.log.read_text()}")


@contextlib.asynccontextmanager
async def connected(server: Server) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(server.address, options=channel_options()) as channel:
        yield channel


def stub_of(channel: grpc.aio.Channel) -> reward_pb2_grpc.RewardServiceStub:
    return reward_pb2_grpc.RewardServiceStub(channel)  # type: ignore[no-untyped-call]


def message(completion: str, id: str = "a", format: str = "dockerfile") -> pb.ScoreRequest:
    return pb.ScoreRequest(id=id, task=pb.Task(format=format), completion=completion)


def request(completion: str, id: str = "a", *checks: Check) -> ScoreRequest:
    return ScoreRequest(id=id, task=Task(format="dockerfile", checks=checks), completion=completion)


async def until(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold within ten seconds."""
    for _ in range(200):
        if holds():
            return True
        await asyncio.sleep(0.05)
    return False


def sleeping(seconds: float | str) -> str:
    """A completion of format slow."""
    return f"```slow\n{seconds}\n```\n"
