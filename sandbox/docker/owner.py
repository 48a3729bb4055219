"""Whose a container is: labels that say it, and which of them a dead process left behind.

Containers end with the process that made them, as their keeper reads from it; what is swept at
the next start are those that were made and not started when it was killed.
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

LABEL = "assay.sandbox"
"""On every container of ours."""

_PROCESS, _NAMESPACE, _BOOT = "assay.process", "assay.pid-namespace", "assay.boot"
_OPENING = "assay.opening"


def labels() -> dict[str, str]:
    """The labels of what one sandbox of this process makes."""
    return {
        LABEL: "1",
        _OPENING: secrets.token_hex(8),
        _PROCESS: f"{os.getpid()}-{_started(os.getpid())}",
        _NAMESPACE: str(Path("/proc/self/ns/pid").readlink()),
        _BOOT: _boot(),
    }


def filter_of(made: Mapping[str, str]) -> str:
    """What the engine finds exactly the containers with these labels by."""
    return f"{_OPENING}={made[_OPENING]}"


def left_behind(found: Mapping[str, str]) -> bool:
    """Whether the process of these labels is gone. One that we cannot see is not."""
    if found.get(_BOOT) != _boot():
        return True
    if found.get(_NAMESPACE) != str(Path("/proc/self/ns/pid").readlink()):
        return False
    pid, _, started = found.get(_PROCESS, "").partition("-")
    return not pid.isdigit() or _started(int(pid)) != started


def _started(pid: int) -> str:
    """When a process began, in ticks since the start of the machine; "" where it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
