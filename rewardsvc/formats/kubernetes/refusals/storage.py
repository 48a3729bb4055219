"""What the API server refuses of volumes, claims, classes, ConfigMaps, Secrets and bounds."""

from rewardsvc.formats.kubernetes.quantities import amount
from rewardsvc.formats.kubernetes.refusals.examples import claim, resource
from rewardsvc.formats.kubernetes.refusals.finders.storage import (
    MAX_BYTES,
    access_modes,
    bounds,
    claimed,
    docker_config,
    held,
    key_twice,
    keys_of_type,
    local_volume,
    pod_defaults,
    too_much,
)
from rewardsvc.formats.kubernetes.refusals.pods import VOLUME_SOURCES
from rewardsvc.formats.kubernetes.refusals.rules import Place, at, on, row
from rewardsvc.formats.kubernetes.refusals.values import (
    CONFIG_KEY,
    DNS_SUBDOMAIN,
    base64_text,
    between,
    exclusive,
    form,
    keys_of,
    one_of,
    qualified,
    quantity,
    requires,
    values_of,
)

_CORE = "kubernetes v1.34 pkg/apis/core/validation/validation.go"
_CLASSES = "kubernetes v1.34 pkg/apis/storage/validation/validation.go"
_CLAIMS = (
    *at("PersistentVolumeClaim", "spec"),
    *at("StatefulSet", "spec.volumeClaimTemplates.*.spec"),
    *at("Pod", "spec.volumes.*.ephemeral.volumeClaimTemplate.spec"),
)
_MODES = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")
MAX_PRIORITY = 1_000_000_000
"""``HighestUserDefinablePriority``."""

_OF_VOLUMES = [*VOLUME_SOURCES, "local"]
_SCOPES = ("Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass")


def _below(places: tuple[Place, ...], *path: str) -> tuple[Place, ...]:
    return tuple((kind, (*place, *path)) for kind, place in places)


def _volume(spec: str) -> str:
    return resource(
        "v1",
        "PersistentVolume",
        f"spec: {{capacity: {{storage: 1Gi}}, accessModes: [ReadWriteOnce], {spec}}}",
    )


def _class(more: str) -> str:
    return resource("storage.k8s.io/v1", "StorageClass", f"provisioner: ebs.csi.aws.com\n{more}")


def _secret(kind: str, data: str) -> str:
    return resource("v1", "Secret", f"type: {kind}\n{data}")


def _limits(limit: str) -> str:
    return resource("v1", "LimitRange", f"spec: {{limits: [{{{limit}}}]}}")


_GIG = "accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}"

