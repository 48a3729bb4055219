"""A server that worked hard leaves nothing behind, nor does one that was killed."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.soak import kill, soak
from benchmarks.traces import Left, Witness, mounts
from benchmarks.traces import groups as groups_of


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a path short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="soak-") as path:
        yield Path(path)


@pytest.mark.usefixtures("toolchain")
@pytest.mark.parametrize("count", [150, pytest.param(2000, marks=pytest.mark.slow)])
async def test_mixed_completions_leave_nothing_behind(folder: Path, count: int) -> None:
    """Nor does what the server holds grow, and each completion has a verdict, always the same."""
    assert await soak(count, folder) == []


@pytest.mark.usefixtures("toolchain")
async def test_what_a_killed_server_leaves_goes_with_the_next_start(folder: Path) -> None:
    assert await kill(folder) == []


def test_the_witnesses_of_a_soak_see_what_is_left(tmp_path: Path) -> None:
    """What the other tests here rely on: each kind of trace is found."""
    witness, before = Witness(os.getpid()), mounts(Path("/proc/self"))
    pid = os.getpid()
    groups = tuple(map(str, groups_of(pid)))  # of the sandboxes that other tests have open
    left = Left.of(pid, tmp_path, witness, before)
    assert left == Left((), groups, (), (), ())
    with socket.socket(socket.AF_UNIX) as open_socket:
        open_socket.bind(str(tmp_path / "s.sock"))
        sleeper = subprocess.Popen(["sleep", "60"])
        named = subprocess.Popen(
            [sys.executable, "-c", "input()", str(tmp_path)], stdin=subprocess.PIPE
        )
        try:
            witness.look()
            left = Left.of(pid, tmp_path, witness, before - {"/proc"})
        finally:
            for process in (sleeper, named):
                process.kill()
                process.wait()
    assert left.files == left.sockets == (str(tmp_path / "s.sock"),)
    assert any("sleep 60" in words for words in left.processes)
    assert any(words.startswith(f"{named.pid} ") for words in left.processes)
    assert left.mounts == ("/proc",)
