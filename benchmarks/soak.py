"""Whether a server that worked hard leaves anything behind: ``python -m benchmarks.soak``.

One server gets mixed completions of all formats, good, broken and hostile, half of them Terraform,
over one stream and from clients that cancel, hang up and set deadlines that cannot be met. After
each quarter, when it is idle, what it holds is counted. Then it is ended, and another one killed.
Exit code 1 where anything is left, what it holds grows, a request has no verdict, one is UNSCORED,
or two equal completions earn different rewards.
"""

import argparse
import asyncio
import contextlib
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from assay.reward.v1 import reward_pb2 as pb
from assay.reward.v1 import reward_pb2_grpc

from benchmarks.terraform_configs import configs
from benchmarks.traces import Held, Left, Witness, mounts
from rewardsvc.client import channel_options
from sandbox.bubblewrap import reusable

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "golden"

START_SECONDS = 120.0
GONE_SECONDS = 20.0
ANSWER_SECONDS = 300.0
IDLE_SECONDS = 150.0
UNDER_WAY = 6
"""Requests at the server at once, from the clients that wait for their answers."""

SPARE = {
    "processes": 2 * reusable.ROOM,
    "groups": reusable.ROOM,
    "descriptors": 6 + 6 * reusable.ROOM,
    "threads": 6 + reusable.ROOM,
    "files": 1,
}
"""What may be more at the end than after the first quarter: canaries, which come every minute, may
need one namespace and one folder for sockets beside those of the workers; and boxes that are kept
for linters come with the first completion that needs one, are ended after anything odd and made
anew, each with two processes, a group, a thread and some descriptors."""

GROWTH = 1.25
"""How much more memory the server may hold at the end than after the first quarter."""

EXCUSED = frozenset({"PROVIDER_MISSING", "TOOL_MISSING"})
"""A golden case may ask for what this machine does not have."""

_READY = b"serving on "


@dataclass(frozen=True, slots=True)
class SoakRequest:
    """A completion and how its client behaves: waits, cancels, hangs up, or has no time."""

    name: str
    format: str
    completion: str
    client: str

    def message(self, id: str) -> pb.ScoreRequest:
        """The request on the wire."""
        task = pb.Task(category=self.format, format=self.format)
        return pb.ScoreRequest(id=id, task=task, completion=self.completion)


@dataclass(slots=True)
class SoakTally:
    """What came of the requests so far."""

    asked: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    rewards: dict[str, set[float]] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)

    def note(self, asked: SoakRequest, verdict: pb.Verdict) -> None:
        """A verdict that a client waited for."""
        if verdict.status == pb.SCORED:
            self.answers["SCORED"] += 1
            rewards = self.rewards.setdefault(asked.name, set())
            rewards.add(round(verdict.reward, 9))
            if len(rewards) == 2:
                self.troubles.append(f"{asked.name} earned {sorted(rewards)}")
            return
        kind = pb.FailureKind.Name(verdict.failure_kind)
        self.answers[kind] += 1
        if kind not in EXCUSED:
            self.troubles.append(f"{asked.name} is {kind}: {verdict.failure_reason[:200]}")


_STANDING_IN = SoakRequest(
    "stand-ins",
    "terraform",
    '```hcl\nresource "random_id" "a" {\n  byte_length = 4\n}\n\n'
    'resource "null_resource" "a" {}\n\nresource "time_static" "a" {}\n\n'
    'resource "aws_sns_topic" "a" {\n  name = random_id.a.hex\n}\n```\n',
    "waits",
)
"""It has the providers started that plans share, each of which stays."""


