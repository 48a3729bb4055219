"""How fast the server scores what linters look at, against the linters alone.

    python -m benchmarks.linter_throughput [--rounds 5] [--repeat 8]

For hadolint and actionlint, in turn in every round: two parallel loops of a shell that start the
bare tool on one file after the other, with the arguments that the verifier gives it, and a reward
server (a process of its own, three workers, no cache) that is asked over one gRPC stream for
verdicts on the same files. A file that the server judges without the tool (it does not parse, or is
vacuous) is left out on both sides.

hadolint 2.15 cannot parse a comment, nor an instruction, right after a heredoc: it then gives up on
the whole file and is quick (9 of 17 real ones), while the server takes that out of its way and has
everything linted. So there are two shares for it, and both must hold: of the tool on the files as
they were written, and of the tool on what the server hands it, where both do the same work.

Then verdicts a second for the formats that need no command at all. Files: ``../shared/data`` where
it is, the golden set otherwise. Exit code 1 where a median falls short of what is wanted.
"""

import argparse
import asyncio
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from assay.reward.v1 import reward_pb2 as pb

from rewardsvc import ScoreRequest, Settings, Task
from rewardsvc.client import channel_options
from rewardsvc.formats import FORMATS
from rewardsvc.formats.dockerfile.hadolint import for_hadolint
from rewardsvc.formats.dockerfile.syntax import DockerfileError, parse
from rewardsvc.formats.dockerfile.verifier import HADOLINT_ARGUMENTS
from rewardsvc.local import LocalScorer
from rewardsvc.server import SERVICE, serving
from rewardsvc.wire.protobuf import request_to_proto
from sandbox.toolchain import Toolchain, discover

WANTED_SHARE = 0.5
"""Of what the bare tool reaches in two loops."""

WANTED_RATE = 40.0
"""Verdicts a second, for formats that need no command."""

LOOPS = 2
WORKERS = LOOPS + 1
"""One more than there are loops: the cores have a tool to run while one completion is read."""
IN_FLIGHT = 16
START_SECONDS = 60.0
_READY = b"serving on "
_ROOT = Path(__file__).resolve().parents[1]
_DATA = _ROOT.parent / "shared/data"
_GOLDEN = _ROOT / "tests/golden"
_COMMANDS = frozenset({"bubblewrap", "terraform"})
"""A verifier with one of these among its tools starts programs."""

_LOOP = 'n=$1; shift; tool=$1; shift; \
while [ "$n" -gt 0 ]; do n=$((n-1)); for f in "$@"; do eval "$tool" >/dev/null; done; done'
"""``tool`` names the file as "$f"."""


@dataclass(frozen=True, slots=True)
class Linter:
    """A format whose verdicts need a tool. ``stage``: the one that the tool decides."""

    tool: str
    format: str
    label: str
    stage: str
    files: tuple[Path, ...]


def linters(folder: Path) -> list[Linter]:
    """The two tools and the files for them, written to ``folder`` where there are no real ones."""
    dockerfiles = _real("dockerfile/upstream/*") or _golden_files("dockerfile", folder)
    workflows = _real("github-actions/*/*.y*ml") or _golden_files("github-actions", folder)
    return [
        Linter("hadolint", "dockerfile", "dockerfile", "lint", tuple(dockerfiles)),
        Linter("actionlint", "github-actions", "yaml", "actionlint", tuple(workflows)),
    ]


def _real(pattern: str) -> list[Path]:
    return sorted(path for path in _DATA.glob(pattern) if path.is_file())


def _golden_files(format: str, folder: Path) -> list[Path]:
    """The only fence of each golden case, as a file."""
    files = []
    for number, text in enumerate(_golden(format)):
        parts = text.split("```")
        if len(parts) == 3:
            file = folder / f"{format}-{number}.yml"
            file.write_text(parts[1].partition("\n")[2])
            files.append(file)
    return files


