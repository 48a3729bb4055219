"""How long a process tree outlives its end: a deadline that passes, a call that is cancelled.

    python -m benchmarks.sandbox_ending [--rounds 20] [--back-end bubblewrap] [--back-end docker]

Each round starts a tree of processes in the sandbox (several children, two that were forked twice
into sessions of their own, two that ignore SIGTERM), waits until all of it runs, and ends it in
one of four ways: the command is cancelled, its wall time is over, a gRPC client's deadline passes,
a gRPC client cancels its call. Measured is the time from there until the kernel has no process of
the tree left; zombies, which run nothing, do not count. Exits with 1 where a median is above 200
ms, or a back end could not be measured.

A deadline is counted from the call, so the time to set up the box is in the figure; the client's
deadline is counted from its call likewise.
"""

import asyncio
import contextlib
import functools
import os
import secrets
import statistics
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import click
import grpc
from assay.reward.v1 import reward_pb2 as pb
from assay.reward.v1 import reward_pb2_grpc

from rewardsvc import cli, local
from rewardsvc.analysis import InProcess
from rewardsvc.artifact import Artifact
from rewardsvc.format import Format
from rewardsvc.formats import FORMATS
from rewardsvc.types import Component, Stage, StageStatus, Target
from rewardsvc.verification.verifier import Findings, Workbench
from sandbox.base import Command, Limits, Result, Sandbox
from sandbox.docker import IMAGE
from sandbox.errors import IsolationMissing
from sandbox.select import open_sandbox

ALLOWED_SECONDS = 0.2
"""Within which a deadline or a cancellation is to reach the process tree."""

TREE = """
for n in 1 2 3 4; do sleep 600 & done
(setsid sleep 600 &)
(setsid sh -c 'trap "" TERM HUP INT; while :; do sleep 600; done' &)
trap "" TERM
while :; do sleep 600; done
"""
SIZE = 9
"""Processes of the tree itself, once all of it runs."""

LONGEST_WAIT_SECONDS = 20.0
FORMAT = "tree"
_DEADLINE = 2.0
"""Long enough for the tree to be complete before it passes."""


def command(mark: str, limits: Limits) -> Command:
    """The tree as a command; its processes inherit the mark in their environment."""
    return Command.one("tree", ("/bin/sh", "-c", TREE), env={"MARK": mark}, limits=limits)


class EndingWatch:
    """Looks at the tree from outside, in a thread of its own: the event loop is busy ending it.

    The scan of every process takes some milliseconds; so the tree is found once, and then only its
    own processes are looked at, every millisecond. When they are gone, one more scan sees whether
    there are others, made meanwhile; then these are looked at.
    """

    def __init__(self, mark: str) -> None:
        self._mark = mark.encode()
        self._pids: list[int] = []
        self._gone = threading.Event()
        self._moment = 0.0

    async def complete(self) -> None:
        """Wait until the whole tree runs.

        Raises:
            TimeoutError: it does not come to that.
        """
        async with asyncio.timeout(LONGEST_WAIT_SECONDS):
            while len(pids := await asyncio.to_thread(self._scan)) < SIZE:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        self._pids = pids
        threading.Thread(target=self._look, daemon=True).start()

    async def gone(self) -> float:
        """The moment at which the last process was gone.

        Raises:
            TimeoutError: one still runs.
        """
        if not await asyncio.to_thread(self._gone.wait, LONGEST_WAIT_SECONDS):
            raise TimeoutError(f"processes of the tree still run: {self._scan()}")
        return self._moment

    def _look(self) -> None:
        left = self._pids
        while left:
            while left:
                left = [pid for pid in left if self._runs(pid)]
                self._moment = time.monotonic()
                time.sleep(0.001)
            left = self._scan()
        self._gone.set()

    def _scan(self) -> list[int]:
        pids = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
        return [pid for pid in pids if pid != os.getpid() and self._runs(pid)]

    def _runs(self, pid: int) -> bool:
        # A zombie has no environment any more.
        try:
            return self._mark in Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            return False


@contextlib.asynccontextmanager
async def under_way(
    sandbox: Sandbox, mark: str, seconds: float
) -> AsyncIterator[asyncio.Task[Result]]:
    """The tree as a task, ended in any case."""
    limits = Limits(wall_seconds=seconds)
    running = asyncio.create_task(sandbox.run(command(mark, limits)))
    try:
        yield running
    finally:
        running.cancel()
        await asyncio.wait((running,))


async def cancelled(sandbox: Sandbox) -> float:
    """Cancel the command."""
    mark = secrets.token_hex(16)
    watch = EndingWatch(mark)
    async with under_way(sandbox, mark, 60) as running:
        await watch.complete()
        began = time.monotonic()
        running.cancel()
        return await watch.gone() - began


async def out_of_time(sandbox: Sandbox) -> float:
    """Let its wall time pass."""
    mark = secrets.token_hex(16)
    watch = EndingWatch(mark)
    began = time.monotonic()
    async with under_way(sandbox, mark, _DEADLINE):
        await watch.complete()
        return await watch.gone() - began - _DEADLINE


