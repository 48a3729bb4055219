"""Our own scripts that run inside boxes."""

from pathlib import Path

_MODULES = Path(__file__).parent


def script(name: str) -> Path:
    """The file of a script of this package that runs inside a box."""
    return _MODULES / f"{name}.py"
