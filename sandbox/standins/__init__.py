"""Providers of ours that answer Terraform where the real plugin is not installed.

Half of what is written for AWS also takes a name from ``random``. Such a provider needs no account
and no network: what it plans follows from its published schema and documentation. So where no
plugin of it lies on this machine, a program of ours stands in for one version of it, in a box like
any plugin, and verdicts and the toolchain's digest say so. The real one always goes first.

``wire`` and ``values`` read and write the protocol, ``schema`` is how a provider is declared,
``validation`` and ``planning`` are what the framework of the real ones does with a declaration,
``kinds/`` has the declarations, ``plugin`` answers with them, ``serve`` is the program and
``launch`` how it is started in a box. What is imported here loads none of it.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sandbox import protowire

FOLDER = Path(__file__).parent

PROTOCOL = 5
"""The version of Terraform's plugin protocol that they speak."""

FAULT = 70
"""How a program exits beside which a stand-in failed: EX_SOFTWARE of sysexits.h, none of
Terraform's. The words of a diagnostic could be the configuration's own."""


@dataclass(frozen=True, slots=True)
class StandinProvider:
    """A program that stands in for a provider. ``version``: the one that it answers as."""

    name: str
    version: str


STANDINS: Mapping[str, StandinProvider] = MappingProxyType(
    {
        f"hashicorp/{each.name}": each
        for each in (
            StandinProvider("archive", "2.7.1"),
            StandinProvider("local", "2.5.3"),
            StandinProvider("null", "3.2.4"),
            StandinProvider("random", "3.7.2"),
            StandinProvider("time", "0.13.1"),
        )
    }
)
"""By namespace and name, whichever registry a source names."""


def standin_of(source: str) -> StandinProvider | None:
    """What stands in for a provider, by its source in full; None where nothing does."""
    return STANDINS.get(source.partition("/")[2])


def standing_in(sources: Iterable[str], installed: Iterable[str]) -> dict[str, StandinProvider]:
    """What stands in for these providers, where no plugin of theirs is installed.

    The public registries publish the same plugins, so one from either goes before a stand-in.
    """
    there = {source.partition("/")[2] for source in installed}
    return {
        source: standin
        for source in sources
        if source.partition("/")[2] not in there and (standin := standin_of(source)) is not None
    }


def digest() -> str:
    """Hex digest of all that stand-ins answer with: two equal ones plan alike."""
    files = sorted(FOLDER.rglob("*.py"))
    content = hashlib.sha256()
    for path in (*files, Path(protowire.__file__)):
        content.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return content.hexdigest()
