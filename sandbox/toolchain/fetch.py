"""Downloads one pinned release: checked before it is unpacked, in place at once or not at all."""

import asyncio
import hashlib
import os
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

import aiohttp

CONNECT_SECONDS = 3.0
"""Where there is no way out, set-up must say so soon."""
READ_SECONDS = 30.0
"""Without a byte for this long, a download counts as broken off."""
BACKOFF_SECONDS = (0.5, 1.5)
"""Waited before the second and third try of what may pass by itself. Not a policy of
rewardsvc.retry: nothing here imports anything of ours."""
CHUNK = 1 << 20
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})


class FetchOutcome(StrEnum):
    """What became of something that set-up was to bring."""

    PRESENT = "present"
    FETCHED = "fetched"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    REFUSED = "refused"
    """The checksum or the archive is not what the table says: nothing of it was kept."""
    UNPINNED = "unpinned"


@dataclass(frozen=True, slots=True)
class FetchReport:
    """The outcome for one tool, with a sentence for the user."""

    name: str
    outcome: FetchOutcome
    note: str = ""


class DownloadError(Exception):
    """A download did not come through; ``outcome`` says whether the way or the other end failed."""

    def __init__(self, outcome: FetchOutcome, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


class _PassingError(Exception):
    """Worth another try."""


async def fetch_program(
    url: str,
    sha256: str | None,
    member: str,
    target: Path,
    *,
    backoff: Sequence[float] = BACKOFF_SECONDS,
) -> None:
    """Download an archive (.zip, .tar.gz) or a bare program and put the program at ``target``.

    Args:
        sha256: the checksum of the download; None fetches an unpinned release.
        member: the program's path inside the archive, "" for a bare program.

    Raises:
        DownloadError: UNREACHABLE, FAILED (not there, broken off) or REFUSED. ``target`` is then
            as it was, and nothing else is left.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=target.parent) as scratch:
        download = Path(scratch) / PurePosixPath(url).name
        got = await _download(url, download, backoff)
        if sha256 is not None and got != sha256:
            raise DownloadError(
                FetchOutcome.REFUSED,
                f"{url} has sha256 {got}, the toolchain table says {sha256}: refused",
            )
        program = Path(scratch) / "program"
        unpack(download, member, program)
        program.chmod(0o755)
        program.replace(target)


def unpack(archive: Path, member: str, target: Path) -> None:
    """Take one file out of an archive.

    Raises:
        DownloadError: REFUSED where the archive is damaged, lacks the file, or has a member
            that would land outside of the folder it is unpacked in.
    """
    try:
        if archive.name.endswith((".zip", ".whl")):
            _unpack_zip(archive, member, target)
        elif archive.name.endswith((".tar.gz", ".tgz")):
            _unpack_tar(archive, member, target)
        else:
            shutil.copyfile(archive, target)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, KeyError, ValueError, OSError) as error:
        raise DownloadError(FetchOutcome.REFUSED, f"{archive.name} is refused: {error}") from error


def _unpack_zip(archive: Path, member: str, target: Path) -> None:
    with zipfile.ZipFile(archive) as zipped:
        for name in zipped.namelist():
            _inside(name)
        with zipped.open(member) as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink, CHUNK)


def _unpack_tar(archive: Path, member: str, target: Path) -> None:
    with tarfile.open(archive, "r:gz") as tar:
        entries = tar.getmembers()
        for entry in entries:
            _inside(entry.name)
            if entry.issym() or entry.islnk():
                _inside(entry.linkname)
        found = next((entry for entry in entries if _same(entry.name, member)), None)
        source = tar.extractfile(found) if found is not None and found.isfile() else None
        if source is None:
            raise ValueError(f"it has no file {member}")
        with source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink, CHUNK)


def _same(name: str, member: str) -> bool:
    return PurePosixPath(name) == PurePosixPath(member)


def _inside(name: str) -> None:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"its member {name!r} leaves the folder")


async def _download(url: str, target: Path, backoff: Sequence[float]) -> str:
    timeout = aiohttp.ClientTimeout(
        total=None, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS
    )
    async with aiohttp.ClientSession(timeout=timeout, trust_env=True) as session:
        for wait in (*backoff, None):
            try:
                return await _download_once(session, url, target)
            except _PassingError as error:
                if wait is None:
                    tries = len(backoff) + 1
                    raise DownloadError(
                        FetchOutcome.FAILED, f"{url}: {error}, {tries} times"
                    ) from error
            await asyncio.sleep(wait)
    raise AssertionError("the last try returns or raises")


async def _download_once(session: aiohttp.ClientSession, url: str, target: Path) -> str:
    digest = hashlib.sha256()
    try:
        async with session.get(url) as answer:
            if answer.status in _TRANSIENT:
                raise _PassingError(f"answered {answer.status} {answer.reason}")
            if answer.status != 200:
                raise DownloadError(FetchOutcome.FAILED, f"{url} answered {answer.status}")
            with target.open("wb") as file:
                async for chunk in answer.content.iter_chunked(CHUNK):
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
    except aiohttp.ClientSSLError as error:
        raise DownloadError(FetchOutcome.FAILED, str(error)) from error
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        # No way out is not worth waiting for; a connection that was made and lost is.
        host = url.split("/")[2]
        raise DownloadError(FetchOutcome.UNREACHABLE, f"{host} is not reached from here") from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise _PassingError(f"the download broke off ({error or type(error).__name__})") from error
    return digest.hexdigest()