def mix(count: int, seed: int = 3) -> Iterator[SoakRequest]:
    """``count`` completions in a fixed order, every second one Terraform."""
    order = random.Random(seed)
    terraform = [*_golden("terraform"), *_benchmark()]
    others = [each for format in _formats() if format != "terraform" for each in _golden(format)]
    for number in range(count):
        if number % 100 == 50:
            name, format, text = _hostile(number // 100)
        elif number % 2:
            name, format, text = order.choice(terraform)
        else:
            name, format, text = order.choice(others)
        client = "waits"
        if number % 10 == 9:
            client = ("cancels", "hangs up", "has no time")[number // 10 % 3]
        yield SoakRequest(name, format, text, client)


def _formats() -> list[str]:
    return sorted(path.name for path in GOLDEN.iterdir() if path.is_dir())


def _golden(format: str) -> list[tuple[str, str, str]]:
    return [
        (f"{format}/{path.parent.name}/{path.stem}", format, _completion(path))
        for path in sorted((GOLDEN / format).glob("*/*.md"))
    ]


def _completion(path: Path) -> str:
    return path.read_text().partition("-->\n")[2]


def _benchmark() -> list[tuple[str, str, str]]:
    return [(each.title, "terraform", each.completion) for each in configs("soak")]


def _hostile(number: int) -> tuple[str, str, str]:
    """A completion that asks for more than it may have."""
    flood = (
        'locals {\n  line = join("", [for n in range(2000) : "all that is said is cut; "])\n}\n\n'
        'output "flood" {\n  value = [for n in range(800) : local.line]\n}\n'
    )
    bucket = 'resource "aws_s3_bucket" "a" {\n  bucket = "soak"\n}\n'
    kinds = (
        ("output flood", "terraform", f"```hcl\n{bucket}{flood}```\n"),
        (
            "large file",
            "dockerfile",
            "```dockerfile\nFROM debian:12\n" + "RUN true\n" * 9**5 + "```\n",
        ),
        ("large configuration", "terraform", f"```hcl\n{'# nothing' * 9**5}\n{bucket}```\n"),
        ("only words", "kubernetes", "I would rather not. " * 9**5),
    )
    return kinds[number % len(kinds)]


class SoakServer:
    """A reward server in a process of its own, with a folder of its own for temporary files."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path, address: str) -> None:
        self.process = process
        self.folder = folder
        self.address = address
        self.witness = Witness(process.pid)
        self.mounts_before = mounts(Path("/proc/self"))
        assert process.stderr is not None
        self.words: list[bytes] = []
        self._reading = asyncio.create_task(self._read(process.stderr))
        self._watching = asyncio.create_task(self._watch())

    @classmethod
    async def start(cls, folder: Path) -> "SoakServer":
        """Start it and wait until it is warm."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from rewardsvc.cli import main; main()"),
            *("serve", "--listen", "127.0.0.1:0", "--workers", "2"),
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(folder), "ASSAY_CACHE": "false"},
        )
        assert process.stderr is not None
        said = b""
        try:
            async with asyncio.timeout(START_SECONDS):
                while line := await process.stderr.readline():
                    if line.startswith(_READY):
                        address = line.removeprefix(_READY).decode().strip()
                        return cls(process, folder, address)
                    said += line
        except TimeoutError:
            process.kill()
        raise SystemExit(f"the server did not start:\n{said.decode(errors='replace')}")

    def held(self) -> Held:
        """What it holds now."""
        return Held.by(self.process.pid, self.folder)

    async def end(self, number: signal.Signals) -> None:
        """Send it a signal and wait until it has ended."""
        self.witness.look()
        self._watching.cancel()
        self.process.send_signal(number)
        await self.process.wait()
        await self._reading

    def left(self) -> Left:
        """What is left of it once it has ended."""
        return Left.of(self.process.pid, self.folder, self.witness, self.mounts_before)

    async def _read(self, stderr: asyncio.StreamReader) -> None:
        while line := await stderr.readline():
            self.words.append(line)

    async def _watch(self) -> None:
        while True:
            self.witness.look()
            await asyncio.sleep(0.3)