def _golden(format: str, golden: Path = _GOLDEN) -> list[str]:
    """The completions of the golden cases."""
    paths = sorted((golden / format).glob("*/*.md"))
    return [path.read_text().partition("-->\n")[2] for path in paths]


def command_line(tool: str, toolchain: Toolchain) -> str:
    """The tool with the arguments that its verifier gives it, as a shell reads it."""
    path = toolchain.require(tool).path
    if tool == "hadolint":
        return f'{path} {" ".join(HADOLINT_ARGUMENTS)} "$f"'
    shellcheck = toolchain.tools["shellcheck"].path or ""
    return f"{path} -no-color -format '{{{{json .}}}}' -shellcheck={shellcheck} -pyflakes= \"$f\""


async def bare(line: str, files: Sequence[Path], repeat: int) -> float:
    """Files a second that two loops of the bare tool get through."""
    began = time.perf_counter()
    loops = [
        await asyncio.create_subprocess_exec(
            *("/bin/sh", "-c", _LOOP, "sh", str(repeat), line, *map(str, files[number::LOOPS])),
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        for number in range(LOOPS)
    ]
    for loop in loops:
        await loop.wait()
    return repeat * len(files) / (time.perf_counter() - began)


async def scored(score: Any, requests: Sequence[bytes]) -> tuple[list[pb.Verdict], float]:
    """The verdicts, in any order, and how many came in a second."""
    slots = asyncio.Semaphore(IN_FLIGHT)
    call = score()

    async def write() -> None:
        for data in requests:
            await slots.acquire()
            await call.write(data)
        await call.done_writing()

    verdicts = []
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        group.create_task(write())
        while isinstance(data := await call.read(), bytes):  # until grpc.aio.EOF
            verdicts.append(pb.ScoreStreamResponse.FromString(data).verdict)
            slots.release()
    rate = len(requests) / (time.perf_counter() - began)
    if len(verdicts) != len(requests):
        raise SystemExit(f"{len(verdicts)} verdicts of {len(requests)}")
    return verdicts, rate


def require_scored(verdicts: Sequence[pb.Verdict]) -> None:
    """See that every file got its reward: a fault is quicker than a tool."""
    faults = {verdict.failure_reason for verdict in verdicts if verdict.status != pb.SCORED}
    if faults:
        raise SystemExit(f"not scored: {'; '.join(sorted(faults))}")


def request(id: str, format: str, completion: str) -> bytes:
    """A request as it goes over the wire."""
    message = ScoreRequest(id=id, task=Task(format=format), completion=completion)
    return request_to_proto(message).SerializeToString()


def _asked(linter: Linter, files: Sequence[Path], repeat: int = 1) -> list[bytes]:
    return [
        request(f"{number}/{file}", linter.format, f"```{linter.label}\n{file.read_text()}\n```\n")
        for number in range(repeat)
        for file in files
    ]


async def looked_at(linter: Linter, score: Any) -> list[Path]:
    """The files that the server has the tool look at."""
    verdicts, _ = await scored(score, _asked(linter, linter.files))
    seen = {
        verdict.id.partition("/")[2]
        for verdict in verdicts
        for stage in verdict.stages
        if stage.name == linter.stage and stage.status != "skipped"
    }
    return [file for file in linter.files if str(file) in seen]


def without_comments(files: Sequence[Path], folder: Path) -> list[Path]:
    """Dockerfiles as the server hands them to hadolint."""
    made = []
    for number, file in enumerate(files):
        text = file.read_text()
        try:
            text = for_hadolint(text, parse(text)).text
        except DockerfileError:
            continue
        made.append(folder / f"{number}.dockerfile")
        made[-1].write_text(text)
    return made


async def against_the_tools(score: Any, rounds: int, repeat: int) -> bool:
    """Print both rates of each tool in every round; whether the medians hold."""
    toolchain = discover()
    holds = True
    with tempfile.TemporaryDirectory() as folder:
        for linter in linters(Path(folder)):
            files = await looked_at(linter, score)
            line = command_line(linter.tool, toolchain)
            stripped = without_comments(files, Path(folder)) if linter.tool == "hadolint" else []
            shares, as_written = [], []
            for number in range(rounds):
                alone = await bare(line, stripped or files, repeat)
                verdicts, served = await scored(score, _asked(linter, files, repeat))
                require_scored(verdicts)
                shares.append(served / alone)
                words = f"bare {alone:6.1f} files a second, server {served:6.1f}"
                words += f", share {shares[-1]:.2f}"
                if stripped:
                    written = await bare(line, files, repeat)
                    as_written.append(served / written)
                    words += f"; bare as written {written:6.1f}, share {as_written[-1]:.2f}"
                print(f"{linter.tool:11} round {number + 1}: {words}", flush=True)
            median = statistics.median(shares)
            words = f"median share {median:.2f} of {len(files)} files; wanted: {WANTED_SHARE:.2f}"
            holds = holds and median >= WANTED_SHARE
            if as_written:
                median = statistics.median(as_written)
                words += f" (of the tool on them as written: {median:.2f})"
                holds = holds and median >= WANTED_SHARE
            print(f"{linter.tool:11} {words}", flush=True)
    return holds


def in_process(golden: Path = _GOLDEN) -> Iterator[tuple[str, list[str]]]:
    """The formats that need no command, each with completions of it, those of a golden set too."""
    real = {
        "kubernetes": "kubernetes/k*/**/*.y*ml",
        "compose": "compose/good/**/*.y*ml",
    }
    for name, format in sorted(FORMATS.items()):
        if _COMMANDS & set(format.verifier.tools):
            continue
        files = [path for path in _real(real[name])] if name in real else []
        written = [f"```yaml\n{path.read_text()}\n```\n" for path in files]
        yield name, written + _golden(name, golden)


async def without_commands(score: Any, rounds: int, repeat: int) -> bool:
    """Print verdicts a second of each format without commands; whether the medians hold."""
    holds = True
    for format, completions in in_process():
        requests = [
            request(f"{number}/{index}", format, completion)
            for number in range(repeat)
            for index, completion in enumerate(completions)
        ]
        if not requests:
            continue
        rates = []
        for _ in range(rounds):
            verdicts, rate = await scored(score, requests)
            rates.append(rate)
        median = statistics.median(rates)
        # Of kinds whose schema is not installed, among real manifests.
        unscored = sum(verdict.status != pb.SCORED for verdict in verdicts) // repeat
        print(
            f"{format:20} median {median:7.1f} verdicts a second of {len(completions)} answers"
            f"{f' ({unscored} UNSCORED)' if unscored else ''}; wanted: {WANTED_RATE:.0f}"
        )
        holds = holds and median >= WANTED_RATE
    return holds


async def measure(rounds: int, repeat: int) -> int:
    """Print all figures, say with the exit code whether they hold."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before", flush=True)
    async with (
        _server() as address,
        grpc.aio.insecure_channel(address, options=channel_options()) as channel,
    ):
        score: Any = channel.stream_stream(f"/{SERVICE}/ScoreStream")
        tools = await against_the_tools(score, rounds, repeat)
        pure = await without_commands(score, rounds, repeat)
    return int(not (tools and pure))


@asynccontextmanager
async def _server() -> AsyncIterator[str]:
    """A server process of this module."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.linter_throughput", "--serve"),
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


async def serve() -> None:
    """The server as ``rewardsvc serve`` runs it, without warming Terraform, which nobody asks."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    settings = Settings.load(cache=False, workers=WORKERS)
    async with (
        LocalScorer(settings) as scorer,
        serving(scorer, settings, "127.0.0.1:0") as address,
    ):
        print(f"serving on {address}", flush=True)
        await stop.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measures verdicts against the bare linters.")
    parser.add_argument("--rounds", type=int, default=5, help="of each (default: 5)")
    parser.add_argument("--repeat", type=int, default=8, help="every file, a round (default: 8)")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve())
    else:
        sys.exit(asyncio.run(measure(given.rounds, given.repeat)))
