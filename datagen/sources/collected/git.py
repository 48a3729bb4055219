"""Runs git on repositories that nobody trusts: to fetch one, and to read what was fetched.

Nothing of it is ever checked out. So no hook, filter, attribute, submodule or symbolic link of a
repository does anything here; a file is the bytes that git has under its name. Git itself is told
to ask nobody for a password, to follow no redirect (which would take a token along), to read no
configuration but ours, and to write no file above a size.
"""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from datagen.errors import CloneFailed, SourceMissing

MOST_OUTPUT_BYTES = 64 * 1024 * 1024
"""Of one command: names of a million files, or the files of a repository that are read."""

_SETTINGS = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.symlinks": "false",
    "credential.helper": "",
    "fetch.recurseSubmodules": "false",
    "http.followRedirects": "false",
    "maintenance.auto": "false",
    "gc.auto": "0",
    "protocol.version": "2",
    "transfer.fsckObjects": "true",
    "fetch.unpackLimit": "1",  # one pack, whose size the limit is about
}

_LIMITED = 'ulimit -f "$1" && shift && exec git "$@"'
"""For dash: its unit is 512 bytes. Git ends where its pack grows beyond."""


async def git(
    arguments: Sequence[str],
    *,
    protocols: str = "",
    headers: Mapping[str, str] | None = None,
    origin: str = "",
    given: bytes = b"",
    most_file_bytes: int = MOST_OUTPUT_BYTES,
    timeout_seconds: float = 60.0,
) -> bytes:
    """What git prints.

    Args:
        arguments: behind ``git``.
        protocols: which may be used, with colons between; none where empty.
        headers: are sent to ``origin`` alone, and stand in no file and no list of processes.
        given: for its standard input.

    Raises:
        CloneFailed: git failed, took too long, or wrote too much; says which.
        SourceMissing: there is no git.
    """
    settings = dict(_SETTINGS)
    pairs = [*settings.items()]
    pairs += [
        (f"http.{origin}.extraHeader", f"{name}: {value}")
        for name, value in (headers or {}).items()
    ]
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/false",
        "GIT_ALLOW_PROTOCOL": protocols or "none",
        "GIT_CONFIG_COUNT": str(len(pairs)),
    }
    for number, (name, value) in enumerate(pairs):
        environment[f"GIT_CONFIG_KEY_{number}"] = name
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "GIT_SSL_CAINFO"):
        if name in os.environ:
            environment[name] = os.environ[name]
    blocks = str(most_file_bytes // 512 + 1)
    try:
        process = await asyncio.create_subprocess_exec(
            *("/bin/sh", "-c", _LIMITED, "git", blocks, *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise SourceMissing(f"/bin/sh cannot be started: {error.strerror}") from error
    try:
        async with asyncio.timeout(timeout_seconds):
            said, words = await _talked(process, given)
    except TimeoutError:
        raise CloneFailed(f"git took more than {timeout_seconds:.0f} s") from None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    if process.returncode == 127:
        raise SourceMissing("git is not on PATH: install it (apt install git)")
    if process.returncode != 0:
        raise CloneFailed(_last_line(words) or f"git ended with {process.returncode}")
    return said


async def _talked(process: asyncio.subprocess.Process, given: bytes) -> tuple[bytes, bytes]:
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    async with asyncio.TaskGroup() as group:
        group.create_task(_fed(process.stdin, given))
        said = group.create_task(_bounded(process.stdout, MOST_OUTPUT_BYTES))
        words = group.create_task(_bounded(process.stderr, 64 * 1024))
    await process.wait()
    return said.result(), words.result()


async def _fed(stream: asyncio.StreamWriter, given: bytes) -> None:
    with suppress(ConnectionError):
        stream.write(given)
        await stream.drain()
    stream.close()


async def _bounded(stream: asyncio.StreamReader, most: int) -> bytes:
    """As much as is kept; the rest is read, so that nobody waits, and dropped."""
    kept = b""
    while part := await stream.read(1 << 16):
        kept += part[: max(0, most - len(kept))]
    return kept


def _last_line(words: bytes) -> str:
    lines = words.decode("utf-8", "replace").split("\n")
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")


def is_git_folder(folder: Path) -> bool:
    """Whether a bare repository lies there."""
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir()
