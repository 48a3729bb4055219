"""What the API server refuses of volumes' sources, classes and drivers."""

from rewardsvc.formats.kubernetes.refusals.examples import claim, resource
from rewardsvc.formats.kubernetes.refusals.finders.drivers import (
    audience,
    reserved,
    source_kind,
    topologies,
)
from rewardsvc.formats.kubernetes.refusals.rules import at, in_pods, on, row
from rewardsvc.formats.kubernetes.refusals.values import (
    DNS_SUBDOMAIN,
    absolute_path,
    between,
    distinct,
    form,
    one_of,
    requires,
)

_CORE = "kubernetes v1.34 pkg/apis/core/validation/validation.go"
_CLASSES = "kubernetes v1.34 pkg/apis/storage/validation/validation.go"
_DRIVER = (DNS_SUBDOMAIN[0], 63, DNS_SUBDOMAIN[2])
_GIG = "accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}"


def _volume(source: str) -> str:
    return resource(
        "v1",
        "PersistentVolume",
        f"spec: {{capacity: {{storage: 1Gi}}, accessModes: [ReadWriteMany], {source}}}",
    )


def _driver(spec: str, name: str = "disk.example.com") -> str:
    return resource("storage.k8s.io/v1", "CSIDriver", f"spec: {{{spec}}}", meta=f"name: {name}")


DRIVERS = (
    row(
        "nfs",
        "a volume of NFS has a server and an absolute path",
        f"{_CORE} validateNFSVolumeSource",
        on(at("PersistentVolume", "spec.nfs.path"), absolute_path),
        on(
            (*in_pods("volumes.*.nfs"), *at("PersistentVolume", "spec.nfs")),
            requires("path", "server"),
        ),
        refused=_volume("nfs: {server: nfs.example.org, path: exports/data}"),
        accepted=_volume("nfs: {server: nfs.example.org, path: /exports/data}"),
    ),
    row(
        "csi-volume",
        "the driver of a volume is a DNS-1123 subdomain of 63 characters, and names the volume",
        f"{_CORE} validateCSIPersistentVolumeSource, ValidateCSIDriverName",
        on(
            (*in_pods("volumes.*.csi.driver"), *at("PersistentVolume", "spec.csi.driver")),
            lambda value: form(_DRIVER)(value.lower() if isinstance(value, str) else value),
        ),
        on(at("PersistentVolume", "spec.csi"), requires("driver", "volumeHandle")),
        refused=_volume("csi: {driver: ebs_csi, volumeHandle: vol-1}"),
        accepted=_volume("csi: {driver: ebs.csi.aws.com, volumeHandle: vol-1}"),
    ),
    row(
        "class-topology",
        "a topology of a StorageClass has values, and each key once",
        f"{_CORE} ValidateTopologySelectorTerm",
        on(at("StorageClass", "allowedTopologies"), topologies),
        refused=resource(
            "storage.k8s.io/v1",
            "StorageClass",
            "provisioner: ebs.csi.aws.com\n"
            "allowedTopologies: [{matchLabelExpressions: [{key: zone, values: []}]}]",
        ),
        accepted=resource(
            "storage.k8s.io/v1",
            "StorageClass",
            "provisioner: ebs.csi.aws.com\n"
            "allowedTopologies: [{matchLabelExpressions: [{key: zone, values: [a]}]}]",
        ),
    ),
    row(
        "driver-enumerations",
        "lifecycles and policies of a CSIDriver are those that the API has",
        f"{_CLASSES} validateVolumeLifecycleModes, validateFSGroupPolicy",
        on(at("CSIDriver", "spec.volumeLifecycleModes.*"), one_of("Ephemeral", "Persistent")),
        on(
            at("CSIDriver", "spec.fsGroupPolicy"),
            one_of("File", "None", "ReadWriteOnceWithFSType"),
        ),
        refused=_driver("volumeLifecycleModes: [Permanent]"),
        accepted=_driver("volumeLifecycleModes: [Persistent]"),
    ),
    row(
        "driver-tokens",
        "a CSIDriver asks for a token of an audience once, for ten minutes at least",
        f"{_CLASSES} validateTokenRequests",
        on(
            at("CSIDriver", "spec.tokenRequests"),
            distinct("two requests for the audience {!r}", audience),
        ),
        on(at("CSIDriver", "spec.tokenRequests.*.expirationSeconds"), between(600, 2**32)),
        refused=_driver("tokenRequests: [{audience: a}, {audience: a}]"),
        accepted=_driver("tokenRequests: [{audience: a}, {audience: b}]"),
    ),
    row(
        "priority-name",
        "names of PriorityClasses do not begin with system-",
        "kubernetes v1.34 pkg/apis/scheduling/validation/validation.go ValidatePriorityClass",
        on(at("PriorityClass", "metadata.name"), reserved),
        refused=resource(
            "scheduling.k8s.io/v1", "PriorityClass", "value: 1000", meta="name: system-web"
        ),
        accepted=resource(
            "scheduling.k8s.io/v1", "PriorityClass", "value: 1000", meta="name: web-system"
        ),
    ),
    row(
        "claim-reference",
        "a claim is filled from another claim, or from a kind of a group that is told",
        f"{_CORE} validateDataSourceRef",
        on(at("PersistentVolumeClaim", "spec.dataSourceRef"), source_kind),
        on(at("PersistentVolumeClaim", "spec.dataSourceRef"), requires("kind", "name")),
        refused=claim(f"{_GIG}, dataSourceRef: {{kind: VolumeSnapshot, name: old}}"),
        accepted=claim(f"{_GIG}, dataSourceRef: {{kind: PersistentVolumeClaim, name: old}}"),
    ),
)
"""Rows about volumes' sources, classes and drivers."""
