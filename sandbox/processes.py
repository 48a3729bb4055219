"""What ``/proc`` tells of processes; of those that are gone, nothing."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")


def descendants(pid: int) -> Iterator[int]:
    """A process and all that came from it; those that end meanwhile are passed over."""
    yield pid
    for child in children(pid):
        yield from descendants(child)


def children(pid: int) -> Iterator[int]:
    """The processes that it has started and that live."""
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            yield from map(int, (task / "children").read_text().split())


def state(pid: int) -> str:
    """The letter of proc(5): R, S, T and so on; "X" where it is gone."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return "X"


def resident(pid: int) -> int:
    """Bytes of a process's resident set, 0 where it is gone."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    return 0
