"""The first process of a reusable box: starts one program after the other and ends each whole.

``launcher.py SCRIPT DESCRIPTOR [LENT …]``: a Python script that all programs are ("" for none), a
SOCK_SEQPACKET socket, and what to close. It loads the script and says ``ready``; then a message is
an order, a JSON object with ``argv`` and ``env`` beside three descriptors (standard input, output,
error) for the program. The answer, JSON too, comes when no process but this one is left in the box:
``code`` (128 + n where signal n ended the program), ``own``, the CPU seconds that this process has
used since it began; or ``absent``, why there is no such program. Where there is a script, a program
is a process that is forked and calls its ``main``.

Nothing else of ours is imported: this file and the script are all of it that is in the box. It
never reads what programs are given or write, so it has nothing to tell the next one. What programs
could do to it, having its identity, is closed: as the first process of its namespace it does not
die of their signals, its memory and descriptors are not to be looked into (PR_SET_DUMPABLE), and
the calls that change another process's limits and priorities are filtered (``seccomp``).
"""

import contextlib
import ctypes
import gc
import importlib.util
import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_PR_SET_DUMPABLE = 4
_LARGEST_ORDER = 1 << 20


Main = Callable[[], int]


def main(script: str, descriptor: int, lent: Sequence[int]) -> Main | None:
    """Take orders until the other side is gone. ``lent``: what bwrap was, and programs are not.

    In a process that was forked it gives back what that is to do, with all set up for it.
    """
    for each in lent:
        with contextlib.suppress(OSError):  # bwrap has closed some
            os.close(each)
    os.set_inheritable(descriptor, False)
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
        # Python handles or ignores them: programs would inherit that, and an interrupt end us.
        signal.signal(number, signal.SIG_DFL)
    loaded = _loaded(script) if script else None
    with socket.socket(fileno=descriptor) as orders:
        orders.send(b"ready")
        while True:
            message, given, _, _ = socket.recv_fds(orders, _LARGEST_ORDER, 3)
            if not message:
                return None
            for each in given:  # some versions of Python pass no MSG_CMSG_CLOEXEC on
                os.set_inheritable(each, False)
            order = json.loads(message)
            try:
                program = _begun(order, given, script)
            except OSError as error:
                answer: dict[str, Any] = {"absent": str(error)}
            else:
                if program == 0:
                    return loaded
                answer = _ended(program)
            orders.send(json.dumps(answer).encode())


def _loaded(script: str) -> Main:
    """The ``main`` of a script whose top has run."""
    spec = importlib.util.spec_from_file_location("loaded", script)
    assert spec is not None and spec.loader is not None  # it is a file of Python
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    # What is loaded stays: its pages are shared with the programs for as long as nobody writes.
    gc.collect()
    gc.freeze()
    return module.main  # type: ignore[no-any-return]


def _begun(order: Mapping[str, Any], given: Sequence[int], script: str) -> int:
    """The process of a program; 0 in one that was forked, where all looks as if Python had been
    started for the script."""
    argv, env = order["argv"], order["env"]
    try:
        if not script:
            streams = [(os.POSIX_SPAWN_DUP2, each, number) for number, each in enumerate(given)]
            # Not fork(): glibc's spawn shares the memory until the program runs: it is quicker.
            return os.posix_spawn(argv[0], argv, env, file_actions=streams, setpgroup=0)
        program = os.fork()
        if program == 0:
            os.setpgid(0, 0)
            for number, each in enumerate(given):
                os.dup2(each, number)
            os.environ.clear()
            os.environ.update(env)
            sys.argv = argv[argv.index(script) :]
        return program
    finally:
        for each in given:
            os.close(each)


def _ended(program: int) -> dict[str, Any]:
    """What came of a program, once nothing of it is left."""
    while True:
        ended, status = os.wait()
        if ended == program:
            break
    _end_all()
    code = os.waitstatus_to_exitcode(status)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"code": code if code >= 0 else 128 - code, "own": used.ru_utime + used.ru_stime}


def _end_all() -> None:
    """End what a program left: whoever lost its parent is a child of the first process."""
    while True:
        with contextlib.suppress(ProcessLookupError):  # nobody but zombies
            os.kill(-1, signal.SIGKILL)
        try:
            os.wait()
        except ChildProcessError:
            return


if __name__ == "__main__":
    program = main(sys.argv[1], int(sys.argv[2]), [int(word) for word in sys.argv[3:]])
    if program is not None:
        sys.exit(program())
