"""One control group per command: its limits, what it used, and the end of all its processes.

Version 1 (one hierarchy per controller) and version 2 (one for all) behind the same two classes.
A group is only ever made below the one that this process is in (version 2: or beside it), so
the limits that somebody else has put on us go on holding. Formats are those of the kernel's
``Documentation/admin-guide/cgroup-v1/memory.rst``, ``.../pids.rst`` and ``cgroup-v2.rst``.

Where the cpu controller can be had, all groups of a tree together weigh as much as one process for
each core, and each as much as another: sixteen that compute, or one with a hundred processes, keep
neither this server nor their neighbours waiting. (With sixteen that do, on two busy cores and below
a group as a container has it, the server's loop came 10 ms late in the median and 65 at the 99th
percentile; 90 and 330 without.)
"""

import contextlib
import errno
import logging
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.errors import IsolationMissing, SandboxError

PREFIX = "assay-"
"""Every directory of ours begins with this, followed by who its owner is (:func:`name_for`)."""

NEEDED = frozenset({"memory", "pids"})
"""Without these two a command's memory and processes are not bounded."""

_WEIGHTS = {1: (1024, 262_144), 2: (100, 10_000)}
"""By version: the weight that the kernel gives to whoever nobody weighs, and the largest one."""

DYING_SECONDS = 5.0
"""How long the end of a killed owner's processes is waited for; without load it takes no time."""

_LOG = logging.getLogger(__name__)


_ENTER = """\
n=$1; shift
while [ $n -gt 0 ]; do echo 0 >"$1" || exit; shift; n=$((n-1)); done
unset PWD OLDPWD SHLVL
exec "$@"
"""
"""The process that writes a 0 is moved itself; then it becomes the program, with the environment
that it was given."""


class NoControlGroup(IsolationMissing):
    """This process may not make control groups; the message says what is in the way."""


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """A mounted hierarchy and where this process is in it."""

    version: int
    controllers: frozenset[str]
    own: Path


@dataclass(frozen=True, slots=True)
class Spent:
    """What the processes of a group used; None where its controllers cannot tell."""

    cpu_seconds: float | None
    peak_memory_bytes: int | None
    oom_kills: int


def hierarchies(membership: str, mountinfo: str) -> tuple[Hierarchy, ...]:
    """The hierarchies named in ``/proc/self/cgroup`` and mounted as ``/proc/self/mountinfo`` says.

    A mount may show only a part of its hierarchy (in a container); where that part does not hold
    this process, the hierarchy is left out.
    """
    paths: dict[str, str] = {}
    for line in membership.splitlines():
        _, names, path = line.split(":", 2)
        for name in names.split(","):
            paths[name] = path
    found: list[Hierarchy] = []
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ")[:3]
        if kind not in {"cgroup", "cgroup2"}:
            continue
        root, point = before.split(" ")[3:5]
        controllers = frozenset(options.split(",")) & paths.keys()
        keys = [""] if kind == "cgroup2" else sorted(controllers)
        places = [paths[key] for key in keys if key in paths]
        if not places or "/.." in places[0]:
            continue
        relative = os.path.relpath(places[0], root)
        if relative.startswith(".."):
            continue
        version = 2 if kind == "cgroup2" else 1
        found.append(Hierarchy(version, controllers, Path(point, relative)))
    return tuple(found)


