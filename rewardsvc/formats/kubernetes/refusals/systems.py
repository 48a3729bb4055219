"""What the API server refuses of a pod by its operating system, devices and kernel parameters."""

import re

from rewardsvc.formats.kubernetes.refusals.examples import pod
from rewardsvc.formats.kubernetes.refusals.finders.systems import (
    blocks,
    claims,
    host_processes,
    of_host,
    of_system,
)
from rewardsvc.formats.kubernetes.refusals.rules import in_containers, in_pods, on, row
from rewardsvc.formats.kubernetes.refusals.values import (
    DNS_LABEL,
    distinct,
    exclusive,
    form,
    requires,
)

_CORE = "kubernetes v1.34 pkg/apis/core/validation/validation.go"
_SEGMENT = r"[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?"
_SYSCTL = (
    re.compile(rf"(?:{_SEGMENT}[./])*{_SEGMENT}"),
    253,
    "a name of a sysctl (lower-case letters, digits, - and _ between dots)",
)
_CLAIM = "persistentVolumeClaim: {claimName: data}"


def _block(source: str) -> str:
    return "# external: PersistentVolumeClaim/data\n" + pod(
        f"volumes: [{{name: data, {source}}}]",
        "volumeDevices: [{name: data, devicePath: /dev/xvda}]",
    )


def _parameter(name: str, more: str = "") -> str:
    return pod(f"{more}securityContext: {{sysctls: [{{name: {name}, value: '1'}}]}}")


def _claiming(name: str, more: str = "resourceClaimTemplateName: gpu") -> str:
    return pod(
        f"resourceClaims: [{{name: gpu, {more}}}]", f"resources: {{claims: [{{name: {name}}}]}}"
    )


SYSTEMS = (
    row(
        "system-field",
        "a pod of Windows has no settings of Linux, one of Linux none of Windows",
        f"{_CORE} validateWindows, validateLinux",
        on(in_pods(""), of_system),
        refused=pod("os: {name: windows}, securityContext: {runAsUser: 1000}"),
        accepted=pod("os: {name: windows}, securityContext: {runAsNonRoot: true}"),
    ),
    row(
        "block-device",
        "a block device is of a claim, and not mounted as well",
        f"{_CORE} ValidateVolumeDevices",
        on(in_pods(""), blocks),
        on(in_containers("volumeDevices"), distinct("two devices at {!r}", "devicePath")),
        on(in_containers("volumeDevices.*"), requires("devicePath", "name")),
        refused=_block("emptyDir: {}"),
        accepted=_block(_CLAIM),
    ),
    row(
        "container-claim",
        "a container's claims are of the pod's resourceClaims",
        f"{_CORE} validateResourceClaimNames",
        on(in_pods(""), claims),
        refused=_claiming("fpga"),
        accepted=_claiming("gpu"),
    ),
    row(
        "pod-claim",
        "a pod's resourceClaims have names of their own, and are of a claim or of a template",
        f"{_CORE} validatePodResourceClaim",
        on(
            in_pods("resourceClaims.*"),
            exclusive("resourceClaimName", "resourceClaimTemplateName", needed=True),
        ),
        on(in_pods("resourceClaims"), distinct("two claims of the name {!r}", "name")),
        on(in_pods("resourceClaims.*.name"), form(DNS_LABEL)),
        refused=_claiming("gpu", "resourceClaimTemplateName: gpu, resourceClaimName: one"),
        accepted=_claiming("gpu"),
    ),
    row(
        "sysctl-name",
        "the name of a sysctl is in lower case",
        f"{_CORE} IsValidSysctlName",
        on(in_pods("securityContext.sysctls.*.name"), form(_SYSCTL)),
        refused=_parameter("Net.Core.somaxconn"),
        accepted=_parameter("net.core.somaxconn"),
    ),
    row(
        "sysctl-of-host",
        "a pod that shares the node's network or IPC does not set its parameters",
        f"{_CORE} ValidateHostSysctl",
        on(in_pods(""), of_host),
        refused=_parameter("net.core.somaxconn", "hostNetwork: true, "),
        accepted=_parameter("kernel.shm_rmid_forced", "hostNetwork: true, "),
    ),
    row(
        "host-process",
        "a container that is a process of the host shares its network",
        f"{_CORE} validateWindowsHostProcessPod",
        on(in_pods(""), host_processes),
        refused=pod("", "securityContext: {windowsOptions: {hostProcess: true}}"),
        accepted=pod("hostNetwork: true", "securityContext: {windowsOptions: {hostProcess: true}}"),
    ),
)
"""Rows about operating systems, devices and kernel parameters of pods."""
