"""Downloads archives from the Python package index, or installs them into a folder of their own.

Through pip, the index's ordinary client, which knows the user's settings; each archive that is
downloaded is checked against its checksum before anything looks into it.
"""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.toolchain.fetch import DownloadError, FetchOutcome

PIP_SECONDS = 180.0
"""For 50 MB and the build back end of the one that is a source archive."""
INSTALL_SECONDS = 1800.0
"""For 750 MB with 11,000 files to compile: some 4 minutes."""
PIP_WAIT_SECONDS = 8.0
"""For an answer of the package index."""


@dataclass(frozen=True, slots=True)
class Archive:
    """One file of the index. ``wheel``: it is one, and no source archive."""

    distribution: str
    version: str
    sha256: str
    wheel: bool


async def download(archives: Iterable[Archive], folder: Path) -> None:
    """Bring the archives into a folder; see :func:`downloaded`.

    Raises:
        DownloadError: UNREACHABLE, FAILED, or REFUSED where a checksum is another.
    """
    asked = tuple(archives)
    await _run(
        *("download", "--no-deps"),
        *(f"--{'only' if one.wheel else 'no'}-binary={one.distribution}" for one in asked),
        *("--dest", str(folder)),
        *("--require-hashes", "--requirement", str(_requirements(asked, folder))),
        seconds=PIP_SECONDS,
    )


async def install(asked: Sequence[str], folder: Path) -> None:
    """Install what is asked for, in pip's words, into a folder that is no environment.

    Raises:
        DownloadError: UNREACHABLE, FAILED, or REFUSED where a checksum is another.
    """
    into = ("--no-warn-conflicts", "--target", str(folder))
    await _run("install", *into, *asked, seconds=INSTALL_SECONDS)


async def _run(command: str, *words: str, seconds: float) -> None:
    # What the user has set for a slow index counts; otherwise, no way out is found out soon.
    timeout = (
        [] if "PIP_DEFAULT_TIMEOUT" in os.environ else ["--timeout", f"{PIP_WAIT_SECONDS:.0f}"]
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "pip", command, "--quiet", "--no-input"),
        *("--disable-pip-version-check", "--retries", "1", *timeout),
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    output = b""
    try:
        async with asyncio.timeout(seconds):
            output, _ = await process.communicate()
    except TimeoutError:
        output = b"pip took too long"
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if process.returncode:
        raise _fault(output.decode("utf-8", "replace"))


def downloaded(archive: Archive, folder: Path) -> Path | None:
    """Where an archive lies in the folder, None where pip brought none."""
    stem = archive.distribution.replace("-", "[-_]")
    ending = "*.whl" if archive.wheel else "*.tar.gz"
    return next(folder.glob(f"{stem}-{archive.version}{ending}"), None)


def _requirements(archives: Sequence[Archive], folder: Path) -> Path:
    """With their hashes, so that pip checks an archive before it asks it for its metadata."""
    path = folder / "requirements.txt"
    lines = [f"{one.distribution}=={one.version} --hash=sha256:{one.sha256}\n" for one in archives]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def _fault(said: str) -> DownloadError:
    got = re.search(r"^\s*Got\s+([0-9a-f]{64})$", said, re.MULTILINE)
    if got is not None:
        return DownloadError(
            FetchOutcome.REFUSED,
            f"the package has sha256 {got[1]}, the table says another: refused",
        )
    errors = [line for line in said.splitlines() if line.startswith("ERROR:")]
    if re.search(
        r"NewConnectionError|ConnectTimeout|NameResolutionError|from versions: none", said
    ):
        words = "the Python package index is not reached from here"
        return DownloadError(FetchOutcome.UNREACHABLE, words)
    words = errors[-1].removeprefix("ERROR: ") if errors else said[-200:].strip()
    return DownloadError(FetchOutcome.FAILED, words)
