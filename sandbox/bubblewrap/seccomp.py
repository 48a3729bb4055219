"""System-call filters, as bytes for bwrap: classic BPF over ``struct seccomp_data`` (seccomp(2)).

:func:`no_side_doors` is for every box: it closes what no namespace keeps apart. Keys in a keyring
outlive the process that made them, so one completion could leave word for the next, or read what
the server was given; sockets of the machine's supervisor (AF_VSOCK) ignore network namespaces;
and BPF, performance events, userfaultfd and io_uring are parts of the kernel that escapes begin
with and no tool of ours needs. It also closes the calls that look into another process or change
its limits: all that shares a box has one identity, what watches there over an answer too.

:func:`no_user_namespaces` is for a container, where bwrap's own way (``--disable-userns``) fails:
it writes a sysctl, which is read-only there. A program in a box has no capabilities, but in a user
namespace of its own it would have them all, and with them the parts of the kernel that only root
reaches. Flags in memory, as clone3 has them, cannot be looked at, so clone3 does not exist in such
a box, and libraries fall back to clone.

No library: what there is (pyseccomp) calls libseccomp, which no wheel brings, and the longer filter
has 33 instructions.
"""

import errno
import platform
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass

CLONE_NEWUSER = 0x10000000


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a kind of machine calls the system calls in question (``linux/audit.h``, unistd)."""

    audit_arch: int
    clone: int
    unshare: int
    socket: int
    closed: tuple[int, ...]
    """add_key, request_key, keyctl, bpf, perf_event_open, userfaultfd."""
    others: tuple[int, ...]
    """ptrace, process_vm_readv, process_vm_writev, kcmp."""
    lasting: tuple[int, ...]
    """shmget, shmat, shmctl, semget, semop, semctl, semtimedop, msgget, msgsnd, msgrcv, msgctl,
    mq_open, mq_unlink; setpriority, sched_setparam, sched_setscheduler, sched_setaffinity,
    sched_setattr, ioprio_set, migrate_pages, move_pages."""
    prlimit64: int
    clone3: int = 435


# fmt: off
MACHINES: Mapping[str, Numbers] = {
    "x86_64": Numbers(
        0xC000003E, 56, 272, 41, (248, 249, 250, 321, 298, 323), (101, 310, 311, 312),
        (29, 30, 31, 64, 65, 66, 220, 68, 69, 70, 71, 240, 241, 141, 142, 144, 203, 314, 251, 256,
         279),
        302,
    ),
    "aarch64": Numbers(
        0xC00000B7, 220, 97, 198, (217, 218, 219, 280, 241, 282), (117, 270, 271, 272),
        (194, 196, 195, 190, 193, 191, 192, 186, 189, 188, 187, 180, 181, 140, 118, 119, 122, 274,
         30, 238, 239),
        261,
    ),
}
# fmt: on

_IO_URING = (425, 426, 427)
"""io_uring_setup, _enter, _register; new calls have one number everywhere."""

_OF_OTHERS = (438, 440)
"""pidfd_getfd, process_madvise; new calls have one number everywhere."""

_FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK)
"""Sockets that a namespace of the network confines."""

_X32 = 0x40000000
"""x86-64 has every call a second time above this number; nothing of ours uses them."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _ERROR, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000


def no_side_doors(machine: str = "") -> bytes | None:
    """The filter for this kind of machine (or the one that is named); None where there is none."""
    numbers = MACHINES.get(machine or platform.machine())
    if numbers is None:
        return None
    closed = (*numbers.closed, *_IO_URING, *numbers.others, *_OF_OTHERS)
    families = len(_FAMILIES)
    return _assembled(
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, numbers.audit_arch),
        (_RETURN, 0, 0, _KILL_PROCESS),  # its calls have other numbers
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, len(closed) + families + 8, 0, _X32),
        *((_EQUAL, len(closed) - at + families + 7, 0, call) for at, call in enumerate(closed)),
        (_EQUAL, 0, 3, numbers.prlimit64),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_EQUAL, families + 4, 0, 0),  # a process's own limits
        (_RETURN, 0, 0, _ERROR | errno.EPERM),
        (_EQUAL, 0, families + 2, numbers.socket),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        *((_EQUAL, families - at, 0, family) for at, family in enumerate(_FAMILIES)),
        (_RETURN, 0, 0, _ERROR | errno.EAFNOSUPPORT),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERROR | errno.ENOSYS),
    )


def nothing_for_the_next(machine: str = "") -> bytes | None:
    """The filter for this kind of machine (or the one that is named); None where there is none.

    No sockets either: what the network remembers of a connection outlives who made it.
    """
    numbers = MACHINES.get(machine or platform.machine())
    if numbers is None:
        return None
    closed = (*numbers.lasting, numbers.socket)
    return _assembled(
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, numbers.audit_arch),
        (_RETURN, 0, 0, _KILL_PROCESS),  # its calls have other numbers
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, len(closed) + 1, 0, _X32),
        *((_EQUAL, len(closed) - at, 0, call) for at, call in enumerate(closed)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERROR | errno.ENOSYS),
    )


def no_user_namespaces(machine: str = "") -> bytes | None:
    """The filter for this kind of machine (or the one that is named); None where there is none."""
    numbers = MACHINES.get(machine or platform.machine())
    if numbers is None:
        return None
    return _assembled(
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, numbers.audit_arch),
        (_RETURN, 0, 0, _KILL_PROCESS),  # its calls have other numbers
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 6, 0, _X32),
        (_EQUAL, 5, 0, numbers.clone3),
        (_EQUAL, 1, 0, numbers.clone),
        (_EQUAL, 0, 2, numbers.unshare),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_ANY_BIT, 2, 0, CLONE_NEWUSER),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERROR | errno.ENOSYS),
        (_RETURN, 0, 0, _ERROR | errno.EPERM),
    )


def _assembled(*program: tuple[int, int, int, int]) -> bytes:
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
