"""What an API server fills in where a manifest says nothing, as far as checks ask for it.

Kubernetes 1.34 pkg/apis/*/v1/defaults.go. A default that hangs on another field (a pull policy on
the image's tag) is not here.
"""

import re
from collections.abc import Mapping

CONTAINER = "container"
"""In place of a kind: of every container."""

PROBES = ("livenessProbe", "readinessProbe", "startupProbe")

_TEMPLATED = "Deployment StatefulSet DaemonSet ReplicaSet"
_PROBE = rf"(?:{'|'.join(PROBES)})\."

_DEFAULTS: Mapping[str, Mapping[str, object]] = {
    "Deployment StatefulSet ReplicaSet ReplicationController": {r"spec\.replicas": 1},
    "Deployment": {
        r"spec\.strategy\.type": "RollingUpdate",
        r"spec\.revisionHistoryLimit": 10,
        r"spec\.progressDeadlineSeconds": 600,
        r"spec\.minReadySeconds": 0,
        r"spec\.paused": False,
    },
    "StatefulSet": {r"spec\.podManagementPolicy": "OrderedReady"},
    "StatefulSet DaemonSet": {r"spec\.updateStrategy\.type": "RollingUpdate"},
    "Service": {
        r"spec\.type": "ClusterIP",
        r"spec\.sessionAffinity": "None",
        r"spec\.ports\[\d+\]\.protocol": "TCP",
    },
    "Job": {
        r"spec\.completions": 1,
        r"spec\.parallelism": 1,
        r"spec\.backoffLimit": 6,
        r"spec\.completionMode": "NonIndexed",
        r"spec\.suspend": False,
    },
    "CronJob": {
        r"spec\.concurrencyPolicy": "Allow",
        r"spec\.suspend": False,
        r"spec\.successfulJobsHistoryLimit": 3,
        r"spec\.failedJobsHistoryLimit": 1,
    },
    "HorizontalPodAutoscaler": {r"spec\.minReplicas": 1},
    "PersistentVolumeClaim": {r"spec\.volumeMode": "Filesystem"},
    f"Pod {_TEMPLATED}": {
        r"(?:spec\.template\.)?spec\.restartPolicy": "Always",
        r"(?:spec\.template\.)?spec\.dnsPolicy": "ClusterFirst",
        r"(?:spec\.template\.)?spec\.terminationGracePeriodSeconds": 30,
        r"(?:spec\.template\.)?spec\.hostNetwork": False,
    },
    CONTAINER: {
        r"ports\[\d+\]\.protocol": "TCP",
        rf"{_PROBE}periodSeconds": 10,
        rf"{_PROBE}timeoutSeconds": 1,
        rf"{_PROBE}successThreshold": 1,
        rf"{_PROBE}failureThreshold": 3,
        rf"{_PROBE}initialDelaySeconds": 0,
        rf"{_PROBE}httpGet\.scheme": "HTTP",
        r"volumeMounts\[\d+\]\.readOnly": False,
    },
}
"""By kinds, patterns of paths and what is there by itself."""


def is_default(kind: str, path: str, value: object) -> bool:
    """Whether a value is what is there where a resource of a kind says nothing at a path."""
    return any(
        type(default) is type(value) and default == value and re.fullmatch(pattern, path)
        for kinds, defaults in _DEFAULTS.items()
        if kind in kinds.split()
        for pattern, default in defaults.items()
    )