class Load:
    """Sends completions as their clients would; one stream serves all those that wait on it."""

    def __init__(self, address: str) -> None:
        self.tally = SoakTally()
        self._address = address
        self._outbox: asyncio.Queue[pb.ScoreRequest | None] = asyncio.Queue()
        self._waiting: dict[str, asyncio.Future[pb.ScoreStreamResponse]] = {}
        self._slots = asyncio.Semaphore(UNDER_WAY)
        self._numbers = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Keep the stream open."""
        async with self._channel() as channel:
            self._stub = _stub(channel)
            reading = asyncio.create_task(self._read())
            try:
                yield
            finally:
                self._outbox.put_nowait(None)
                await asyncio.wait((reading,), timeout=30)
                reading.cancel()

    async def send(self, batch: Sequence[SoakRequest]) -> None:
        """Send them all and wait until the last one has been dealt with."""
        async with asyncio.TaskGroup() as group:
            for asked in batch:
                await self._slots.acquire()
                self._numbers += 1
                group.create_task(self._one(asked, self._numbers))

    async def _one(self, asked: SoakRequest, number: int) -> None:
        self.tally.asked[asked.client] += 1
        pause = number % 7 * 0.1
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                if asked.client == "waits":
                    await self._wait_for(asked, str(number), on_stream=number % 4 > 0)
                elif asked.client == "hangs up":
                    await self._hang_up(asked, pause)
                else:
                    await self._give_up(asked, pause)
        except TimeoutError:
            self.tally.troubles.append(f"{asked.name} ({asked.client}) got no answer")
        except grpc.aio.AioRpcError as error:
            self.tally.troubles.append(f"{asked.name} ({asked.client}): {error.code()}")
        finally:
            self._slots.release()

    async def _wait_for(self, asked: SoakRequest, id: str, *, on_stream: bool) -> None:
        if not on_stream:
            self.tally.note(
                asked, await self._stub.Score(asked.message(id), timeout=ANSWER_SECONDS)
            )
            return
        self._waiting[id] = asyncio.get_running_loop().create_future()
        self._outbox.put_nowait(asked.message(id))
        answer = await self._waiting[id]
        if answer.WhichOneof("outcome") != "verdict":
            self.tally.troubles.append(f"{asked.name} was refused: {answer.error.message}")
        else:
            self.tally.note(asked, answer.verdict)

    async def _hang_up(self, asked: SoakRequest, pause: float) -> None:
        """A client with three requests under way closes its connection."""
        async with self._channel() as channel:
            stream = _stub(channel).ScoreStream()
            for number in range(3):
                await stream.write(asked.message(f"gone-{number}"))
            await asyncio.sleep(pause)

    async def _give_up(self, asked: SoakRequest, pause: float) -> None:
        """A client whose deadline passes, or that cancels its call."""
        deadline = pause + 0.02 if asked.client == "has no time" else None
        call = self._stub.Score(asked.message("gone"), timeout=deadline)
        if deadline is None:
            await asyncio.sleep(pause)
            call.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            try:
                await call
            except grpc.aio.AioRpcError as error:
                late = (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED)
                if error.code() not in (*late, grpc.StatusCode.CANCELLED):
                    raise

    async def _read(self) -> None:
        async def outgoing() -> AsyncIterator[pb.ScoreRequest]:
            while (message := await self._outbox.get()) is not None:
                yield message

        try:
            async for answer in self._stub.ScoreStream(outgoing()):
                self._waiting.pop(answer.id).set_result(answer)
        except grpc.aio.AioRpcError as error:
            for waiting in self._waiting.values():
                waiting.set_exception(error)

    def _channel(self) -> grpc.aio.Channel:
        options = [*channel_options(), ("grpc.use_local_subchannel_pool", 1)]
        return grpc.aio.insecure_channel(self._address, options=options)


def _stub(channel: grpc.aio.Channel) -> Any:
    return reward_pb2_grpc.RewardServiceStub(channel)  # type: ignore[no-untyped-call]


async def soak(count: int, folder: Path) -> list[str]:
    """Work a server hard, end it, and say what is wrong with what it held and left."""
    server = await SoakServer.start(folder)
    load = Load(server.address)
    marks: list[Held] = []
    asked = list(mix(count))
    began = time.monotonic()
    try:
        async with load.open():
            # Those with several provider blocks at first: for them the server grows for a while.
            several = [each for each in asked if "alias " in each.completion][:4]
            await load.send([_STANDING_IN, *several, *asked[: len(asked) // 20]])
            _say("completions", Held.__dataclass_fields__, began)
            _say("warm", await _idle(server), began)
            for quarter in range(4):
                await load.send(asked[quarter * count // 4 : (quarter + 1) * count // 4])
                most = marks[0].processes + SPARE["processes"] if marks else None
                marks.append(await _idle(server, most))
                _say(str((quarter + 1) * count // 4), marks[-1], began)
    finally:
        await server.end(signal.SIGTERM)
    troubles = [*load.tally.troubles, *growth(marks)]
    print(f"clients: {dict(load.tally.asked)}; answers: {dict(load.tally.answers)}")
    left = await _settled(server)
    print(f"{len(server.witness)} processes seen; left after SIGTERM: {left}")
    if left:
        troubles.append(f"left after SIGTERM: {left}")
    if server.process.returncode != 0 or any(b"Traceback" in line for line in server.words):
        said = b"".join(server.words)[-2000:].decode(errors="replace")
        troubles.append(f"the server ended with {server.process.returncode}: {said}")
    return troubles


async def kill(folder: Path) -> list[str]:
    """Kill a server at work: its processes go with it, the rest with the next server's start."""
    server = await SoakServer.start(folder)
    load = Load(server.address)
    sending = asyncio.create_task(_send_all(load, list(mix(100, seed=5))))
    await asyncio.sleep(3)
    await server.end(signal.SIGKILL)
    sending.cancel()
    await asyncio.wait((sending,))
    left = await _settled(server, processes_only=True)
    print(f"left after SIGKILL: {left}")
    troubles = [f"outlive a killed server: {left.processes}"] if left.processes else []
    after = await SoakServer.start(folder)
    there = await asyncio.to_thread(lambda: [path for path in left.files if Path(path).exists()])
    old = [*there, *map(str, server.left().groups), *server.witness.alive()]
    await after.end(signal.SIGTERM)
    rest = await _settled(after)
    print(f"left of it after the next start: {old or 'nothing'}; after its end: {rest}")
    if old:
        troubles.append(f"left of a killed server after the next start: {old}")
    if rest:
        troubles.append(f"left at last: {rest}")
    return troubles


