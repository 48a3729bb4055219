"""This Python inside boxes: how our own scripts are run there, and what that needs."""

import sys
from pathlib import Path

from sandbox.base import Bind
from sandbox.binds import of_the_system

BARE = (str(Path(sys.executable).resolve()), "-I", "-S")
"""Runs a script that needs the standard library alone."""


def python_binds(*, packages: bool = True) -> tuple[Bind, ...]:
    """The folders that this Python needs to run, where they lie here; those of the system, which
    every box has, are not among them. ``packages``: with what is installed beside it."""
    roots = [Path(sys.base_prefix), Path(BARE[0]).parent.parent]
    roots += [Path(sys.prefix)] if packages else []
    needed = (root for root in dict.fromkeys(roots) if root != Path("/"))
    return tuple(Bind(root, str(root)) for root in needed if not of_the_system(str(root)))
