"""A reward server of its own process, which can be stalled, ended and started again."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

START_SECONDS = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class RewardServer:
    """``rewardsvc serve`` on ports that it keeps: ``grpc`` and ``http`` are its addresses."""

    def __init__(self, folder: Path, python: Path | str = sys.executable) -> None:
        self._said = folder / "stderr"
        self._python = python
        self.grpc, self.http = (f"127.0.0.1:{free_port()}" for _ in range(2))
        self._running: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.go_on()
        self.end(signal.SIGTERM)

    def start(self) -> None:
        """Returns when it serves."""
        listen = ("--listen", self.grpc, "--http", self.http, "--terraform", "cold")
        with self._said.open("w") as stderr:
            self._running = subprocess.Popen(
                [self._python, "-m", "rewardsvc", "serve", *listen], stderr=stderr
            )
        until = time.monotonic() + START_SECONDS
        while f"serving on {self.grpc}" not in self._said.read_text():
            assert self._running.poll() is None, self._said.read_text()
            assert time.monotonic() < until, self._said.read_text()
            time.sleep(0.05)

    def stall(self) -> None:
        """It takes connections (its machine does) and answers nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def end(self, by: signal.Signals) -> None:
        self._process.send_signal(by)
        self._process.wait(60)

    @property
    def _process(self) -> subprocess.Popen[bytes]:
        assert self._running is not None
        return self._running
