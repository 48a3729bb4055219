"""Programs of ours that run inside a box, and the Python they run with.

Not the Python of our own environment: its packages are no business of an answer, so only the
interpreter and its standard library are bound.
"""

import sys
from pathlib import Path

from sandbox.base import Bind

PROGRAMS = "/assay"
"""Where they lie inside."""

_SYSTEM = ("/usr", "/bin", "/lib")
"""What every box sees already."""


def interpreter() -> Path:
    """The interpreter that our environment was made from; the same path inside a box."""
    executable = Path(getattr(sys, "_base_executable", "") or sys.executable)
    return executable.resolve()


def interpreter_binds() -> tuple[Bind, ...]:
    """The folders that it needs, where they lie here."""
    roots = dict.fromkeys((Path(sys.base_prefix).resolve(), interpreter().parent.parent))
    outside = [root for root in roots if not str(root).startswith(_SYSTEM)]
    return tuple(Bind(root, str(root)) for root in outside if root != Path("/"))


def isolated(program: str, *arguments: str) -> tuple[str, ...]:
    """The words that run a program: no user packages, no site, no variables, nothing written."""
    return (str(interpreter()), "-I", "-S", "-B", program, *arguments)


def program(module: Path) -> Bind:
    """A file of ours, to be run inside."""
    return Bind(module, f"{PROGRAMS}/{module.name}")
