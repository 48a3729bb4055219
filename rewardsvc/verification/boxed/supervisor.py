"""Runs a script in a box, ends what it left running, and prints what it did as JSON.

The order (JSON) comes on standard input. Run inside a box, isolated, with nothing but the standard
library, by a command that ``watches`` (:class:`sandbox.base.Command`). Everything that it looks at
was made by a program that may want it to print something else, hence:

- Its standard output is where nobody else can write: no other process has it, and this one is not
  to be traced or looked into by the script, which has the same identity (``PR_SET_DUMPABLE``). In a
  process namespace of its own it is the first process, which no signal of the script ends;
  elsewhere the script can end it, and then there is no answer.
- It says ``began`` on a line before the script runs, and nothing else but the answer, when nothing
  else is alive. Where that is missing behind the line, it is the script's doing or the machine's.
- The script has pipes of its own, of which a bounded part is kept.
- Files are read from a folder that was opened before the script ran, without following links,
  regular files only, and not more than so many.
- Nothing tells the script of us but a process that it cannot look into: our files are gone by then,
  and so is our command line.
"""

import contextlib
import ctypes
import itertools
import json
import os
import selectors
import signal
import stat
import sys
import time
from pathlib import Path
from typing import Any

PR_SET_DUMPABLE, PR_SET_NAME, PR_SET_CHILD_SUBREAPER = 4, 15, 36
BEGAN = "began"
MAX_DESCRIPTORS = 65536
"""No process that starts us has more."""
MAX_ENTRIES = 512
MAX_NAMES = 20_000
"""Of one folder that are put in order; of more, these come first as they lie there."""
MAX_DEPTH = 12
MAX_FILE_BYTES = 64 * 1024
"""Of a file that is shown, unless a program says otherwise."""
MAX_ALL_BYTES = 1024 * 1024
MAX_OUTPUT_BYTES = 64 * 1024
"""Of standard output and of standard error each; the script is not kept waiting for more."""


def main() -> None:
    """Obey the one order: where to run what, with which words, variables and input."""
    order = json.load(sys.stdin.buffer)
    guard()
    folder = lay_out(order)
    answer = run(order["argv"], order["env"], order["folder"], order["stdin"])
    tell(answer | Collected(folder).answer)


def guard() -> None:
    """Keep what we start from reading, tracing or politely ending us; adopt its orphans."""
    libc = ctypes.CDLL(None, use_errno=True)
    hide(libc)
    if libc.prctl(PR_SET_DUMPABLE, 0) or libc.prctl(PR_SET_CHILD_SUBREAPER, 1):
        sys.exit("prctl failed")
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    os.closerange(3, MAX_DESCRIPTORS)


def hide(libc: Any) -> None:
    """Remove our program, which is read by now, and our command line, which anybody may read."""
    Path(sys.argv[0]).unlink()
    libc.prctl(PR_SET_NAME, b"init")
    with contextlib.suppress(OSError):  # a box may have no /proc, and so nobody to read it
        fields = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()
        start, end = (int(fields[number - 3]) for number in (48, 49))  # proc_pid_stat(5)
        ctypes.memset(start, 0, end - start)


def lay_out(order: dict[str, Any]) -> int:
    """Make the folder what the order says; gives a descriptor of it."""
    place = Path(order["folder"])
    place.mkdir(exist_ok=True)
    for path in order["executable"]:
        (place / path).chmod(0o755)
    for path, target in order["links"].items():
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).symlink_to(target)
    return os.open(place, os.O_RDONLY | os.O_DIRECTORY)


def tell(answer: dict[str, Any]) -> None:
    """Print the answer."""
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()


def run(argv: list[str], env: dict[str, str], folder: str, stdin: str) -> dict[str, Any]:
    """Run the script until it exits (the box has its limits); nothing of it is alive afterwards."""
    given = os.memfd_create("stdin")
    os.write(given, stdin.encode())
    os.lseek(given, 0, os.SEEK_SET)
    out, out_writer = os.pipe()
    err, err_writer = os.pipe()
    gate, opener = os.pipe()
    news = ended_children()
    child = os.fork()
    if child == 0:
        os.close(opener)
        os.read(gate, 1)  # until all is said: it may be the last that we do
        become(argv, env, folder, (given, out_writer, err_writer))
    sys.stdout.write(f"{BEGAN}\n")
    sys.stdout.flush()
    for descriptor in (gate, opener):
        os.close(descriptor)
    for descriptor in (given, out_writer, err_writer):
        os.close(descriptor)
    kept = {out: bytearray(), err: bytearray()}
    cut = False
    status: int | None = None
    with selectors.DefaultSelector() as selector:
        for descriptor in (out, err):
            os.set_blocking(descriptor, False)
            selector.register(descriptor, selectors.EVENT_READ)
        selector.register(news, selectors.EVENT_READ)
        while status is None:
            for key, _ in selector.select():
                if key.fd == news:
                    read(news)
                    done, code = os.waitpid(child, os.WNOHANG)
                    status = code if done else None
                elif not (data := read(key.fd)):
                    selector.unregister(key.fd)
                else:
                    cut |= keep(kept[key.fd], data)
    end_all()
    for descriptor, bytes_kept in kept.items():
        while data := read(descriptor):
            cut |= keep(bytes_kept, data)
    return {
        "exit_code": exit_code(status),
        "stdout": text(bytes(kept[out])),
        "stderr": text(bytes(kept[err])),
        "output_cut": cut,
    }


