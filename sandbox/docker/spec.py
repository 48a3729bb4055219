"""What a container is like, in the words of the engine's API. Pure: nothing is opened or run.

Mounts and limits are fixed when a container is made, so a warm one serves only commands of its
own :class:`Shape`. Field names are those of the Docker Engine API 1.41, ``ContainerCreate``.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from sandbox.base import BOX_ID, DESCRIPTORS, PAGE, STACK_BYTES, WORK, Bind, Command, Service

KEEPER_ID = 60998
"""User and group of what keeps a container alive: not that of the programs, so that none of
them can signal or trace it. As :data:`BOX_ID`, an identity that systemd's table lists as unused."""

KEEPER = ("sh", "-c", "read end")
"""Ends when we close its standard input, or die: then the container ends, and removes itself."""

OWN_TASKS = 11
"""The init, the keeper, the shell around a step, and eight threads that runc has for an instant
while it puts a step into the container."""

CORES = 2.0
"""Processors that one command may keep busy at once."""

MASKED = (
    "/proc/acpi",
    "/proc/asound",
    "/proc/interrupts",
    "/proc/kallsyms",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/sys",
)
"""Hidden from programs: what tells of the machine. Docker hides part of it by itself."""

READ_ONLY = (
    "/proc/bus",
    "/proc/fs",
    "/proc/irq",
    "/proc/sys",
    "/proc/sysrq-trigger",
)

_PRIVATE = ("/root", "/home")
"""Homes of the image's own users, which programs may not enter. Where something of the host is to
be seen below one of them, an empty folder that they may enter lies there instead."""

_BESIDE_USR = {"usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"}


@dataclass(frozen=True, slots=True)
class Shape:
    """All of a command that its container must be made for."""

    binds: tuple[Bind, ...]
    memory_bytes: int
    processes: int
    file_bytes: int
    cpu_seconds: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all containers of a sandbox share."""

    image: str
    profile: str
    """The seccomp profile, as JSON."""
    cores: float
    labels: Mapping[str, str]


def shape_of(command: Command) -> Shape:
    """The shape of the containers that can run a command."""
    limits = command.limits
    return Shape(
        binds=tuple(bind for bind in command.binds if not of_the_image(bind.target)),
        memory_bytes=limits.memory_bytes,
        processes=limits.processes,
        file_bytes=max(PAGE, limits.file_bytes),
        cpu_seconds=max(1, math.ceil(limits.cpu_seconds)),
    )


def of_the_image(target: str) -> bool:
    """Whether the image has a system of its own there, which binds do not replace."""
    return PurePosixPath(target).parts[1] in _BESIDE_USR


def worker(shape: Shape, around: Surroundings) -> dict[str, Any]:
    """A container that idles until programs are put into it."""
    room = f"rw,exec,nosuid,nodev,size={shape.file_bytes},mode=0700,uid={BOX_ID},gid={BOX_ID}"
    cpu = shape.cpu_seconds
    limits = {
        "core": (0, 0),
        "cpu": (cpu, cpu + 1),
        "fsize": (shape.file_bytes, shape.file_bytes),
        "nofile": DESCRIPTORS,
        "stack": (STACK_BYTES, STACK_BYTES),
    }
    config = _container(around, shape.binds, shape.memory_bytes, shape.processes)
    config["HostConfig"]["Tmpfs"] |= {WORK: room, "/tmp": room}
    config["HostConfig"] |= {
        "ShmSize": shape.file_bytes,
        "NanoCpus": int(around.cores * 1e9),
        "Ulimits": _ulimits(limits),
    }
    return config


def service(wanted: Service, around: Surroundings) -> dict[str, Any]:
    """A container that idles until a service is put into it; it may write in one folder of ours.

    Its own limits of memory, processes, descriptors and stack; of no other, for it has no end of
    its own either.
    """
    folder = str(wanted.folder)
    config = _container(around, wanted.binds, wanted.memory_bytes, wanted.processes)
    config["HostConfig"]["Mounts"].append(
        {"Type": "bind", "Source": folder, "Target": folder, "ReadOnly": False}
    )
    config["HostConfig"]["Tmpfs"] |= {
        "/tmp": "rw,exec,nosuid,nodev,mode=1777",
        **_entered([folder]),
    }
    limits = {"nofile": (DESCRIPTORS[1],) * 2, "stack": (STACK_BYTES, STACK_BYTES)}
    config["HostConfig"]["Ulimits"] = _ulimits(limits)
    return config


def _ulimits(limits: Mapping[str, tuple[int, int]]) -> list[dict[str, Any]]:
    return [{"Name": name, "Soft": soft, "Hard": hard} for name, (soft, hard) in limits.items()]


def _entered(targets: Sequence[str]) -> dict[str, str]:
    """The empty folders instead of :data:`_PRIVATE` ones, in the words of mount(8).

    runc gives them the mode of what they cover, so they belong to the program, and are read-only.
    """
    below = [place for place in _PRIVATE if any(each.startswith(f"{place}/") for each in targets)]
    return dict.fromkeys(below, f"ro,nosuid,nodev,noexec,size=4096,uid={BOX_ID},gid={BOX_ID}")


def _container(
    around: Surroundings, binds: Sequence[Bind], memory_bytes: int, processes: int
) -> dict[str, Any]:
    return {
        "Image": around.image,
        "Entrypoint": [],
        "Cmd": list(KEEPER),
        "User": f"{KEEPER_ID}:{KEEPER_ID}",
        "OpenStdin": True,
        "StdinOnce": True,
        "WorkingDir": "/",
        "Hostname": "box",
        "Labels": dict(around.labels),
        "NetworkDisabled": True,
        "StopSignal": "SIGKILL",
        "Healthcheck": {"Test": ["NONE"]},
        "HostConfig": {
            "AutoRemove": True,
            "Init": True,
            "NetworkMode": "none",
            "IpcMode": "private",
            "CgroupnsMode": "private",
            "ReadonlyRootfs": True,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges", f"seccomp={around.profile}"],
            "MaskedPaths": list(MASKED),
            "ReadonlyPaths": list(READ_ONLY),
            "LogConfig": {"Type": "none"},
            "Memory": memory_bytes,
            "MemorySwap": memory_bytes,  # of both together: no swap
            "Tmpfs": _entered([bind.target for bind in binds]),
            "PidsLimit": processes + OWN_TASKS,
            # `Mounts`, not `Binds`: the engine makes a missing source of the latter.
            "Mounts": [
                {
                    "Type": "bind",
                    "Source": str(bind.source),
                    "Target": bind.target,
                    "ReadOnly": True,
                }
                for bind in binds
                if not of_the_image(bind.target)
            ],
        },
    }
