"""The first process of a reusable box: starts one program after the other and ends each whole.

``launcher.py DESCRIPTOR [LENT …]``: a SOCK_SEQPACKET socket, and what to close. It says ``ready``;
then a message is an order, a JSON object with ``argv`` and ``env`` beside three descriptors
(standard input, output, error) for the program. The answer, JSON too, comes when no process but
this one is left in the box: ``code`` (128 + n where signal n ended the program), ``own``, the CPU
seconds that this process has used since it began; or ``absent``, why there is no such program.

Nothing of ours is imported: this file alone is in the box. It never reads what programs are given
or write, so it has nothing to tell the next one. What programs could do to it, having its identity,
is closed: as the first process of its namespace it does not die of their signals, its memory and
descriptors are not to be looked into (PR_SET_DUMPABLE), and the calls that change another process's
limits and priorities are filtered (``seccomp``).
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from typing import Any

_PR_SET_DUMPABLE = 4
_LARGEST_ORDER = 1 << 20


def main(descriptor: int, lent: Sequence[int]) -> None:
    """Take orders until the other side is gone. ``lent``: what bwrap was, and programs are not."""
    for each in lent:
        with contextlib.suppress(OSError):  # bwrap has closed some
            os.close(each)
    os.set_inheritable(descriptor, False)
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
        # Python handles or ignores them: programs would inherit that, and an interrupt end us.
        signal.signal(number, signal.SIG_DFL)
    with socket.socket(fileno=descriptor) as orders:
        orders.send(b"ready")
        while True:
            message, given, _, _ = socket.recv_fds(orders, _LARGEST_ORDER, 3)
            if not message:
                return
            for each in given:  # some versions of Python pass no MSG_CMSG_CLOEXEC on
                os.set_inheritable(each, False)
            order = json.loads(message)
            orders.send(json.dumps(_run(order["argv"], order["env"], given)).encode())


def _run(argv: list[str], env: Mapping[str, str], given: Sequence[int]) -> dict[str, Any]:
    streams = [(os.POSIX_SPAWN_DUP2, each, number) for number, each in enumerate(given)]
    try:
        # Not fork(): glibc's spawn shares the memory until the program runs, which is quicker.
        program = os.posix_spawn(argv[0], argv, env, file_actions=streams, setpgroup=0)
    except OSError as error:
        return {"absent": str(error)}
    finally:
        for each in given:
            os.close(each)
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
    main(int(sys.argv[1]), [int(word) for word in sys.argv[2:]])
