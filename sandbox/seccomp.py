"""A system-call filter that keeps a program from making user namespaces, as bytes for bwrap.

bwrap's own way (``--disable-userns``) writes a sysctl, which is read-only in a container. A
program in a box has no capabilities, but in a user namespace of its own it would have them all,
and with them the parts of the kernel that only root reaches. The filter is classic BPF over
``struct seccomp_data`` (seccomp(2)); flags in memory, as clone3 has them, cannot be looked at, so
clone3 does not exist in such a box, and libraries fall back to clone.
"""

import errno
import platform
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
    clone3: int = 435


MACHINES: Mapping[str, Numbers] = {
    "x86_64": Numbers(audit_arch=0xC000003E, clone=56, unshare=272),
    "aarch64": Numbers(audit_arch=0xC00000B7, clone=220, unshare=97),
}

_X32 = 0x40000000
"""x86-64 has every call a second time above this number; nothing of ours uses them."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _ERROR, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000


def no_user_namespaces(machine: str = "") -> bytes | None:
    """The filter for this kind of machine (or the one that is named); None where there is none."""
    numbers = MACHINES.get(machine or platform.machine())
    if numbers is None:
        return None
    program = (
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
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