def ended_children() -> int:
    """What can be read from whenever a child has ended.

    A signal's, because containers may have no ``pidfd_open``.
    """
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return reader


def become(argv: list[str], env: dict[str, str], folder: str, streams: tuple[int, ...]) -> None:
    """In the child: be the script, in a session of its own. Does not return."""
    try:
        os.setsid()
        os.chdir(folder)
        for number, descriptor in enumerate(streams):
            os.dup2(descriptor, number)
        os.closerange(3, MAX_DESCRIPTORS)
        for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE):
            signal.signal(each, signal.SIG_DFL)
        os.execve(argv[0], argv, env)
    finally:
        os._exit(127)


def read(descriptor: int) -> bytes:
    """What is there now; b"" at the end, or where there is nothing."""
    try:
        return os.read(descriptor, 65536)
    except BlockingIOError:
        return b""


def keep(kept: bytearray, data: bytes) -> bool:
    """Keep what there is room for; True where that was not all."""
    room = max(0, MAX_OUTPUT_BYTES - len(kept))
    kept += data[:room]
    return len(data) > room


def exit_code(status: int) -> int:
    """As a shell reports it: 128 + n for signal n."""
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def end_all() -> None:
    """Kill everything that has our identity, and wait until it is gone: all of it is the script's,
    and comes to us when its parents die."""
    while True:
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        except ChildProcessError:
            return
        time.sleep(0.001)


class Collected:
    """What lies in a folder: ``answer`` has files, modes, links and whether it is all."""

    def __init__(self, folder: int, file_bytes: int = MAX_FILE_BYTES) -> None:
        self.file_bytes = file_bytes
        self.files: dict[str, str | None] = {}
        self.modes: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.folders: list[str] = []
        self.entries = 0
        self.room = MAX_ALL_BYTES
        self.whole = True
        self.walk(folder, "", 0)
        self.answer = {
            "files": self.files,
            "modes": self.modes,
            "links": self.links,
            "folders": self.folders,
            "files_cut": not self.whole,
        }

    def walk(self, folder: int, prefix: str, depth: int) -> None:
        """One folder, in the order of names; those that cannot be entered are only named."""
        try:
            with os.scandir(folder) as found:
                names = [each.name for each in itertools.islice(found, MAX_NAMES)]
        except OSError:
            return
        for name in sorted(names):
            if self.entries == MAX_ENTRIES:
                self.whole = False
                return
            self.entries += 1
            self.entry(folder, name, prefix + text(os.fsencode(name)), depth)

    def entry(self, folder: int, name: str, path: str, depth: int) -> None:
        """One thing in a folder; sockets, pipes and devices do not count."""
        try:
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISLNK(status.st_mode):
                self.links[path] = text(os.fsencode(os.readlink(name, dir_fd=folder)))
            elif stat.S_ISDIR(status.st_mode):
                self.folders.append(path)
                self.modes[path] = oct(stat.S_IMODE(status.st_mode))[2:]
                if depth == MAX_DEPTH:
                    self.whole = False
                    return
                inner = self.open(folder, name, status.st_mode, 0o700, os.O_DIRECTORY)
                try:
                    self.walk(inner, path + "/", depth + 1)
                finally:
                    os.close(inner)
            elif stat.S_ISREG(status.st_mode):
                self.modes[path] = oct(stat.S_IMODE(status.st_mode))[2:]
                self.files[path] = self.content(folder, name, status)
        except OSError:
            self.whole = False

    def content(self, folder: int, name: str, status: os.stat_result) -> str | None:
        """The text of a file; None where it is not UTF-8, has a NUL, or is too large to show."""
        if status.st_size > min(self.file_bytes, self.room):
            return None
        descriptor = self.open(folder, name, status.st_mode, 0o400, 0)
        try:
            data = os.read(descriptor, self.file_bytes)
        finally:
            os.close(descriptor)
        self.room -= len(data)
        try:
            return None if b"\0" in data else data.decode()
        except UnicodeDecodeError:
            return None

    def open(self, folder: int, name: str, mode: int, right: int, flags: int) -> int:
        """Open it, also where the script took our right to from us."""
        if mode & right != right:
            os.chmod(name, right, dir_fd=folder)
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | flags, dir_fd=folder)


def text(data: bytes) -> str:
    """Bytes as text that JSON and UTF-8 can hold."""
    return data.decode("utf-8", "replace")


if __name__ == "__main__":
    main()