class Group:
    """The group of one command. ``directories`` maps a controller to its directory."""

    def __init__(self, version: int, directories: Mapping[str, Path]) -> None:
        self._version = version
        self._directories = dict(directories)
        self._unique = tuple(dict.fromkeys(self._directories.values()))

    def limit(self, memory_bytes: int, processes: int) -> None:
        """Bound the group; swap is not given, where the kernel accounts for it."""
        memory, pids = self._directories["memory"], self._directories["pids"]
        _write(pids / "pids.max", str(processes))
        if self._version == 2:
            _write(memory / "memory.max", str(memory_bytes))
            _write_if_there(memory / "memory.swap.max", "0")
            _write_if_there(memory / "memory.oom.group", "1")
        else:
            _write(memory / "memory.limit_in_bytes", str(memory_bytes))
            _write_if_there(memory / "memory.memsw.limit_in_bytes", str(memory_bytes))

    def entered(self, argv: Sequence[str]) -> tuple[str, ...]:
        """The same command, but it puts itself into the group before it begins.

        Nothing of it ever runs outside. And it is quick: the kernel lets a thread of version 1
        move itself at once, while whoever moves a process waits for 10 ms
        (``cgroup_procs_write_start`` in ``kernel/cgroup/cgroup.c``).
        """
        file = "tasks" if self._version == 1 else "cgroup.procs"
        entrances = [str(directory / file) for directory in self._unique]
        return ("/bin/sh", "-c", _ENTER, "sh", str(len(entrances)), *entrances, *argv)

    def pids(self) -> frozenset[int]:
        """The processes that are alive in the group."""
        found: set[int] = set()
        for directory in self._unique:
            found.update(int(pid) for pid in _read(directory / "cgroup.procs").split())
        return frozenset(found)

    def kill(self) -> bool:
        """Send SIGKILL to every process of the group; False where there was none left.

        One that forks while the list is read is caught by the next call: call until False.
        """
        pids = self.pids()
        if not pids:
            return False
        if self._version == 2 and _write_if_there(self._unique[0] / "cgroup.kill", "1"):
            return True
        for pid in pids:
            # 0 stands for a process of another pid namespace, which none of ours is.
            if pid > 0:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        return True

    def spent(self) -> Spent:
        """What was used so far."""
        memory = self._directories["memory"]
        if self._version == 2:
            cpu = _keyed(_read(self._unique[0] / "cpu.stat")).get("usage_usec")
            return Spent(
                cpu_seconds=None if cpu is None else cpu / 1e6,
                peak_memory_bytes=_number(memory / "memory.peak"),
                oom_kills=_keyed(_read(memory / "memory.events")).get("oom_kill", 0),
            )
        usage = None
        if (cpuacct := self._directories.get("cpuacct")) is not None:
            usage = _number(cpuacct / "cpuacct.usage")
        return Spent(
            cpu_seconds=None if usage is None else usage / 1e9,
            peak_memory_bytes=_number(memory / "memory.max_usage_in_bytes"),
            oom_kills=_keyed(_read(memory / "memory.oom_control")).get("oom_kill", 0),
        )

    def remove(self) -> bool:
        """Remove the group; False where a process that is still dying keeps it."""
        for directory in self._unique:
            try:
                directory.rmdir()
            except FileNotFoundError:
                continue
            except OSError as error:
                if error.errno != errno.EBUSY:
                    raise SandboxError(f"cannot remove the control group {directory}") from error
                return False
        return True


@dataclass(slots=True)
class Tree:
    """Where this process makes groups: ``parents`` maps a controller to a directory of ours."""

    version: int
    parents: Mapping[str, Path]
    _made: int = field(default=0, init=False)

    def create(self, memory_bytes: int, processes: int) -> Group:
        """A new, empty group with these limits.

        Raises:
            SandboxError: it could not be made.
        """
        self._made += 1
        directories = {name: path / f"run-{self._made}" for name, path in self.parents.items()}
        try:
            for directory in dict.fromkeys(directories.values()):
                directory.mkdir()
        except OSError as error:
            for directory in directories.values():
                with contextlib.suppress(OSError):
                    directory.rmdir()
            raise SandboxError(f"cannot make a control group: {error}") from error
        group = Group(self.version, directories)
        try:
            group.limit(memory_bytes, processes)
        except SandboxError:
            group.remove()
            raise
        return group

    def remove(self) -> None:
        """Remove the directory of this process; its groups must be gone, or be about to go.

        Raises:
            SandboxError: one of them is not.
        """
        deadline = time.monotonic() + DYING_SECONDS
        for directory in dict.fromkeys(self.parents.values()):
            _still_busy(directory, deadline)
            try:
                directory.rmdir()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise SandboxError(f"cannot remove the control group {directory}") from error


def name_for(pid: int) -> str:
    """What a directory of the process with this id is called: the id, and where it has that one.

    The same number is another process in another namespace, as in a container beside us.
    """
    return f"{PREFIX}{pid}-{Path('/proc/self/ns/pid').stat().st_ino}"


def open_tree(found: tuple[Hierarchy, ...], name: str, below: Path | None = None) -> Tree:
    """A directory called ``name`` in which groups can be made.

    ``below`` names a version 2 group to work in instead of the one of this process; it must have
    no processes of its own (the kernel's "no internal processes" rule).

    Raises:
        NoControlGroup: there is no place for it; the message says why, for each place tried.
    """
    troubles: list[str] = []
    first = {name: each for each in found if each.version == 1 for name in each.controllers}
    if below is None and first.keys() >= NEEDED:
        wanted = [controller for controller in ("memory", "pids", "cpuacct") if controller in first]
        parents: dict[str, Path] = {each: first[each].own / name for each in wanted}
        made: list[Path] = []
        try:
            for parent in dict.fromkeys(parents.values()):
                _sweep(parent.parent)
                parent.mkdir()
                made.append(parent)
            return Tree(1, {**parents, **_weighed_v1(first.get("cpu"), name)})
        except OSError as error:
            for parent in made:
                parent.rmdir()
            troubles.append(str(error))
    second = [each.own for each in found if each.version == 2]
    places = [below] if below is not None else [place for own in second for place in _near(own)]
    for place in places:
        try:
            return _open_v2(place, name)
        except OSError as error:
            troubles.append(str(error))
    raise NoControlGroup("; ".join(troubles) or "no memory and pids controllers are mounted")


