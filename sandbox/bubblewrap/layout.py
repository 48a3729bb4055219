"""What a box looks like from inside, as arguments for bwrap. Pure: nothing is opened or run.

bwrap reads them from its command line (namespaces; all of a service) and from a file
(:func:`contents`: mounts, environment, the command's own files).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.base import PAGE, SEARCH_PATH, WORK, Bind, Command, Service
from sandbox.binds import BESIDE_USR, of_the_system

STDIN_FILE = "/.stdin"
"""Where the standard input of a command of several steps lies in the box."""

ISOLATION = (
    "--unshare-ipc",
    "--unshare-pid",
    "--unshare-net",
    "--unshare-uts",
    "--unshare-cgroup",
    "--die-with-parent",
    "--new-session",
    "--clearenv",
    "--hostname",
    "box",
    "--cap-drop",
    "ALL",
)

PROGRAMS = ("--ro-bind", "/usr", "/usr")
CLOSED = ("--remount-ro", "/")
"""Last of all that is mounted."""

ALONE = ("--as-pid-1",)
"""For a program that watches others: otherwise bwrap is the first process, with our words in its
memory and the output open."""

PROC = ("--proc", "/proc")
NO_PROC = ("--dir", "/proc")
"""In place of it where none can be mounted (see ``nesting``): an empty, read-only directory."""


def system(root: Path = Path("/")) -> tuple[str, ...]:
    """Arguments for the directories beside ``/usr`` that programs are linked against.

    Links into ``/usr`` on most systems, directories of their own on others.
    """
    arguments: list[str] = []
    for name in BESIDE_USR:
        path = root / name
        if path.is_symlink():
            arguments += ["--symlink", str(path.readlink()), f"/{name}"]
        elif path.is_dir():
            arguments += ["--ro-bind", str(path), f"/{name}"]
    return tuple(arguments)


def contents(
    base: Sequence[str], command: Command, files: Mapping[str, int], stdin: int | None
) -> tuple[str, ...]:
    """Arguments for the box of a command.

    ``base`` is what all boxes share (:func:`system`, ``/etc``, ``/proc``), ``files`` maps paths
    (of :func:`sandbox.checked.checked_files`) to open descriptors, ``stdin`` is that of
    :data:`STDIN_FILE`.
    """
    size = str(max(PAGE, command.limits.file_bytes))
    arguments = [*base, *PROGRAMS, "--dev", "/dev"]
    for path in ("/dev/shm", "/tmp", WORK):
        arguments += ["--size", size, "--perms", "0700", "--tmpfs", path]
    arguments += ["--remount-ro", "/dev", "--chdir", WORK]
    for name, value in {"PATH": SEARCH_PATH, "HOME": WORK, **command.env}.items():
        arguments += ["--setenv", name, value]
    for relative, descriptor in files.items():
        arguments += ["--file", str(descriptor), f"{WORK}/{relative}"]
    if stdin is not None:
        arguments += ["--perms", "0400", "--file", str(stdin), STDIN_FILE]
    for bind in command.binds:
        if of_the_system(bind.target):
            continue  # checked: it is what lies there already
        arguments += ["--ro-bind", str(bind.source), bind.target]
    if command.watches and len(command.steps) == 1:
        arguments += ALONE
    return (*arguments, *CLOSED)


def service(base: Sequence[str], wanted: Service) -> tuple[str, ...]:
    """Arguments for the whole box of a service."""
    arguments = [*base, *PROGRAMS, "--dev", "/dev", "--tmpfs", "/tmp"]
    for bind in wanted.binds:
        if not of_the_system(bind.target):
            arguments += ["--ro-bind", str(bind.source), bind.target]
    folder = str(wanted.folder)
    arguments += ["--bind", folder, folder, "--chdir", "/tmp", *CLOSED]
    for name, value in {"PATH": SEARCH_PATH, "HOME": "/tmp", **wanted.env}.items():
        arguments += ["--setenv", name, value]
    return tuple(arguments)


def reusable(base: Sequence[str], binds: Sequence[Bind]) -> tuple[str, ...]:
    """Arguments for the whole box that stateless commands share: nothing in it can be written.

    ``base`` is without ``/proc``, which would show more of the launcher than a program needs.
    """
    arguments = [*base, *PROGRAMS, "--dev", "/dev", "--remount-ro", "/dev/pts"]
    arguments += ["--remount-ro", "/dev"]
    for path in ("/proc", "/tmp", WORK):
        arguments += ["--dir", path]
    for bind in binds:
        if not of_the_system(bind.target):
            arguments += ["--ro-bind", str(bind.source), bind.target]
    arguments += ["--chdir", WORK, *CLOSED, "--as-pid-1"]
    for name, value in {"PATH": SEARCH_PATH, "HOME": WORK}.items():
        arguments += ["--setenv", name, value]
    return tuple(arguments)