async def client_deadline(stub: reward_pb2_grpc.RewardServiceStub) -> float:
    """Let the deadline of a call pass."""
    mark = secrets.token_hex(16)
    watch = EndingWatch(mark)
    began = time.monotonic()
    call = stub.Score(_request(mark), timeout=_DEADLINE)
    await watch.complete()
    gone = await watch.gone()
    with contextlib.suppress(grpc.aio.AioRpcError):
        await call
    return gone - began - _DEADLINE


async def client_cancels(stub: reward_pb2_grpc.RewardServiceStub) -> float:
    """Cancel a call."""
    mark = secrets.token_hex(16)
    watch = EndingWatch(mark)
    call = stub.Score(_request(mark), timeout=60)
    await watch.complete()
    began = time.monotonic()
    call.cancel()
    return await watch.gone() - began


def _request(mark: str) -> pb.ScoreRequest:
    completion = f"```{FORMAT}\n{mark}\n```\n"
    return pb.ScoreRequest(id=mark, task=pb.Task(format=FORMAT), completion=completion)


class TreeVerifier:
    """A format whose completions are trees of processes."""

    format = FORMAT
    languages = frozenset({FORMAT})
    default_path = "mark"
    many = False
    companions = False
    tools: tuple[str, ...] = ()
    targets: frozenset[Target] = frozenset()

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        """Run the tree until it is ended."""
        mark = artifact.files[0].text.strip()
        await workbench.sandbox.run(command(mark, Limits(wall_seconds=60)))
        return Findings((Stage("tree", Component.SYNTAX, StageStatus.PASSED, 1.0),))


@contextlib.asynccontextmanager
async def served(kind: str, image: str) -> AsyncIterator[reward_pb2_grpc.RewardServiceStub]:
    """A reward server of a process of its own that knows the format."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.sandbox_ending", "serve-trees"),
        stderr=asyncio.subprocess.PIPE,
        stdin=asyncio.subprocess.DEVNULL,
        env={
            **os.environ,
            "ASSAY_SANDBOX": kind,
            "ASSAY_DOCKER_IMAGE": image,
            "ASSAY_TERRAFORM": "cold",
            "ASSAY_CACHE": "false",
        },
    )
    assert process.stderr is not None
    said = b""
    address = ""
    while not address and (line := await process.stderr.readline()):
        said += line
        if line.startswith(b"serving on "):
            address = line.removeprefix(b"serving on ").decode().strip()
    if not address:
        raise IsolationMissing(f"the server did not come up: {said.decode(errors='replace')}")
    reading = asyncio.create_task(process.stderr.read())
    try:
        async with grpc.aio.insecure_channel(address) as channel:
            yield reward_pb2_grpc.RewardServiceStub(channel)  # type: ignore[no-untyped-call]
    finally:
        process.terminate()
        await reading
        await process.wait()


def serve_trees() -> None:
    """Be the server."""
    assert isinstance(FORMATS, dict)
    FORMATS[FORMAT] = Format(
        verifier=TreeVerifier(), fence=FORMAT, prompt="a tree", comments=str, light=False
    )
    # Readers in processes of their own do not know of it.
    local.LocalScorer.__init__ = functools.partialmethod(  # type: ignore[assignment, method-assign]
        local.LocalScorer.__init__, readers=InProcess
    )
    cli.main(["serve", "--listen", "127.0.0.1:0"])


async def measure(kind: str, image: str, rounds: int) -> Iterator[tuple[str, list[float]]]:
    """The seconds of each way to end."""
    found: list[tuple[str, list[float]]] = []
    async with open_sandbox(kind, image=image) as sandbox:  # type: ignore[arg-type]
        for name, end in (("command cancelled", cancelled), ("wall time over", out_of_time)):
            found.append((name, [await end(sandbox) for _ in range(rounds)]))
    async with served(kind, image) as stub:
        for name, call in (
            ("client cancels", client_cancels),
            ("client deadline", client_deadline),
        ):
            found.append((name, [await call(stub) for _ in range(rounds)]))
    return iter(found)


@click.command()
@click.option("--rounds", default=20, show_default=True)
@click.option("--back-end", "kinds", multiple=True, default=("bubblewrap", "docker"))
@click.option("--image", default=IMAGE, show_default=True, help="For the docker back end.")
def main(rounds: int, kinds: Sequence[str], image: str) -> None:
    """Measure and print; see the module."""
    load = os.getloadavg()[0]
    click.echo(f"{os.cpu_count()} cores, load {load:.1f} when it began, {rounds} rounds each")
    click.echo(f"{'back end':12} {'ended by':20} {'min ms':>8} {'median':>8} {'max':>8}")
    slow = missing = False
    for kind in kinds:
        try:
            results = asyncio.run(measure(kind, image, rounds))
        except IsolationMissing as error:
            click.echo(f"{kind:12} not measured: {error}")
            missing = True
            continue
        for name, seconds in results:
            middle = statistics.median(seconds)
            slow = slow or middle > ALLOWED_SECONDS
            figures = (min(seconds), middle, max(seconds))
            click.echo(f"{kind:12} {name:20} " + " ".join(f"{1000 * s:8.1f}" for s in figures))
    click.echo(f"load {os.getloadavg()[0]:.1f} in the end")
    sys.exit(1 if slow or missing else 0)


if __name__ == "__main__":
    if sys.argv[1:] == ["serve-trees"]:
        serve_trees()
    else:
        main()
