"""The Python that programs of ours run with inside a box, isolated from all an answer could bring.

Not that of our own environment: its packages are no business of an answer, so only the
interpreter and its standard library are bound.
"""

import sys
from pathlib import Path

from sandbox.base import Bind

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
