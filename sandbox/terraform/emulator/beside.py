"""The way to the emulator from inside a box that has no network."""

from pathlib import Path

from sandbox.base import Bind
from sandbox.python import BARE, python_binds
from sandbox.terraform.emulator import forward
from sandbox.terraform.emulator.process import PORT, SOCKET
from sandbox.terraform.places import TOOLS

_FOLDER = f"{TOOLS}/emulator"
_FORWARD = f"{TOOLS}/forward.py"


def emulator_binds(folder: Path) -> tuple[Bind, ...]:
    """What :func:`beside_emulator` needs; ``folder`` is where the emulator's socket lies."""
    return (
        *python_binds(),
        Bind(folder, _FOLDER),
        Bind(Path(forward.__file__), _FORWARD),
    )


def beside_emulator(program: tuple[str, ...]) -> tuple[str, ...]:
    """A program with the emulator on a port of its box's loopback."""
    return (*BARE, _FORWARD, f"{_FOLDER}/{SOCKET}", str(PORT), *program)
