"""A folder of Python distributions in the tools folder, apart from our own packages.

pip makes it for the Python that runs us. What lies in it is never imported here: it is seen by
programs in a box.
"""

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox.toolchain import pip
from sandbox.toolchain.model import Source, Tool

INDEX = "index.json"


def python_tag() -> str:
    """The Python that a folder is made for ("3.11")."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True, slots=True)
class PythonFolder:
    """One such folder, as it is wanted.

    ``name``: the tool's, and the folder's.
    ``pinned``: what it is made of; a folder that was made of something else is another one.
    ``arguments``: what pip is asked to install.
    ``missing``: how to get it, for a human.
    """

    name: str
    pinned: tuple[str, ...]
    arguments: tuple[str, ...]
    missing: str
    version: str = ""
    """What the tool's version is said to be; "" for the Python that it is made for."""
    note: str = ""
    """What else there is to say of it; "" for what it is made of."""
    finish: Callable[[Path], None] = lambda _: None
    """What is put into the folder beside the distributions."""

    def find(self, folder: Path) -> tuple[Tool, str]:
        """It as found, and a digest over the names and versions of all distributions in it."""
        try:
            stored = json.loads((folder / INDEX).read_text(encoding="utf-8"))
            python, pinned = stored["python"], tuple(stored["pinned"])
        except (OSError, ValueError, KeyError, TypeError):
            return Tool(self.name, "", Source.MISSING, None, self.missing), ""
        if python != python_tag() or pinned != self.pinned:
            note = f"made for Python {python} by another version; {self.missing}"
            return Tool(self.name, "", Source.MISSING, None, note), ""
        there = "\n".join([python, *_installed(folder)])
        digest = hashlib.sha256(there.encode()).hexdigest()
        note = self.note or " ".join(pinned)
        return Tool(self.name, self.version or python, Source.FETCHED, folder, note), digest

    async def install(self, folder: Path) -> None:
        """Make the folder, in place of what is there; nothing changes where that fails.

        Raises:
            DownloadError: pip could not.
        """
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".python-", dir=folder.parent) as scratch:
            made = Path(scratch) / "made"
            await pip.install(self.arguments, made)
            self.finish(made)
            index = {"python": python_tag(), "pinned": self.pinned}
            (made / INDEX).write_text(json.dumps(index), encoding="utf-8")
            made.chmod(0o755)  # the sandbox's user looks in
            shutil.rmtree(folder, ignore_errors=True)
            made.rename(folder)


def _installed(folder: Path) -> list[str]:
    """The distributions in the folder, as ``name-version``, sorted."""
    return sorted(path.name.removesuffix(".dist-info") for path in folder.glob("*.dist-info"))
