"""What a sandbox promises: the terms of each back end, and a promise that was tried."""

from dataclasses import dataclass

from sandbox.base import Sandbox

NAMESPACES = ("user", "pid", "net", "ipc", "uts", "cgroup", "mnt")

_CONFINED = (
    "user namespaces must be allowed (sysctl user.max_user_namespaces, "
    "kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0; in a "
    "container: --security-opt seccomp=deploy/seccomp.json, and where AppArmor is in force "
    "--security-opt apparmor=unconfined)"
)
_ENGINE = "see that the engine applies the container's settings (docker info, docker inspect)"
BOUNDED = (
    "let this process make control groups (memory and pids; as a systemd service: Delegate=yes), "
    "or use Linux 5.14 or newer, where resource limits bind in user namespaces"
)


@dataclass(frozen=True, slots=True)
class BackEndTerms:
    """What a back end promises where they differ."""

    namespaces: tuple[str, ...] = NAMESPACES
    """Those that are not the host's."""
    hidden: tuple[str, ...] = (
        "/etc/shadow", "/root", "/home", "/run", "/sys", "/var", "/boot", "/srv"
    )  # fmt: skip
    """Paths that do not exist inside."""
    filtered: bool = False
    """Whether a filter of system calls is in force, whatever the kind of machine."""
    shares: bool = True
    """Whether stateless commands may share a box."""
    remedy: str = _CONFINED


_DOCKER = BackEndTerms(
    # An engine that remaps identities has one user namespace for all containers, others none:
    # programs are an ordinary user without capabilities there.
    namespaces=tuple(name for name in NAMESPACES if name != "user"),
    # The rest is the image's own, and the same for everybody.
    hidden=("/sys/kernel", "/sys/fs", "/run/docker.sock", "/var/run/docker.sock"),
    filtered=True,
    shares=False,
    remedy=_ENGINE,
)

_STRICTEST = BackEndTerms()
_TERMS = {"docker": _DOCKER}
"""By the name of the back end."""


def terms_of(sandbox: Sandbox) -> BackEndTerms:
    """What this one has to keep."""
    return _TERMS.get(sandbox.name, _STRICTEST)


@dataclass(frozen=True, slots=True)
class Promise:
    """One thing that a sandbox promises and whether it held when it was tried."""

    name: str
    holds: bool
    detail: str = ""
    """What was seen, and what to do about it, where it does not hold."""
    of_reusable: bool = False
    """Made for the boxes that stateless commands share."""


def that(name: str, holds: bool, otherwise: str) -> Promise:
    """A promise that holds or not, and why it does not."""
    return Promise(name, holds, "" if holds else otherwise)


def no(name: str, found: list[str], what: str, remedy: str) -> Promise:
    """A promise that nothing is found."""
    return Promise(name, not found, f"{what}: {', '.join(found[:8])}; {remedy}" if found else "")
