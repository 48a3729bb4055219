"""How the programs of stand-ins are started in boxes: their command lines, and what those need."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from sandbox import protowire
from sandbox.base import Bind
from sandbox.python import python_binds
from sandbox.standins import FOLDER, StandinProvider

_ROOT = FOLDER.parent.parent

# This package and what it imports of ours, wherever they are installed; nothing of the box's.
_BOOT = (
    f"import sys; sys.path.insert(0, {str(_ROOT)!r}); "
    "from sandbox.standins.serve import main; main(sys.argv[1:])"
)
_PYTHON = (sys.executable, "-I", "-c", _BOOT)

_SOCKETS = "/tmp/standins"


def standin_argv(standin: StandinProvider) -> tuple[str, ...]:
    """The program that answers as a provider, started like its plugin."""
    return (*_PYTHON, "serve", standin.name)


def standin_binds() -> tuple[Bind, ...]:
    """What those programs need in their box."""
    own = (FOLDER, Path(protowire.__file__), FOLDER.parent / "__init__.py")
    return (*python_binds(), *(Bind(path, str(path)) for path in own))


def beside_standins(
    program: tuple[str, ...], standins: Iterable[StandinProvider], root: str
) -> tuple[str, ...]:
    """A program that finds those providers where :func:`attached_standins` says, in its own box.

    ``root``: the folder that paths in the configuration are read from.
    """
    names = ",".join(sorted(each.name for each in standins))
    return (*_PYTHON, "beside", names, _SOCKETS, root, *program) if names else program


def attached_standins(standins: Mapping[str, StandinProvider]) -> dict[str, str]:
    """The socket of each, by its provider's source."""
    return {source: f"{_SOCKETS}/{each.name}.sock" for source, each in standins.items()}
