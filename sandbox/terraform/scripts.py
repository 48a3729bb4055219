"""Our own scripts that run inside boxes, and what Python needs there to run them."""

import sys
from pathlib import Path

from sandbox.base import Bind

_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin")
_MODULES = Path(__file__).parent


def python_binds() -> tuple[Bind, ...]:
    """The folders that this Python needs to run, its packages included, where they lie here."""
    executable = Path(sys.executable).resolve()
    roots = (Path(sys.prefix), Path(sys.base_prefix), executable.parent.parent)
    inside = [root for root in dict.fromkeys(roots) if not str(root).startswith(_SYSTEM)]
    return tuple(Bind(path, str(path)) for path in inside if path != Path("/"))


def script(name: str) -> Path:
    """The file of a script of this package that runs inside a box."""
    return _MODULES / f"{name}.py"
