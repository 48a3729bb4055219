"""Keeps an AWS emulator answering on a unix socket: the emulator's container runs nothing else.

``python -m sandbox.emulator_container serve SOCKET`` starts moto and asks it every few seconds;
one that died, or hangs, is replaced. ``… ask SOCKET`` is the container's health check: it exits
with 0 where the emulator answers. The container is what isolates it (no network, nothing to write
to but the folder of the socket), so there is no box around it here.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from sandbox.machine_time import MachineTime
from sandbox.probe import own_pace

MOTO = Path(__file__).parent / "emulated/moto_process.py"

START_SECONDS = 60.0
"""From its start to the first answer; usual are three."""
ANSWER_SECONDS = 5.0
"""An emulator that does not answer within this time hangs; usual are 5 ms. Shorter than what the
engine allows it, which then meets the next one when it tries again. What a busy machine keeps from
this container does not count, here and at the start."""
WATCH_SECONDS = 2.0
"""Between two questions whether it lives."""
PAUSE_SECONDS = 1.0
"""Before another is started: one that cannot start must not take a whole core."""

_CLOCK = MachineTime(own_pace)

_ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "emulated",
    "AWS_SECRET_ACCESS_KEY": "emulated",
}


async def keep(socket: Path, command: Sequence[str], stop: asyncio.Event) -> None:
    """Have one instance of ``command`` serve the socket at any time, until ``stop`` is set."""
    while not stop.is_set():
        socket.unlink(missing_ok=True)  # noqa: ASYNC240 (a moment)
        emulator = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, env={**os.environ, **_ENVIRONMENT}
        )
        reasons = {
            asyncio.create_task(work, name=name)
            for name, work in {
                "stopping": stop.wait(),
                "the emulator ended": emulator.wait(),
                "the emulator does not answer": _stops_answering(socket),
            }.items()
        }
        done, others = await asyncio.wait(reasons, return_when=asyncio.FIRST_COMPLETED)
        for task in others:
            task.cancel()
        if emulator.returncode is None:
            # Not kill(), which may reap it before asyncio does.
            with contextlib.suppress(ProcessLookupError):
                os.kill(emulator.pid, signal.SIGKILL)
            await emulator.wait()
        print(" and ".join(sorted(task.get_name() for task in done)), file=sys.stderr, flush=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), PAUSE_SECONDS)


async def _stops_answering(socket: Path) -> None:
    """Return when the emulator has stopped answering, or has not begun to."""
    with contextlib.suppress(TimeoutError):
        async with _CLOCK.within(START_SECONDS):
            while not await answers(socket):  # noqa: ASYNC110 (nobody tells)
                await asyncio.sleep(0.1)
    while await answers(socket):  # noqa: ASYNC110
        await asyncio.sleep(WATCH_SECONDS)


async def answers(socket: Path) -> bool:
    """Whether an emulator at the socket answers."""
    with contextlib.suppress(OSError, ValueError, IndexError, TimeoutError):
        async with _CLOCK.within(ANSWER_SECONDS):
            reader, writer = await asyncio.open_unix_connection(str(socket))
            with contextlib.closing(writer):
                writer.write(
                    b"GET /moto-api/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                )
                return int((await reader.readline()).split()[1]) == 200
    return False


async def _serve(socket: Path) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await keep(socket, (sys.executable, "-I", str(MOTO), str(socket)), stop)


def main(arguments: list[str]) -> int:
    """The exit code: of ``ask``, 1 where nobody answers; 2 for wrong usage."""
    match arguments:
        case ["serve", socket]:
            asyncio.run(_serve(Path(socket)))
            return 0
        case ["ask", socket]:
            return 0 if asyncio.run(answers(Path(socket))) else 1
    print("usage: python -m sandbox.emulator_container serve|ask SOCKET", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
