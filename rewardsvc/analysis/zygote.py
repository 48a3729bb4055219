"""The process that readers are forked from: ``zygote.py SOCKET TERMS``.

Run in a box. It has everything loaded that a reader needs, so that one is there within
milliseconds. Each connection is a reader's, for as long as both live; it ends with a
:data:`rewardsvc.analysis.ending.TRAILER`.
"""

import contextlib
import gc
import mmap
import os
import pickle
import select
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rewardsvc.analysis.ending import NO_LENGTH, TRAILER
from rewardsvc.analysis.reader import Terms, work

QUEUE = 64


@dataclass(frozen=True, slots=True)
class _Child:
    connection: socket.socket
    phase: mmap.mmap
    """Shared with the child, so that it can be read when it is gone."""


def main(path: str, terms: Terms) -> None:
    """Serve until killed; the first line says that it does."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    os.chmod(path, 0o777)  # noqa: PTH101 - the server has another identity
    listener.listen(QUEUE)
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    poll.register(told, select.POLLIN)
    children: dict[int, _Child] = {}
    # What is loaded stays: its pages are shared with the children for as long as nobody writes.
    gc.collect()
    gc.freeze()
    print("ready", flush=True)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == listener.fileno():
                connection, _ = listener.accept()
                child = _Child(connection, mmap.mmap(-1, 1))
                pid = os.fork()
                if pid == 0:
                    for inherited in (listener, *(each.connection for each in children.values())):
                        inherited.close()
                    os.close(told)
                    _become_reader(child, terms)
                children[pid] = child
                poll.register(connection, 0)  # POLLHUP alone: nobody waits for it any more
            elif descriptor == told:
                os.read(told, 4096)
                for pid, status, peak_kib in _ended():
                    child = children.pop(pid)
                    poll.unregister(child.connection)
                    _tell(child, status, peak_kib)
            else:
                for pid, child in children.items():
                    if child.connection.fileno() == descriptor:
                        os.kill(pid, signal.SIGKILL)


def _become_reader(child: _Child, terms: Terms) -> None:
    """Does not come back."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        work(child.connection, terms, child.phase)
    finally:
        os._exit(1)


def _ended() -> list[tuple[int, int, int]]:
    found = []
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                break
            found.append((pid, status, usage.ru_maxrss))
    return found


def _tell(child: _Child, status: int, peak_kib: int) -> None:
    """Tell the server how a child ended, after all that it said itself."""
    with contextlib.suppress(OSError):
        trailer = TRAILER.pack(NO_LENGTH, status, peak_kib, child.phase[0])
        child.connection.send(trailer, socket.MSG_DONTWAIT)
        # Children that were forked meanwhile may not have closed theirs yet.
        child.connection.shutdown(socket.SHUT_RDWR)
    child.connection.close()
    child.phase.close()


def serve(arguments: Sequence[str]) -> None:
    """:func:`main` with what the server gave a program of its pool as arguments."""
    path, terms = arguments
    main(path, pickle.loads(Path(terms).read_bytes()))


if __name__ == "__main__":
    serve(sys.argv[1:])