def _weighed_v1(hierarchy: Hierarchy | None, name: str) -> dict[str, Path]:
    """The directory for CPU time, with its weight; none where that cannot be had."""
    if hierarchy is None:
        return {}
    parent = hierarchy.own / name
    try:
        if not parent.exists():  # cpu and cpuacct are often mounted together
            _sweep(parent.parent)
            parent.mkdir()
        (parent / "cpu.shares").write_text(_weight(1))
    except OSError:
        return {}
    return {"cpu": parent}


def _weight(version: int) -> str:
    usual, largest = _WEIGHTS[version]
    return str(min(largest, usual * (os.cpu_count() or 1)))


def _near(own: Path) -> tuple[Path, ...]:
    """Version 2: the own group (a root or an emptied one), else its parent (delegated to us)."""
    return (own, own.parent) if (own.parent / "cgroup.controllers").exists() else (own,)


def _open_v2(place: Path, name: str) -> Tree:
    missing = NEEDED - set(_read(place / "cgroup.controllers").split())
    if missing:
        raise OSError(f"{place} does not offer {' and '.join(sorted(missing))}")
    _sweep(place)
    _enable(place)
    parent = place / name
    parent.mkdir()
    try:
        _enable(parent)
        # A process may only be moved by who may write the common ancestor's list.
        if not os.access(place / "cgroup.procs", os.W_OK):
            raise OSError(f"{place}/cgroup.procs is not writable")
    except OSError:
        parent.rmdir()
        raise
    with contextlib.suppress(OSError):  # where processes run in real time, it is not to be had
        if "cpu" in _read(place / "cgroup.controllers").split():
            for directory in (place, parent):
                _enable(directory, frozenset({"cpu"}))
            (parent / "cpu.weight").write_text(_weight(2))
    return Tree(2, dict.fromkeys(NEEDED, parent))


def _enable(directory: Path, wanted: frozenset[str] = NEEDED) -> None:
    missing = wanted - set(_read(directory / "cgroup.subtree_control").split())
    if missing:
        order = " ".join(f"+{controller}" for controller in sorted(missing))
        (directory / "cgroup.subtree_control").write_text(order)


def _sweep(directory: Path) -> None:
    """Remove what a process that was killed left behind; it can only be empty directories.

    A process that looks dead to others keeps its group until its last thread is gone: that is
    waited for, and what stays for longer is left to the next start.
    """
    deadline = time.monotonic() + DYING_SECONDS
    for stale in directory.glob(f"{PREFIX}*"):
        pid = stale.name.removeprefix(PREFIX).partition("-")[0]
        ours = pid.isdigit() and stale.name.startswith(f"{name_for(int(pid))}-")
        if ours and not Path("/proc", pid).exists():
            for group in _still_busy(stale, deadline):
                _LOG.warning("left to the next start, for it still has processes: %s", group)


def _still_busy(directory: Path, deadline: float) -> list[Path]:
    """Remove a directory and the groups in it; those that still have processes at the deadline.
    On a starved machine the last ones may be dying for a while."""
    found = []
    for group in (*directory.glob("run-*"), directory):
        while (busy := _busy(group)) and time.monotonic() < deadline:
            time.sleep(0.01)
        if busy:
            found.append(group)
    return found


def _busy(directory: Path) -> bool:
    """Remove a group if that can be done; True where it still has something in it."""
    try:
        directory.rmdir()
    except OSError as error:
        return error.errno == errno.EBUSY
    return False


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as error:
        raise SandboxError(f"cannot write {text!r} to {path}: {error.strerror}") from error


def _write_if_there(path: Path, text: str) -> bool:
    """Some files depend on how the kernel was configured."""
    if not path.exists():
        return False
    _write(path, text)
    return True


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _number(path: Path) -> int | None:
    text = _read(path).strip()
    return int(text) if text.isdigit() else None


def _keyed(text: str) -> dict[str, int]:
    """A "flat keyed" file of the kernel: one key and one number a line."""
    pairs = (line.split() for line in text.splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}
