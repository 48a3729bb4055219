"""What Knative refuses of the revisions that a Service or a Configuration makes."""

from rewardsvc.formats.kubernetes.refusals.examples import resource
from rewardsvc.formats.kubernetes.refusals.finders.revisions import (
    MAX_CONCURRENCY,
    MAX_SECONDS,
    autoscaling,
    images,
    revision_name,
    times,
    variables,
)
from rewardsvc.formats.kubernetes.refusals.rules import at, on, row
from rewardsvc.formats.kubernetes.refusals.values import between, forbids

_SERVING = "Knative Serving v1.20 pkg/apis/serving"
_TEMPLATED = "serving.knative.dev/Service serving.knative.dev/Configuration"
_SPECS = at(_TEMPLATED, "spec.template.spec")
_NOT_HERE = (
    "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "downwardAPI",
    "ephemeral", "fc", "flexVolume", "gcePersistentDisk", "gitRepo", "glusterfs", "hostPath",
    "iscsi", "nfs", "rbd", "vsphereVolume",
)  # fmt: skip


def _service(
    container: str = "image: 'app:1'", spec: str = "", meta: str = "annotations: {}"
) -> str:
    return resource(
        "serving.knative.dev/v1",
        "Service",
        f"spec: {{template: {{metadata: {{{meta}}}, "
        f"spec: {{containers: [{{{container}}}]{spec}}}}}}}",
    )


def _scaled(key: str, value: str) -> str:
    return _service(meta=f"annotations: {{autoscaling.knative.dev/{key}: '{value}'}}")


REVISIONS = (
    row(
        "knative-revision",
        "the name of a revision begins with that of what makes it",
        f"{_SERVING}/v1/service_validation.go, pkg/apis/serving/metadata_validation.go"
        " ValidateRevisionName",
        on(at(_TEMPLATED, ""), revision_name),
        refused=_service(meta="name: other-v1"),
        accepted=_service(meta="name: web-v1"),
    ),
    row(
        "knative-concurrency",
        f"containerConcurrency is 0 to {MAX_CONCURRENCY}",
        f"{_SERVING}/metadata_validation.go ValidateContainerConcurrency"
        " (container-concurrency-max-limit)",
        on(at(_TEMPLATED, "spec.template.spec.containerConcurrency"), between(0, MAX_CONCURRENCY)),
        refused=_service(spec=", containerConcurrency: 2000"),
        accepted=_service(spec=", containerConcurrency: 1000"),
    ),
    row(
        "knative-timeout",
        f"a request lasts for {MAX_SECONDS} seconds at most, and its parts no longer than it",
        f"{_SERVING}/v1/revision_validation.go validateTimeoutSeconds"
        " (max-revision-timeout-seconds)",
        on(at(_TEMPLATED, "spec.template.spec.timeoutSeconds"), between(0, MAX_SECONDS)),
        on(_SPECS, times),
        refused=_service(spec=", timeoutSeconds: 1000"),
        accepted=_service(spec=", timeoutSeconds: 600"),
    ),
    row(
        "knative-variable",
        "variables that Knative sets are not set otherwise",
        f"{_SERVING}/k8s_validation.go reservedEnvVars",
        on(_SPECS, variables),
        refused=_service("image: 'app:1', env: [{name: PORT, value: '80'}]"),
        accepted=_service("image: 'app:1', env: [{name: WEB_PORT, value: '80'}]"),
    ),
    row(
        "knative-image",
        "a container has an image",
        f"{_SERVING}/k8s_validation.go validateContainer",
        on(_SPECS, images),
        refused=_service("image: ''"),
        accepted=_service("image: 'app:1'"),
    ),
    row(
        "knative-volume",
        "a volume is of a kind that is switched on by default",
        f"{_SERVING}/k8s_validation.go validateVolume; config/core/configmaps/features.yaml",
        on(
            at(_TEMPLATED, "spec.template.spec.volumes.*"),
            forbids("Knative does not mount it", *_NOT_HERE),
        ),
        refused=_service(spec=", volumes: [{name: a, hostPath: {path: /srv}}]"),
        accepted=_service(spec=", volumes: [{name: a, emptyDir: {sizeLimit: 1Gi}}]"),
    ),
    row(
        "knative-autoscaling",
        "targets of autoscaling are numbers in their bounds, of a metric that its class has",
        "Knative Serving v1.20 pkg/apis/autoscaling/annotation_validation.go validateFloats,"
        " validateMetric",
        on(at(_TEMPLATED, "spec.template.metadata.annotations"), autoscaling),
        refused=_scaled("target", "-1"),
        accepted=_scaled("target", "0.5"),
    ),
)
"""Rows about revisions."""
