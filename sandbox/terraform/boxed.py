"""A long-lived process of ours in a box of its own: no network, read-only files, clean environment.

The warm provider and the emulator outlive any one configuration, so they cannot live in the
sandbox of one. Their box sees the system's libraries, this Python, and one folder for sockets.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

STOP_SECONDS = 5.0
"""How long a process may take to end before it is killed."""

_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin")
_MODULES = Path(__file__).parent


def python_paths() -> tuple[Path, ...]:
    """The folders that this Python needs to run, its packages included."""
    executable = Path(sys.executable).resolve()
    roots = (Path(sys.prefix), Path(sys.base_prefix), executable.parent.parent)
    inside = [root for root in dict.fromkeys(roots) if not str(root).startswith(_SYSTEM)]
    return tuple(path for path in inside if path != Path("/"))


def script(name: str) -> Path:
    """The file of a script of this package that runs inside a box."""
    return _MODULES / f"{name}.py"


@dataclass(frozen=True, slots=True)
class BoxedProcess:
    """A running process. Made by :func:`start`, ended by :meth:`stop`."""

    process: asyncio.subprocess.Process

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.returncode is None

    async def first_line(self, seconds: float) -> bytes:
        """The first line that it prints, b"" where it ended or took longer."""
        assert self.process.stdout is not None
        try:
            async with asyncio.timeout(seconds):
                return await self.process.stdout.readline()
        except TimeoutError:
            return b""

    async def stop(self) -> None:
        """End it and everything it started."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGTERM)
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await self.process.wait()
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.process.pid, signal.SIGKILL)
                await self.process.wait()


async def start(
    bubblewrap: Path,
    argv: Sequence[str],
    *,
    sockets: Path,
    env: Mapping[str, str],
    see: Sequence[Path] = (),
) -> BoxedProcess:
    """Start ``argv`` in a box that may write in ``sockets`` only and sees ``see`` as well.

    Raises:
        OSError: bubblewrap itself cannot be started.
    """
    command = [
        str(bubblewrap),
        *("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"),
        *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--dir", "/home"),
    ]
    for folder in _SYSTEM:
        command += ["--ro-bind-try", folder, folder]
    for path in (*python_paths(), *see):
        command += ["--ro-bind", str(path), str(path)]
    for name, value in {"PATH": "/usr/bin:/bin", "HOME": "/home", **env}.items():
        command += ["--setenv", name, value]
    command += ["--bind", str(sockets), str(sockets), "--chdir", "/tmp", "--", *argv]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
        env={},  # bwrap keeps its own environment, and the box can read it in /proc/1
    )
    return BoxedProcess(process)
