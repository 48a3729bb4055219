"""Debian's alternatives: which program stands for a name like ``awk``."""

import functools
from pathlib import Path

ALTERNATIVES = Path("/etc/alternatives")
BOUND_ALTERNATIVES = "/assay/alternatives"
"""Where Debian says it, and where a box has that which does not see the first."""


@functools.cache
def alternatives(programs: Path = Path("/usr/bin")) -> tuple[tuple[str, str], ...]:
    """The programs that are links through ``/etc/alternatives``, and what they lead to."""
    links = ALTERNATIVES if ALTERNATIVES.is_dir() else Path(BOUND_ALTERNATIVES)
    found = []
    for path in sorted(programs.iterdir()):
        if path.is_symlink() and path.readlink().parent == ALTERNATIVES:
            target = str((links / path.readlink().name).resolve())
            if target.startswith("/usr/"):
                found.append((path.name, target))
    return tuple(found)
