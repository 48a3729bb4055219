"""What a reward server holds of the machine, and what is left of it when it is gone."""

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.cgroups import PREFIX, hierarchies
from sandbox.processes import descendants

_MEMORY = re.compile(r"^VmRSS:\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Held:
    """What a server that is idle holds; numbers of things, and its own resident bytes."""

    processes: int
    descriptors: int
    threads: int
    groups: int
    sockets: int
    mounts: int
    files: int
    memory_bytes: int

    @classmethod
    def by(cls, pid: int, folder: Path) -> "Held":
        """Of the server with this process id, whose temporary files lie in ``folder``."""
        proc = Path(f"/proc/{pid}")
        found = _MEMORY.search((proc / "status").read_text())
        return cls(
            processes=sum(1 for _ in descendants(pid)) - 1,
            descriptors=sum(1 for _ in (proc / "fd").iterdir()),
            threads=sum(1 for _ in (proc / "task").iterdir()),
            groups=len(groups(pid)),
            sockets=len(sockets(folder)),
            mounts=len(mounts(proc)),
            files=sum(1 for _ in folder.rglob("*")),
            memory_bytes=int(found[1]) * 1024 if found else 0,
        )


class Witness:
    """Remembers every process that was seen below a server, also those that broke away since."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._seen: set[tuple[int, str]] = set()

    def look(self) -> None:
        """Note who is there now."""
        for pid in list(descendants(self._pid)):
            if began := _began(pid):
                self._seen.add((pid, began))

    def __len__(self) -> int:
        return len(self._seen)

    def alive(self) -> list[int]:
        """Those that still run."""
        return sorted(pid for pid, began in self._seen if _began(pid) == began)


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a server."""

    processes: tuple[str, ...]
    groups: tuple[str, ...]
    sockets: tuple[str, ...]
    mounts: tuple[str, ...]
    files: tuple[str, ...]

    @classmethod
    def of(cls, pid: int, folder: Path, witness: Witness, mounts_before: frozenset[str]) -> "Left":
        """Of the server that had this process id."""
        living = {*witness.alive(), *_naming(folder)}
        return cls(
            processes=tuple(_words(pid) for pid in sorted(living)),
            groups=tuple(map(str, groups(pid))),
            sockets=tuple(sockets(folder)),
            mounts=tuple(sorted(mounts(Path("/proc/self")) - mounts_before)),
            files=tuple(str(path) for path in folder.rglob("*")),
        )

    def __bool__(self) -> bool:
        return any((self.processes, self.groups, self.sockets, self.mounts, self.files))

    def __str__(self) -> str:
        parts = [
            f"{len(found)} {name}: {', '.join(found[:4])}"
            for name in ("processes", "groups", "sockets", "mounts", "files")
            if (found := getattr(self, name))
        ]
        return "; ".join(parts) or "nothing"


def groups(pid: int) -> list[Path]:
    """The control groups of a server, in every hierarchy."""
    own = hierarchies(
        Path("/proc/self/cgroup").read_text(), Path("/proc/self/mountinfo").read_text()
    )
    name = f"{PREFIX}{pid}-*"
    return sorted(
        {
            path
            for each in own
            for top in (each.own, each.own.parent)
            for path in (*top.glob(name), *top.glob(f"{name}/run-*"))
        }
    )


def sockets(folder: Path) -> list[str]:
    """The unix sockets that lie in a folder, also those whose file is gone."""
    lines = Path("/proc/net/unix").read_text().splitlines()[1:]
    paths = [line.split(None, 7)[7] for line in lines if len(line.split(None, 7)) == 8]
    return sorted({path for path in paths if path.startswith(f"{folder}/")})


def mounts(proc: Path) -> frozenset[str]:
    """The mount points that a process sees, without those of a container engine beside us."""
    points = [line.split()[4] for line in (proc / "mountinfo").read_text().splitlines()]
    return frozenset(point for point in points if "docker" not in point)


def _naming(folder: Path) -> Iterator[int]:
    """Processes, other than this one, whose arguments name the folder."""
    for path in (each / "cmdline" for each in Path("/proc").glob("[0-9]*")):
        with contextlib.suppress(OSError):
            if str(folder).encode() in path.read_bytes() and path.parent.name != str(os.getpid()):
                yield int(path.parent.name)


def _began(pid: int) -> str:
    """When a process began; "" where it is gone, or waits to be reaped by its parent."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    return ""


def _words(pid: int) -> str:
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
        return f"{pid} {words.decode(errors='replace')[:80]}"
    return str(pid)
