"""The emulator's container: one instance that answers, whatever becomes of the one before."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox import emulator_container
from sandbox.emulator_container import answers, keep, main

_SERVER = """
import os, pathlib, socket, sys
path, pids = sys.argv[1:]
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen()
with open(pids, "a") as file: print(os.getpid(), file=file)
while True:
    peer, _ = listener.accept()
    peer.recv(1000)
    peer.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\n")
    peer.close()
"""


@pytest.fixture
async def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Path]:
    monkeypatch.setattr(emulator_container, "START_SECONDS", 5.0)
    monkeypatch.setattr(emulator_container, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(emulator_container, "WATCH_SECONDS", 0.1)
    monkeypatch.setattr(emulator_container, "PAUSE_SECONDS", 0.05)
    stop = asyncio.Event()
    server = (sys.executable, "-c", _SERVER, str(tmp_path / "sock"), str(tmp_path / "pids"))
    keeping = asyncio.create_task(keep(tmp_path / "sock", server, stop))
    yield tmp_path
    stop.set()
    await asyncio.wait_for(keeping, 5)
    assert not [pid for pid in _pids(tmp_path) if _alive(pid)]


def _alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _pids(folder: Path) -> list[int]:
    listed = folder / "pids"
    return [int(word) for word in listed.read_text().split()] if listed.exists() else []


async def _lives(folder: Path, started: int) -> None:
    until = time.monotonic() + 60  # one that hangs is waited for, on a busy machine
    while len(_pids(folder)) < started or not await answers(folder / "sock"):
        assert time.monotonic() < until
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM])
async def test_another_takes_its_place(kept: Path, number: signal.Signals) -> None:
    await _lives(kept, 1)
    os.kill(_pids(kept)[0], number)
    await _lives(kept, 2)
    assert len(_pids(kept)) == 2


async def test_one_that_answers_is_left_alone(kept: Path) -> None:
    await _lives(kept, 1)
    await asyncio.sleep(1)
    assert len(_pids(kept)) == 1


def test_the_health_check_says_whether_it_answers(tmp_path: Path) -> None:
    assert main(["ask", str(tmp_path / "nobody")]) == 1
    assert main(["serve"]) == 2


def test_the_emulator_that_it_serves_is_there() -> None:
    assert emulator_container.MOTO.is_file()
