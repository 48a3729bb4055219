"""What of a repository could be the answer to a task: a Terraform module, a file by its path."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from datagen.sources.collected.paths import TERRAFORM, format_of, is_terraform

_MOST_FILES = 12
"""Of a module; what is larger is no one answer."""


_LOCAL = re.compile(r'^\s*source\s*=\s*"\.\.?/', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class UnitPaths:
    """``path``: in the repository: a module's folder ("." of the root), or a file. ``members``: its
    files there."""

    format: str
    path: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """One candidate. ``files``: texts by their paths within it; a single file has its own name."""

    format: str
    path: str
    files: dict[str, str]


def units_of(paths: Iterable[str], formats: frozenset[str]) -> list[UnitPaths]:
    """The candidates among a repository's files, modules first, in the order of their paths. Pure.

    ``formats``: only these.
    """
    modules: defaultdict[str, list[str]] = defaultdict(list)
    alone: list[UnitPaths] = []
    for path in sorted(paths):
        if is_terraform(path):
            modules[str(PurePosixPath(path).parent)].append(path)
        elif (format := format_of(path)) is not None and format in formats:
            alone.append(UnitPaths(format, path, (path,)))
    found = [
        UnitPaths(TERRAFORM, folder, tuple(members))
        for folder, members in modules.items()
        if len(members) <= _MOST_FILES
    ]
    return [*(found if TERRAFORM in formats else ()), *alone]


def calls_own_modules(unit: Unit) -> bool:
    """Whether a Terraform module calls one of its own repository, which is no part of it. Pure."""
    return unit.format == TERRAFORM and any(_LOCAL.search(text) for text in unit.files.values())


def unit_of(paths: UnitPaths, texts: dict[str, str]) -> Unit | None:
    """The candidate with its texts; None where one of its files is no text. Pure."""
    if any(member not in texts for member in paths.members):
        return None
    files = {PurePosixPath(member).name: texts[member] for member in paths.members}
    return Unit(paths.format, paths.path, files)
