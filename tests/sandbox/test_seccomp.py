"""The filters forbid what they are for and nothing else."""

import errno
import os
import platform
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.bubblewrap.seccomp import (
    CLONE_NEWUSER,
    MACHINES,
    no_side_doors,
    no_user_namespaces,
    nothing_for_the_next,
)

_TRY = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
number, *arguments = map(int, sys.argv[1:])
pid = os.getpid()
result = libc.syscall(number, *map(ctypes.c_ulong, arguments))
if result == 0 and os.getpid() != pid:
    os._exit(0)
print(0 if result >= 0 else ctypes.get_errno())
"""
_CLONE_NEWUTS = 0x04000000


def _evaluate(program: bytes, arch: int, number: int, argument: int) -> int:
    """Run the filter on one call as the kernel would (classic BPF, the instructions used here)."""
    data = struct.pack("=iIQ6Q", number, arch, 0, argument, 0, 0, 0, 0, 0)
    instructions = list(struct.iter_unpack("=HBBI", program))
    at, value = 0, 0
    while True:
        code, jump_true, jump_false, k = instructions[at]
        at += 1
        if code == 0x20:
            value = struct.unpack_from("=I", data, k)[0]
        elif code == 0x06:
            return int(k)
        else:
            holds = {0x15: value == k, 0x35: value >= k, 0x45: bool(value & k)}[code]
            at += jump_true if holds else jump_false


_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000


@pytest.mark.parametrize("machine", MACHINES)
def test_what_it_says_of_each_call(machine: str) -> None:
    program, numbers = no_user_namespaces(machine), MACHINES[machine]
    assert program is not None
    cases = [
        (numbers.clone, CLONE_NEWUSER | 17, _ERROR | errno.EPERM),
        (numbers.unshare, CLONE_NEWUSER, _ERROR | errno.EPERM),
        (numbers.unshare, CLONE_NEWUSER | _CLONE_NEWUTS, _ERROR | errno.EPERM),
        (numbers.unshare, _CLONE_NEWUTS, _ALLOW),
        (numbers.clone, 17, _ALLOW),
        (numbers.clone3, 0, _ERROR | errno.ENOSYS),
        (0x40000000 + numbers.clone, CLONE_NEWUSER, _ERROR | errno.ENOSYS),
        (0, CLONE_NEWUSER, _ALLOW),
    ]
    for number, argument, verdict in cases:
        assert _evaluate(program, numbers.audit_arch, number, argument) == verdict
    assert _evaluate(program, 0x40000003, numbers.clone, 17) == _KILL


@pytest.mark.parametrize("machine", MACHINES)
def test_what_lasts_is_closed_and_the_rest_open(machine: str) -> None:
    program, numbers = nothing_for_the_next(machine), MACHINES[machine]
    assert program is not None
    closed = {*numbers.lasting, numbers.socket}
    for number in range(600):
        verdict = _ERROR | errno.ENOSYS if number in closed else _ALLOW
        assert _evaluate(program, numbers.audit_arch, number, 1) == verdict, number
        assert _evaluate(program, numbers.audit_arch, 0x40000000 + number, 1) != _ALLOW
    assert _evaluate(program, 0x40000003, 0, 0) == _KILL


@pytest.mark.parametrize("machine", MACHINES)
def test_side_doors_are_closed_and_the_others_open(machine: str) -> None:
    program, numbers = no_side_doors(machine), MACHINES[machine]
    assert program is not None
    closed = {*numbers.closed, *numbers.others, 425, 426, 427, 438, 440}
    for number in range(600):
        if number in {numbers.socket, numbers.prlimit64}:
            continue
        verdict = _ERROR | errno.ENOSYS if number in closed else _ALLOW
        assert _evaluate(program, numbers.audit_arch, number, 1) == verdict, number
        assert _evaluate(program, numbers.audit_arch, 0x40000000 + number, 1) != _ALLOW
    for family in range(64):
        verdict = _ALLOW if family in {1, 2, 10, 16} else _ERROR | errno.EAFNOSUPPORT
        assert _evaluate(program, numbers.audit_arch, numbers.socket, family) == verdict
    for process in (0, 1, 2, 2**31, 2**32 - 1):
        verdict = _ALLOW if process == 0 else _ERROR | errno.EPERM
        assert _evaluate(program, numbers.audit_arch, numbers.prlimit64, process) == verdict
    assert _evaluate(program, 0x40000003, 20, 1) == _KILL


def test_there_is_none_for_an_unknown_machine() -> None:
    assert no_side_doors("vax") is None
    assert no_user_namespaces("vax") is None


@pytest.mark.skipif(platform.machine() not in MACHINES, reason="no filter for this machine")
def test_the_kernel_takes_it(tmp_path: Path) -> None:
    program = no_user_namespaces()
    assert program is not None
    numbers = MACHINES[platform.machine()]
    filter_file = tmp_path / "filter"
    filter_file.write_bytes(program)

    def tried(number: int, *arguments: int) -> str:
        with filter_file.open("rb") as file:
            os.set_inheritable(file.fileno(), True)
            launcher = ("bwrap", "--dev-bind", "/", "/", "--seccomp", str(file.fileno()), "--")
            done = subprocess.run(
                (*launcher, sys.executable, "-c", _TRY, str(number), *map(str, arguments)),
                capture_output=True,
                text=True,
                pass_fds=(file.fileno(),),
                check=False,
            )
        return done.stdout.strip() or done.stderr

    assert tried(numbers.unshare, CLONE_NEWUSER) == str(errno.EPERM)
    assert tried(numbers.clone, CLONE_NEWUSER | 17, 0, 0, 0, 0) == str(errno.EPERM)
    assert tried(numbers.clone3, 0, 0) == str(errno.ENOSYS)
    assert tried(numbers.unshare, 0) == "0"
