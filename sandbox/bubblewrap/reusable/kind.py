"""Which commands can share a reusable box, and what such a box sees and runs."""

from dataclasses import dataclass
from pathlib import Path

from sandbox.base import MIB, Bind, Command, Limits
from sandbox.binds import identities
from sandbox.bubblewrap.reusable import launcher
from sandbox.python import BARE, python_binds

LAUNCHER_BYTES = 16 * MIB
"""What the launcher itself may hold, beside the command's memory; it takes 10 MB."""

_INSIDE = "/launcher.py"
_SCRIPT = Bind(Path(launcher.__file__), _INSIDE)
_LARGEST_ORDER = 64 * 1024


@dataclass(frozen=True, slots=True)
class BoxKind:
    """What commands share a box: what they see, and what they may use.

    Wall time and output are watched from outside, for each command. ``sources``: what lies at the
    binds now, for a tool that was installed anew is another one. ``loads``: Python, its options and
    the script that is loaded once for all of them; () where each starts a program of its own.
    """

    binds: tuple[Bind, ...]
    sources: tuple[tuple[int, int] | None, ...]
    cpu_seconds: float
    memory_bytes: int
    processes: int
    file_bytes: int
    loads: tuple[str, ...] = ()

    @property
    def limits(self) -> Limits:
        """The limits of the box as a whole."""
        return Limits(
            cpu_seconds=self.cpu_seconds,
            memory_bytes=self.memory_bytes,
            processes=self.processes,
            file_bytes=self.file_bytes,
        )


def kind_of(command: Command) -> BoxKind | None:
    """The kind of box for a command; None where it needs one of its own.

    A reusable box has no search path for programs, and holds one step without files.
    """
    if not command.stateless or command.files or len(command.steps) != 1:
        return None
    argv = command.steps[0].argv
    words = sum(map(len, (*argv, *command.env.keys(), *command.env.values())))
    if not argv[0].startswith("/") or 4 * words > _LARGEST_ORDER:
        return None
    limits = command.limits
    loads = argv[: argv.index(command.script) + 1] if command.script else ()
    return BoxKind(
        command.binds,
        identities(command.binds),
        limits.cpu_seconds,
        limits.memory_bytes,
        limits.processes,
        limits.file_bytes,
        loads,
    )


def program(kind: BoxKind, descriptor: int) -> tuple[str, ...]:
    """What runs in a reusable box, given the number of its socket; those of descriptors that it is
    to close may follow."""
    *python, script = kind.loads or (*BARE, "")
    return (*python, _INSIDE, script, str(descriptor))


def binds_of(kind: BoxKind) -> tuple[Bind, ...]:
    """What a reusable box sees beside the system: the command's own, and the launcher's needs."""
    return (*kind.binds, *python_binds(packages=False), _SCRIPT)
