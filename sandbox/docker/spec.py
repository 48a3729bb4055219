"""What a container is like, in the words of the engine's API. Pure: nothing is opened or run.

Mounts and limits are fixed when a container is made, so a warm one serves only commands of its
own :class:`Shape`. Field names are those of the Docker Engine API 1.41, ``ContainerCreate``.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from sandbox.base import WORK, Bind, Command, Limits, Service
from sandbox.layout import PAGE, SEARCH_PATH
from sandbox.namespaces import BOX_ID

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
    limits = {"core": (0, 0), "cpu": (cpu, cpu + 1), "fsize": (shape.file_bytes, shape.file_bytes)}
    config = _container(around, shape.binds, shape.memory_bytes, shape.processes + OWN_TASKS)
    config |= {
        "Cmd": list(KEEPER),
        "User": f"{KEEPER_ID}:{KEEPER_ID}",
        "OpenStdin": True,
        "StdinOnce": True,
    }
    config["HostConfig"] |= {
        "Tmpfs": {WORK: room, "/tmp": room},
        "ShmSize": shape.file_bytes,
        "NanoCpus": int(around.cores * 1e9),
        "Ulimits": [
            {"Name": name, "Soft": soft, "Hard": hard} for name, (soft, hard) in limits.items()
        ],
    }
    return config


def service(wanted: Service, around: Surroundings) -> dict[str, Any]:
    """A container whose program is the service itself."""
    binds = tuple(bind for bind in wanted.binds if not of_the_image(bind.target))
    config = _container(around, binds, wanted.memory_bytes, wanted.processes + OWN_TASKS)
    config |= {
        "Cmd": list(wanted.argv),
        "User": f"{BOX_ID}:{BOX_ID}",
        "Env": [f"{name}={value}" for name, value in _environment(wanted.env, "/tmp").items()],
        "WorkingDir": "/tmp",
        "AttachStdout": True,
        "AttachStderr": True,
    }
    folder = str(wanted.folder)
    config["HostConfig"]["Mounts"].append(
        {"Type": "bind", "Source": folder, "Target": folder, "ReadOnly": False}
    )
    config["HostConfig"]["Tmpfs"] = {"/tmp": f"rw,nosuid,nodev,uid={BOX_ID},gid={BOX_ID}"}
    return config


def step_environment(env: Mapping[str, str], of_the_container: Iterable[str]) -> list[str]:
    """The environment of a step; a name without a value takes away what the image sets."""
    wanted = _environment(env, WORK)
    taken_away = [name for name in of_the_container if name not in wanted]
    return [*taken_away, *(f"{name}={value}" for name, value in wanted.items())]


def _environment(env: Mapping[str, str], home: str) -> dict[str, str]:
    return {"PATH": SEARCH_PATH, "HOME": home, **env}


def _container(
    around: Surroundings, binds: Iterable[Bind], memory_bytes: int, tasks: int
) -> dict[str, Any]:
    return {
        "Image": around.image,
        "Entrypoint": [],
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
            "PidsLimit": tasks,
            # `Mounts`, not `Binds`: the engine makes a missing source of the latter.
            "Mounts": [
                {
                    "Type": "bind",
                    "Source": str(bind.source),
                    "Target": bind.target,
                    "ReadOnly": True,
                }
                for bind in binds
            ],
        },
    }


def limits_of_service(wanted: Service) -> Limits:
    """The limits that a service has in common with commands."""
    return Limits(memory_bytes=wanted.memory_bytes, processes=wanted.processes)
