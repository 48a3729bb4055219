"""What a box looks like from inside, as arguments for bwrap. Pure: nothing is opened or run.

bwrap reads them from its command line (namespaces; all of a service) and from a file
(:func:`contents`: mounts, environment, the command's own files).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from sandbox.base import WORK, Bind, Command, Limits, Service

MAX_FILES = 512
"""Each file takes a descriptor of ours while bwrap is started; bwrap takes 9000 arguments."""

SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
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

PROC = ("--proc", "/proc")
NO_PROC = ("--dir", "/proc")
"""In place of it where none can be mounted (see ``nesting``): an empty, read-only directory."""

PAGE = 4096

_BESIDE_USR = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")


def system(root: Path = Path("/")) -> tuple[str, ...]:
    """Arguments for the directories beside ``/usr`` that programs are linked against.

    Links into ``/usr`` on most systems, directories of their own on others.
    """
    arguments: list[str] = []
    for name in _BESIDE_USR:
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
    (of :func:`checked_files`) to open descriptors, ``stdin`` is that of :data:`STDIN_FILE`.
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
        if _of_the_system(bind.target):
            continue  # checked: it is what lies there already
        arguments += ["--ro-bind", str(bind.source), bind.target]
    return (*arguments, *CLOSED)


def service(base: Sequence[str], wanted: Service) -> tuple[str, ...]:
    """Arguments for the whole box of a service."""
    arguments = [*base, *PROGRAMS, "--dev", "/dev", "--tmpfs", "/tmp"]
    for bind in wanted.binds:
        if not _of_the_system(bind.target):
            arguments += ["--ro-bind", str(bind.source), bind.target]
    folder = str(wanted.folder)
    arguments += ["--bind", folder, folder, "--chdir", "/tmp", *CLOSED]
    for name, value in {"PATH": SEARCH_PATH, "HOME": "/tmp", **wanted.env}.items():
        arguments += ["--setenv", name, value]
    return tuple(arguments)


def kept(base: Sequence[str], binds: Sequence[Bind]) -> tuple[str, ...]:
    """Arguments for the whole box that stateless commands share: nothing in it can be written.

    ``base`` is without ``/proc``, which would show more of the launcher than a program needs.
    """
    arguments = [*base, *PROGRAMS, "--dev", "/dev", "--remount-ro", "/dev/pts"]
    arguments += ["--remount-ro", "/dev"]
    for path in ("/proc", "/tmp", WORK):
        arguments += ["--dir", path]
    for bind in binds:
        if not _of_the_system(bind.target):
            arguments += ["--ro-bind", str(bind.source), bind.target]
    arguments += ["--chdir", WORK, *CLOSED, "--as-pid-1"]
    for name, value in {"PATH": SEARCH_PATH, "HOME": WORK}.items():
        arguments += ["--setenv", name, value]
    return tuple(arguments)


def checked_files(files: Mapping[str, bytes], limits: Limits) -> dict[str, bytes]:
    """The files under normal names.

    Raises:
        ValueError: a name is absolute, empty, leaves the work directory, is too long for a file
            system or taken twice (as a file and as a directory too); too many or too large.
    """
    if len(files) > MAX_FILES:
        raise ValueError(f"{len(files)} files; a command may have {MAX_FILES}")
    checked: dict[str, bytes] = {}
    directories: set[PurePosixPath] = set()
    for name, content in files.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
            raise ValueError(f"not a path inside the work directory: {name!r}")
        encoded = [part.encode() for part in path.parts]
        if max(map(len, encoded)) > 255 or sum(map(len, encoded)) + len(encoded) > 3800:
            raise ValueError(f"too long for a path: {name[:80]!r}…")
        if str(path) in checked:
            raise ValueError(f"two files are called {str(path)!r}")
        checked[str(path)] = content
        directories.update(path.parents)
    for name in checked:
        if PurePosixPath(name) in directories:
            raise ValueError(f"{name!r} is both a file and a directory")
    pages = len(directories) + sum(1 + len(content) // PAGE for content in checked.values())
    if checked and pages * PAGE > limits.file_bytes:
        raise ValueError(f"the files do not fit into {limits.file_bytes} bytes")
    return checked


def check_words(command: Command) -> None:
    """See that everything else in a command can be an argument of a program.

    Raises:
        ValueError: no steps, an empty program, a NUL, text that is not Unicode, a step's name
            twice, or a target that is not an absolute path.
    """
    if not command.steps or not all(step.argv and step.argv[0] for step in command.steps):
        raise ValueError("a command needs at least one step, and a step a program")
    if len({step.name for step in command.steps}) < len(command.steps):
        raise ValueError("two steps have the same name")
    words = [word for step in command.steps for word in step.argv]
    words += [part for pair in command.env.items() for part in pair]
    words += [part for bind in command.binds for part in (str(bind.source), bind.target)]
    for word in words:
        word.encode()
        if "\0" in word:
            raise ValueError(f"a NUL in {word!r}")
    if any(not name or "=" in name for name in command.env):
        raise ValueError("a variable of the environment has no name, or one with '='")
    for bind in command.binds:
        _check_target(bind)


def _check_target(bind: Bind) -> None:
    target = PurePosixPath(bind.target)
    if not target.is_absolute() or ".." in target.parts or target == PurePosixPath("/"):
        raise ValueError(f"not a place for a bind: {bind.target!r}")
    if _of_the_system(bind.target) and bind.source != Path(bind.target):
        raise ValueError(f"{bind.target!r} belongs to the system; bind {bind.source} elsewhere")


def _of_the_system(target: str) -> bool:
    """Whether a box has the host's own file there."""
    return PurePosixPath(target).parts[1] in {"usr", *_BESIDE_USR}
