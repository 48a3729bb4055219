"""What the API server refuses of a pod by its operating system, devices and kernel parameters."""

from collections.abc import Iterator
from typing import Any

from rewardsvc.formats.kubernetes.manifests import mapping, sequence
from rewardsvc.formats.kubernetes.refusals.rules import Problem
from rewardsvc.formats.kubernetes.refusals.values import plain

_LINUX_PODS: tuple[str, ...] = (
    "appArmorProfile", "fsGroup", "fsGroupChangePolicy", "runAsGroup", "runAsUser",
    "seLinuxChangePolicy", "seLinuxOptions", "seccompProfile", "supplementalGroups",
    "supplementalGroupsPolicy", "sysctls",
)  # fmt: skip
_LINUX_CONTAINERS: tuple[str, ...] = (
    "allowPrivilegeEscalation", "appArmorProfile", "capabilities", "privileged", "procMount",
    "readOnlyRootFilesystem", "runAsGroup", "runAsUser", "seLinuxOptions", "seccompProfile",
)  # fmt: skip
_LINUX_SPECS = ("hostIPC", "hostPID", "shareProcessNamespace")
_GROUPS = ("initContainers", "containers")
_OF_BLOCKS = ("ephemeral", "persistentVolumeClaim")
_NETWORK = ("net.", "net/")
_IPC = ("fs.mqueue.", "kernel.msg", "kernel.sem", "kernel.shm")


def of_system(spec: Any) -> Iterator[Problem]:
    """Settings that a pod's operating system does not have."""
    body = mapping(spec)
    system = plain(mapping(body.get("os")).get("name"))
    if system == "windows":
        outer, inner = _LINUX_PODS, _LINUX_CONTAINERS
        for key in _LINUX_SPECS:
            if body.get(key):
                yield (key,), "a pod of Windows does not have it"
    elif system == "linux":
        outer = inner = ("windowsOptions",)
    else:
        return
    for key in outer:
        if mapping(body.get("securityContext")).get(key) is not None:
            yield ("securityContext", key), f"a pod of {system} does not have it"
    for group in _GROUPS:
        for index, each in enumerate(sequence(body.get(group))):
            context = mapping(mapping(each).get("securityContext"))
            for key in inner:
                if context.get(key) is not None:
                    place = (group, index, "securityContext", key)
                    yield place, f"a container of {system} does not have it"


def blocks(spec: Any) -> Iterator[Problem]:
    """Devices of volumes that are none, or that are mounted as well."""
    body = mapping(spec)
    volumes = {
        name: mapping(each)
        for each in sequence(body.get("volumes"))
        if isinstance(name := mapping(each).get("name"), str)
    }
    for group in _GROUPS:
        for index, container in enumerate(sequence(body.get(group))):
            mounted = [
                mapping(each).get("name")
                for each in sequence(mapping(container).get("volumeMounts"))
            ]
            for place, device in enumerate(sequence(mapping(container).get("volumeDevices"))):
                name = mapping(device).get("name")
                volume = volumes.get(name) if isinstance(name, str) else None
                where = (group, index, "volumeDevices", place, "name")
                if volume and not any(volume.get(key) is not None for key in _OF_BLOCKS):
                    yield where, f"the volume {name!r} is no claim: it is no block device"
                elif isinstance(name, str) and name in mounted:
                    yield where, f"the volume {name!r} is mounted as well"


def claims(spec: Any) -> Iterator[Problem]:
    """Devices of claims that the pod does not have."""
    body = mapping(spec)
    names = [mapping(each).get("name") for each in sequence(body.get("resourceClaims"))]
    for group in _GROUPS:
        for index, container in enumerate(sequence(body.get(group))):
            asked = mapping(mapping(container).get("resources")).get("claims")
            for place, each in enumerate(sequence(asked)):
                name = plain(mapping(each).get("name"))
                if name and name not in names:
                    where = (group, index, "resources", "claims", place, "name")
                    yield where, f"no claim in resourceClaims has the name {name!r}"


def of_host(spec: Any) -> Iterator[Problem]:
    """Parameters of the node's network or IPC where a pod shares them."""
    body = mapping(spec)
    shared = {"hostNetwork": _NETWORK, "hostIPC": _IPC}
    set_here = sequence(mapping(body.get("securityContext")).get("sysctls"))
    for index, each in enumerate(set_here):
        name = plain(mapping(each).get("name")) or ""
        for key, beginnings in shared.items():
            if body.get(key) is True and name.startswith(beginnings):
                yield ("securityContext", "sysctls", index, "name"), f"{key} excludes {name}"


def host_processes(spec: Any) -> Iterator[Problem]:
    """Containers that are processes of the host, in a pod that does not share its network."""
    body = mapping(spec)
    if body.get("hostNetwork") is True:
        return
    key = ("securityContext", "windowsOptions", "hostProcess")
    if _within(body, key) is True:
        yield key, "it needs hostNetwork: true"
        return
    for group in _GROUPS:
        for index, container in enumerate(sequence(body.get(group))):
            if _within(container, key) is True:
                yield (group, index, *key), "it needs hostNetwork: true"
                return


def _within(value: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        value = mapping(value).get(key)
    return value
