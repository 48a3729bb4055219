"""Looks through Terraform provider mirrors: which folders there are, and which providers in them.

Both layouts of a filesystem mirror are read, packed (``HOST/NS/TYPE/terraform-provider-TYPE_
VERSION_OS_ARCH.zip``) and unpacked (``HOST/NS/TYPE/VERSION/OS_ARCH/terraform-provider-TYPE…``), as
https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation has them.
"""

import os
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.toolchain.table import MACHINES

_PACKED = re.compile(
    r"terraform-provider-(?P<type>[\w-]+?)_(?P<version>[^_]+)_(?P<platform>\w+)\.zip"
)


@dataclass(frozen=True, slots=True)
class Plugin:
    """One version of one provider. ``path`` is the program, or the zip where it is packed."""

    source: str
    version: str
    path: Path
    packed: bool


def platform_name() -> str:
    """Terraform's name of this machine ("linux_amd64")."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_{MACHINES.get(machine, machine)}"


def implicit_mirrors(env: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """The folders that Terraform itself looks into on Unix, in its order, existing or not."""
    data_home = Path(env["XDG_DATA_HOME"]) if env.get("XDG_DATA_HOME") else home / ".local/share"
    data_dirs = env.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    return (
        home / ".terraform.d/plugins",
        data_home / "terraform/plugins",
        *(Path(folder) / "terraform/plugins" for folder in data_dirs.split(":") if folder),
    )


def has_providers(folder: Path) -> bool:
    """Whether the folder is a mirror: HOST/NAMESPACE/TYPE, the host with a dot in its name."""
    try:
        return any(
            child.is_dir() and "." in child.name and not child.name.startswith(".")
            for child in folder.iterdir()
        )
    except OSError:
        return False


def plugins(mirror: Path, system: str | None = None) -> Iterator[Plugin]:
    """Every provider of this platform in a mirror."""
    system = system or platform_name()
    for kind in sorted(mirror.glob("*.*/*/*")):
        source = kind.relative_to(mirror).as_posix()
        for child in sorted(kind.iterdir()) if kind.is_dir() else ():
            match = _PACKED.fullmatch(child.name)
            if match is not None and match["platform"] == system:
                yield Plugin(source, match["version"], child, packed=True)
                continue
            folder = child / system
            program = next(
                (
                    file
                    for file in sorted(folder.glob(f"terraform-provider-{kind.name}*"))
                    if file.is_file() and os.access(file, os.X_OK)
                ),
                None,
            )
            if program is not None:
                yield Plugin(source, child.name, program, packed=False)


def version_key(version: str) -> tuple[tuple[int, ...], bool, str]:
    """Orders versions: numbers as numbers, a pre-release before its release."""
    core, _, pre = version.partition("-")
    numbers = tuple(int(part) if part.isdigit() else 0 for part in core.split("."))
    return numbers, not pre, pre


def newest(found: Iterable[Plugin]) -> dict[str, Plugin]:
    """For each source its newest program, else its newest zip; the first seen among equals."""
    best: dict[str, Plugin] = {}
    for plugin in found:
        known = best.get(plugin.source)
        if known is None or _rank(plugin) > _rank(known):
            best[plugin.source] = plugin
    return best


def choices(found: Iterable[Plugin]) -> dict[str, tuple[str, ...]]:
    """The versions of each source that is there as programs of several, the newest first."""
    versions: dict[str, set[str]] = {}
    for plugin in found:
        if not plugin.packed:
            versions.setdefault(plugin.source, set()).add(plugin.version)
    return {
        source: tuple(sorted(several, key=version_key, reverse=True))
        for source, several in versions.items()
        if len(several) > 1
    }


def _rank(plugin: Plugin) -> tuple[bool, tuple[tuple[int, ...], bool, str]]:
    return not plugin.packed, version_key(plugin.version)
