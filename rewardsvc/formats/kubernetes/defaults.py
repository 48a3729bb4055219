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
_INDEX = re.compile(r"\[\d+\]")

_OF_PROBES: Mapping[str, object] = {
    "periodSeconds": 10,
    "timeoutSeconds": 1,
    "successThreshold": 1,
    "failureThreshold": 3,
    "initialDelaySeconds": 0,
    "httpGet.scheme": "HTTP",
}

_DEFAULTS: Mapping[str, Mapping[str, object]] = {
    "Deployment StatefulSet ReplicaSet ReplicationController": {"spec.replicas": 1},
    "Deployment": {
        "spec.strategy.type": "RollingUpdate",
        "spec.revisionHistoryLimit": 10,
        "spec.progressDeadlineSeconds": 600,
        "spec.minReadySeconds": 0,
        "spec.paused": False,
    },
    "StatefulSet": {"spec.podManagementPolicy": "OrderedReady"},
    "StatefulSet DaemonSet": {"spec.updateStrategy.type": "RollingUpdate"},
    "Service": {
        "spec.type": "ClusterIP",
        "spec.sessionAffinity": "None",
        "spec.ports[*].protocol": "TCP",
    },
    "Job": {
        "spec.parallelism": 1,
        "spec.completionMode": "NonIndexed",
        "spec.suspend": False,
    },
    "CronJob": {
        "spec.concurrencyPolicy": "Allow",
        "spec.suspend": False,
        "spec.successfulJobsHistoryLimit": 3,
        "spec.failedJobsHistoryLimit": 1,
    },
    "HorizontalPodAutoscaler": {"spec.minReplicas": 1},
    "PersistentVolumeClaim": {"spec.volumeMode": "Filesystem"},
    f"Pod {_TEMPLATED}": {
        "spec.restartPolicy": "Always",
        "spec.dnsPolicy": "ClusterFirst",
        "spec.terminationGracePeriodSeconds": 30,
        "spec.hostNetwork": False,
    },
    CONTAINER: {
        "ports[*].protocol": "TCP",
        "volumeMounts[*].readOnly": False,
        **{f"{probe}.{path}": value for probe in PROBES for path, value in _OF_PROBES.items()},
    },
}
"""By kinds and paths, what is there by itself; a pod's path is told as of a Pod."""


def is_default(kind: str, path: str, value: object) -> bool:
    """Whether a value is what is there where a resource of a kind says nothing at a path."""
    plain = _INDEX.sub("[*]", path)
    in_pod = plain.removeprefix("spec.template.") if kind in _TEMPLATED.split() else plain
    return any(
        place in defaults
        and type(defaults[place]) is type(value)
        and bool(defaults[place] == value)
        for kinds, defaults in _DEFAULTS.items()
        if kind in kinds.split()
        for place in {plain, in_pod}
    )
