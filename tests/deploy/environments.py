"""Environments with some extras, made in a second out of what is installed where the tests run."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deploy.extras import requirements

_SHEBANG = f"#!{sys.prefix}/bin/".encode()


def installed_with(*extras: str) -> set[str]:
    """The distributions that come with extras, as far as they are installed here."""
    found: set[str] = set()
    waiting = requirements(*extras)
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        try:
            needs = metadata.requires(name) or ()
        except metadata.PackageNotFoundError:
            continue
        if name in found and not requirement.extras:
            continue
        found.add(name)
        for each in map(Requirement, needs):
            if each.marker is None or any(
                each.marker.evaluate({"extra": asked}) for asked in requirement.extras or {""}
            ):
                waiting.append(each)
    return found


def environment(folder: Path) -> Path:
    """The programs of an environment in which nothing is, pip not excepted."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin"


def bring(folder: Path, *extras: str) -> None:
    """Put what extras bring, and is not there yet, into an environment.

    Its files are those of this environment under a second name, so it works in a box as well, where
    a link to elsewhere would lead nowhere.
    """
    made: set[Path] = set()
    for name in installed_with(*extras):
        for path in _files_of(name):
            place = folder / path.relative_to(sys.prefix)
            if place.parent not in made:
                place.parent.mkdir(parents=True, exist_ok=True)
                made.add(place.parent)
            _give(path, place)


def _files_of(distribution: str) -> Iterator[Path]:
    for file in metadata.files(distribution) or ():
        path = Path(os.path.normpath(file.locate()))
        if path.is_file() and path.is_relative_to(sys.prefix):
            yield path


def _give(path: Path, place: Path) -> None:
    if place.exists():  # from before, or of a package that two distributions share
        return
    if path.parent.name == "bin":
        with path.open("rb") as file:
            first = file.read(len(_SHEBANG))
        if first == _SHEBANG:  # a script would start the interpreter that it names
            text = path.read_bytes().replace(_SHEBANG, f"#!{place.parent}/".encode(), 1)
            place.write_bytes(text)
            place.chmod(0o755)
            return
    try:
        os.link(path, place)
    except OSError:  # another file system
        shutil.copy2(path, place)
