"""What bubblewrap boxes need of the machine that they are on, and the ``/etc`` that they see."""

import asyncio
import os
import re
import shutil
from pathlib import Path

from sandbox.base import BOX_ID, WORK
from sandbox.errors import IsolationMissing
from sandbox.spawn import spawn

OLDEST = (0, 8)
"""The first bubblewrap with --disable-userns."""

_ETC = {
    "passwd": f"box:x:{BOX_ID}:{BOX_ID}::{WORK}:/bin/sh\n",
    "group": f"box:x:{BOX_ID}:\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost\n",
}

_ALTERNATIVES = Path("/etc/alternatives")


def find(program: str, package: str) -> str:
    """The path of a program.

    Raises:
        IsolationMissing: it is not there; names the package to install.
    """
    path = shutil.which(program, path=f"{os.defpath}:/usr/sbin:{os.environ.get('PATH', '')}")
    if path is None:
        raise IsolationMissing(f"install {package} ({program} was not found)")
    return path


async def find_bwrap() -> str:
    """The path of a bwrap that is new enough.

    Raises:
        IsolationMissing: there is none; names the remedy.
    """
    path = find("bwrap", "bubblewrap")
    process = await spawn(path, "--version", stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    numbers = re.search(rb"(\d+)\.(\d+)", said)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < OLDEST:
        raise IsolationMissing(
            f"install bubblewrap {OLDEST[0]}.{OLDEST[1]} or newer "
            f"({path} is {said.decode(errors='replace').strip() or 'broken'})"
        )
    return path


def write_etc(directory: Path) -> None:
    """All that a box has of ``/etc``: names for its identity, the cache of libraries, and the links
    over which Debian reaches some programs (``/usr/bin/awk``)."""
    directory.mkdir()
    for name, content in _ETC.items():
        (directory / name).write_text(content)
    cache = Path("/etc/ld.so.cache")
    if cache.exists():
        shutil.copy(cache, directory)
    links = directory / "alternatives"
    links.mkdir()
    for path in _ALTERNATIVES.glob("*"):
        if path.is_symlink() and (target := str(path.resolve())).startswith("/usr/"):
            (links / path.name).symlink_to(target)
    links.chmod(0o755)
    directory.chmod(0o755)
