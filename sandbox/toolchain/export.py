"""Copies the tools of this machine into a folder that an image is built from, checked.

The folder has two parts: ``tools``, laid out as the tools folder is (programs and the schemas of
custom resources), and ``mirror``, a mirror of Terraform providers. What the table has a checksum
for must have it; what set-up itself fetched was checked then. Anything else stays behind.
"""

import base64
import hashlib
import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

from sandbox.errors import ToolchainError
from sandbox.toolchain.discover import CRD_FOLDER, MIRROR_FOLDER, program_path
from sandbox.toolchain.mirror import platform_name
from sandbox.toolchain.model import Source, Toolchain
from sandbox.toolchain.probe import file_digest
from sandbox.toolchain.table import BINARIES, MACHINES, PROVIDERS, Binary, ProviderPin


def export_to(
    folder: Path,
    found: Toolchain,
    *,
    binaries: tuple[Binary, ...] = BINARIES,
    providers: tuple[ProviderPin, ...] = PROVIDERS,
) -> Iterator[str]:
    """Copy everything that was found; gives a line for each thing copied or left behind.

    What comes as a Python package is not copied: the lock file pins it.

    Raises:
        ToolchainError: a program or a provider is not what the table says.
    """
    for entry in binaries:
        tool = found.tools[entry.name]
        target = program_path(folder / "tools", entry)
        if target is None or tool.path is None or tool.source is Source.PACKAGE:
            continue
        if tool.source is not Source.FETCHED:
            _check_program(entry, tool.path)
        _copy(tool.path, target)
        yield f"{entry.name} {tool.version}"
    if found.crd_schemas is not None:
        shutil.copytree(found.crd_schemas, folder / "tools" / CRD_FOLDER, dirs_exist_ok=True)
        yield f"schemas of custom resources {found.tools['crd-schemas'].version}"
    for source, program in found.providers.items():
        version = found.provider_versions[source]
        pinned = {each.source: each.h1 for each in providers if each.version == version}
        h1 = pinned.get(source, {}).get(platform_name())
        if h1 is not None:
            _check_provider(source, program.parent, h1)
        elif program.parents[len(Path(source).parts) + 2].name != MIRROR_FOLDER:
            yield f"{source} {version} is left behind: its checksum is not known"
            continue
        for file in program.parent.iterdir():
            place = Path("mirror", source, version, platform_name(), file.name)
            _copy(file, folder / place)
        yield f"{source} {version}"


def package_hash(folder: Path) -> str:
    """The checksum of an unpacked provider, as Terraform's lock files have it after ``h1:``.

    It is golang.org/x/mod's: the SHA-256 of the list of files with theirs, sorted by name.
    """
    names = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*"))
    lines = [f"{file_digest(folder / name)}  {name}\n" for name in names]
    return base64.b64encode(hashlib.sha256("".join(lines).encode()).digest()).decode()


def _check_program(entry: Binary, path: Path) -> None:
    arch = MACHINES.get(platform.machine().lower(), "")
    wanted = entry.release.program_sha256.get(arch) if entry.release is not None else None
    if wanted is None:
        raise ToolchainError(
            f"{path}: no checksum is known of {entry.name} on its own; take it off PATH and run "
            "`make setup`, which fetches the pinned release"
        )
    got = file_digest(path)
    if got != wanted:
        raise ToolchainError(
            f"{path} has sha256 {got}, the toolchain table says {wanted}: take it off PATH and "
            "run `make setup`, which fetches the pinned release"
        )


def _check_provider(source: str, folder: Path, wanted: str) -> None:
    got = package_hash(folder)
    if got != wanted:
        raise ToolchainError(f"{source} in {folder} is h1:{got}, the table says h1:{wanted}")


def _copy(source: Path, target: Path) -> None:
    """Link where that is possible: the AWS provider alone has 700 MB."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source.resolve(), target)
    except OSError:
        shutil.copy2(source, target)