STORAGE = (
    row(
        "access-modes",
        "accessModes are of ReadWriteOnce, ReadOnlyMany, ReadWriteMany and ReadWriteOncePod",
        f"{_CORE} supportedAccessModes",
        on(
            (*_below(_CLAIMS, "accessModes", "*"), *at("PersistentVolume", "spec.accessModes.*")),
            one_of(*_MODES),
        ),
        refused=claim(_GIG.replace("ReadWriteOnce", "RWO")),
        accepted=claim(_GIG),
    ),
    row(
        "no-access-mode",
        "a volume or claim has an access mode, and ReadWriteOncePod is alone",
        f"{_CORE} ValidatePersistentVolumeClaimSpec, ValidatePersistentVolumeSpec",
        on((*_CLAIMS, *at("PersistentVolume", "spec")), access_modes),
        refused=claim("resources: {requests: {storage: 1Gi}}"),
        accepted=claim(_GIG.replace("ReadWriteOnce", "ReadWriteOncePod")),
    ),
    row(
        "claim-size",
        "a claim asks for storage",
        f"{_CORE} ValidatePersistentVolumeClaimSpec",
        on(_CLAIMS, claimed),
        refused=claim("accessModes: [ReadWriteOnce]"),
        accepted=claim(_GIG),
    ),
    row(
        "storage-size",
        "sizes of storage are quantities of more than 0",
        f"{_CORE} ValidatePositiveQuantityValue",
        on(at("PersistentVolume", "spec.capacity.storage"), quantity(1)),
        on(
            _below(_CLAIMS, "resources", "requests", "storage"),
            lambda value: quantity(1)(value) if amount(value) is not None else (),
        ),
        refused=claim(_GIG.replace("1Gi", "'0'")),
        accepted=claim(_GIG),
    ),
    row(
        "volume-mode",
        "volumeMode is Block or Filesystem",
        f"{_CORE} supportedVolumeModes",
        on(
            (*_below(_CLAIMS, "volumeMode"), *at("PersistentVolume", "spec.volumeMode")),
            one_of("Block", "Filesystem"),
        ),
        refused=claim(f"{_GIG}, volumeMode: FileSystem"),
        accepted=claim(f"{_GIG}, volumeMode: Filesystem"),
    ),
    row(
        "class-name",
        "storageClassName is a DNS-1123 subdomain, or empty",
        f"{_CORE} ValidateClassName",
        on(
            (
                *_below(_CLAIMS, "storageClassName"),
                *at("PersistentVolume", "spec.storageClassName"),
            ),
            lambda value: form(DNS_SUBDOMAIN)(value) if value else (),
        ),
        refused=claim(f"{_GIG}, storageClassName: Fast_SSD"),
        accepted=claim(f"{_GIG}, storageClassName: fast-ssd"),
    ),
    row(
        "capacity",
        "a PersistentVolume says how much it holds",
        f"{_CORE} ValidatePersistentVolumeSpec",
        on(at("PersistentVolume", "spec"), held),
        refused=_volume("hostPath: {path: /srv}").replace("storage: 1Gi", ""),
        accepted=_volume("hostPath: {path: /srv}"),
    ),
    row(
        "reclaim-policy",
        "persistentVolumeReclaimPolicy is Delete, Recycle or Retain",
        f"{_CORE} supportedReclaimPolicy",
        on(
            at("PersistentVolume", "spec.persistentVolumeReclaimPolicy"),
            one_of("Delete", "Recycle", "Retain"),
        ),
        refused=_volume("hostPath: {path: /srv}, persistentVolumeReclaimPolicy: Keep"),
        accepted=_volume("hostPath: {path: /srv}, persistentVolumeReclaimPolicy: Retain"),
    ),
    row(
        "volume-source",
        "a PersistentVolume has one source",
        f"{_CORE} ValidatePersistentVolumeSpec",
        on(at("PersistentVolume", "spec"), exclusive(*_OF_VOLUMES, needed=True)),
        refused=_volume("hostPath: {path: /srv}, nfs: {server: a, path: /srv}"),
        accepted=_volume("nfs: {server: a, path: /srv}"),
    ),
    row(
        "local-volume",
        "a local volume says on which nodes it is; the root of a host is not recycled",
        f"{_CORE} ValidatePersistentVolumeSpec",
        on(at("PersistentVolume", "spec"), local_volume),
        refused=_volume("local: {path: /srv}"),
        accepted=_volume(
            "local: {path: /srv}, nodeAffinity: {required: {nodeSelectorTerms: "
            "[{matchExpressions: [{key: zone, operator: Exists}]}]}}"
        ),
    ),
    row(
        "storage-class",
        "a StorageClass has a provisioner, a qualified name, and policies that the API has",
        f"{_CLASSES} ValidateStorageClass",
        on(at("StorageClass", "reclaimPolicy"), one_of("Delete", "Retain")),
        on(at("StorageClass", "volumeBindingMode"), one_of("Immediate", "WaitForFirstConsumer")),
        on(at("StorageClass", "provisioner"), qualified),
        refused=_class("volumeBindingMode: Later"),
        accepted=_class("volumeBindingMode: WaitForFirstConsumer"),
    ),
    row(
        "data-key",
        "a key of a ConfigMap or Secret has letters, digits, dashes, underscores and dots",
        f"{_CORE} ValidateConfigMap, ValidateSecret",
        on(
            at("ConfigMap Secret", "data", "binaryData", "stringData"),
            keys_of(form(CONFIG_KEY)),
        ),
        refused=resource("v1", "ConfigMap", "data: {conf/app.yaml: a}"),
        accepted=resource("v1", "ConfigMap", "data: {.app_conf.yaml: a}"),
    ),
    row(
        "data-twice",
        "a ConfigMap has a key once, in data or binaryData",
        f"{_CORE} ValidateConfigMap",
        on(at("ConfigMap", ""), key_twice),
        refused=resource("v1", "ConfigMap", "data: {a: b}\nbinaryData: {a: YQ==}"),
        accepted=resource("v1", "ConfigMap", "data: {a: b}\nbinaryData: {b: YQ==}"),
    ),
    row(
        "base64",
        "data of a Secret and binaryData of a ConfigMap are base64",
        "https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/"
        "secret-v1/ (data: byte), Go encoding/json []byte",
        on(at("Secret", "data"), values_of(base64_text)),
        on(at("ConfigMap", "binaryData"), values_of(base64_text)),
        refused=resource("v1", "Secret", "data: {token: not base64!}"),
        accepted=resource("v1", "Secret", "data: {token: dG9rZW4=}"),
    ),
    row(
        "data-size",
        "a ConfigMap or Secret holds 1 MiB at most",
        f"{_CORE} ValidateConfigMap, ValidateSecret",
        on(at("ConfigMap Secret", ""), too_much),
        refused=resource("v1", "ConfigMap", f"data: {{a: {'a' * (MAX_BYTES + 3)}}}"),
        accepted=resource("v1", "ConfigMap", f"data: {{a: {'a' * 1000}}}"),
    ),
    row(
        "secret-keys",
        "a Secret of a type of Kubernetes' own has the keys of that type",
        f"{_CORE} ValidateSecret",
        on(at("Secret", ""), keys_of_type),
        refused=_secret("kubernetes.io/tls", "data: {tls.crt: YQ==}"),
        accepted=_secret("kubernetes.io/tls", "data: {tls.crt: YQ==, tls.key: YQ==}"),
    ),
    row(
        "docker-config",
        "credentials of registries are JSON",
        f"{_CORE} ValidateSecret",
        on(at("Secret", ""), docker_config),
        refused=_secret("kubernetes.io/dockerconfigjson", "data: {.dockerconfigjson: YQ==}"),
        accepted=_secret("kubernetes.io/dockerconfigjson", "data: {.dockerconfigjson: e30=}"),
    ),
    row(
        "limit-type",
        "a LimitRange limits Pods, Containers, PersistentVolumeClaims or a domain's own",
        f"{_CORE} validateLimitRangeTypeName",
        on(
            at("LimitRange", "spec.limits.*.type"),
            lambda value: (
                qualified(value)
                if "/" in str(value)
                else one_of("Container", "PersistentVolumeClaim", "Pod")(value)
            ),
        ),
        refused=_limits("type: Node, max: {cpu: 1}"),
        accepted=_limits("type: Container, max: {cpu: 1}"),
    ),
    row(
        "limit-order",
        "of a LimitRange, min, defaultRequest, default and max follow each other",
        f"{_CORE} ValidateLimitRange",
        on(at("LimitRange", "spec.limits.*"), bounds),
        refused=_limits("type: Container, min: {cpu: 2}, max: {cpu: 500m}"),
        accepted=_limits("type: Container, min: {cpu: 500m}, max: {cpu: 2}"),
    ),
    row(
        "limit-default",
        "limits of Pods have no defaults",
        f"{_CORE} ValidateLimitRange",
        on(at("LimitRange", "spec.limits.*"), pod_defaults),
        refused=_limits("type: Pod, default: {cpu: 1}"),
        accepted=_limits("type: Container, default: {cpu: 1}"),
    ),
    row(
        "quota",
        "a ResourceQuota's amounts are quantities of 0 or more",
        f"{_CORE} ValidateResourceQuotaSpec",
        on(at("ResourceQuota", "spec.hard.*"), quantity(0)),
        on(
            at(
                "LimitRange",
                *(f"spec.limits.*.{key}.*" for key in ("min", "max", "default", "defaultRequest")),
            ),
            quantity(),
        ),
        refused=resource("v1", "ResourceQuota", "spec: {hard: {limits.memory: 10GB}}"),
        accepted=resource("v1", "ResourceQuota", "spec: {hard: {limits.memory: 10Gi}}"),
    ),
    row(
        "quota-scope",
        "the scopes of a ResourceQuota are those that the API has",
        f"{_CORE} validateResourceQuotaScopes",
        on(
            at("ResourceQuota", "spec.scopes.*", "spec.scopeSelector.matchExpressions.*.scopeName"),
            one_of(*_SCOPES, "CrossNamespacePodAffinity", "VolumeAttributesClass"),
        ),
        on(
            at("ResourceQuota", "spec.scopeSelector.matchExpressions.*.operator"),
            one_of("In", "NotIn", "Exists", "DoesNotExist"),
        ),
        refused=resource("v1", "ResourceQuota", "spec: {hard: {pods: 4}, scopes: [Running]}"),
        accepted=resource("v1", "ResourceQuota", "spec: {hard: {pods: 4}, scopes: [Terminating]}"),
    ),
    row(
        "priority",
        "a PriorityClass has a value up to a milliard, and the API's preemption policies",
        "kubernetes v1.34 pkg/apis/scheduling/validation/validation.go ValidatePriorityClass",
        on(at("PriorityClass", "value"), between(-(2**31), MAX_PRIORITY)),
        on(at("PriorityClass", "preemptionPolicy"), one_of("PreemptLowerPriority", "Never")),
        refused=resource("scheduling.k8s.io/v1", "PriorityClass", "value: 1000000001"),
        accepted=resource("scheduling.k8s.io/v1", "PriorityClass", "value: 1000000000"),
    ),
    row(
        "claim-source",
        "a claim's data source has a kind and a name",
        f"{_CORE} validateDataSource",
        on(_below(_CLAIMS, "dataSource"), requires("kind", "name")),
        refused=claim(f"{_GIG}, dataSource: {{kind: PersistentVolumeClaim, name: ''}}"),
        accepted=claim(f"{_GIG}, dataSource: {{kind: PersistentVolumeClaim, name: old}}"),
    ),
)
"""Rows about storage, configuration and bounds."""