def growth(marks: Sequence[Held]) -> list[str]:
    """What a server holds more of at the last mark than at the first one."""
    first, last = marks[0], marks[-1]
    troubles = []
    for name in ("processes", "groups", "sockets", "mounts", "files", "descriptors", "threads"):
        if getattr(last, name) > getattr(first, name) + SPARE.get(name, 0):
            troubles.append(f"{name} grew from {getattr(first, name)} to {getattr(last, name)}")
    if last.memory_bytes > first.memory_bytes * GROWTH:
        troubles.append(f"memory grew from {first.memory_bytes:,} to {last.memory_bytes:,} bytes")
    return troubles


async def _send_all(load: Load, asked: Sequence[SoakRequest]) -> None:
    async with load.open():
        await load.send(asked)


async def _idle(server: SoakServer, processes: int | None = None) -> Held:
    """What it holds as soon as two looks see the same, and no more than so many processes.

    Where they stay more, as after a while in which it would have ended what it does not need.
    """
    before = server.held()
    deadline = time.monotonic() + IDLE_SECONDS
    while time.monotonic() < deadline:
        await asyncio.sleep(1)
        now = server.held()
        same = ("processes", "groups", "descriptors", "sockets")
        if all(getattr(now, name) == getattr(before, name) for name in same) and (
            processes is None or now.processes <= processes
        ):
            return now
        before = now
    return before


async def _settled(server: SoakServer, *, processes_only: bool = False) -> Left:
    """What is left of a server that has ended, once the kernel is through with it."""
    deadline = time.monotonic() + GONE_SECONDS
    while True:
        left = server.left()
        waits = left.processes if processes_only else left
        if not waits or time.monotonic() > deadline:
            return left
        await asyncio.sleep(0.1)


def _say(what: str, held: object, began: float) -> None:
    if not isinstance(held, Held):
        names = "procs   fds threads groups sockets mounts files  MB resident  seconds"
        print(f"{what:>11} {names}", flush=True)
        return
    print(
        f"{what:>11} {held.processes:5} {held.descriptors:5} {held.threads:7} {held.groups:6} "
        f"{held.sockets:7} {held.mounts:6} {held.files:5} {held.memory_bytes / 1e6:12.0f} "
        f"{time.monotonic() - began:8.0f}",
        flush=True,
    )


async def main(count: int) -> int:
    """Soak and kill; the exit code says whether all is well."""
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        troubles = [*await soak(count, Path(folder)), *await kill(Path(folder))]
    for trouble in troubles:
        print(f"WRONG: {trouble}")
    return int(bool(troubles))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Soaks one reward server, and kills another.")
    parser.add_argument("--completions", type=int, default=2000)
    sys.exit(asyncio.run(main(parser.parse_args().completions)))
