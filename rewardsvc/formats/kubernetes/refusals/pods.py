"""What the API server refuses of pods: policies, scheduling, addresses and volumes."""

from rewardsvc.formats.kubernetes.manifests import mapping
from rewardsvc.formats.kubernetes.refusals.examples import pod
from rewardsvc.formats.kubernetes.refusals.finders.pods import (
    medium,
    mode,
    name_servers,
    node_requirement,
    spread,
    spread_key,
    toleration,
)
from rewardsvc.formats.kubernetes.refusals.rules import in_pods, on, row
from rewardsvc.formats.kubernetes.refusals.values import (
    DNS_LABEL,
    DNS_SUBDOMAIN,
    absolute_path,
    all_of,
    between,
    distinct,
    exclusive,
    filled,
    form,
    ip_address,
    one_of,
    qualified,
    quantity,
    relative_path,
    requires,
    without_steps_back,
)

_CORE = "kubernetes v1.34 pkg/apis/core/validation/validation.go"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_NODES = "affinity.nodeAffinity"
_NODE_TERMS = (
    f"{_NODES}.{_REQUIRED}.nodeSelectorTerms.*",
    f"{_NODES}.{_PREFERRED}.*.preference",
)
_POD_TERMS = tuple(
    f"affinity.{kind}.{term}"
    for kind in ("podAffinity", "podAntiAffinity")
    for term in (f"{_REQUIRED}.*", f"{_PREFERRED}.*.podAffinityTerm")
)
_SPREAD = "topologySpreadConstraints"

VOLUME_SOURCES = (
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "gitRepo",
    "glusterfs",
    "hostPath",
    "image",
    "iscsi",
    "nfs",
    "persistentVolumeClaim",
    "photonPersistentDisk",
    "portworxVolume",
    "projected",
    "quobyte",
    "rbd",
    "scaleIO",
    "secret",
    "storageos",
    "vsphereVolume",
)


_VOLUMES = "volumes.*"
_SOURCES = f"{_VOLUMES}.projected.sources.*"
_ITEMS = (
    *(f"{_VOLUMES}.{kind}.items.*" for kind in ("configMap", "secret", "downwardAPI")),
    *(f"{_SOURCES}.{kind}.items.*" for kind in ("configMap", "secret", "downwardAPI")),
)
_KEYED = tuple(place for place in _ITEMS if "downwardAPI" not in place)


def _volume(spec: str) -> str:
    return pod(f"volumes: [{{name: a, {spec}}}]")


def _nodes(requirement: str) -> str:
    return pod(
        f"affinity: {{nodeAffinity: {{{_REQUIRED}: {{nodeSelectorTerms: "
        f"[{{matchExpressions: [{{key: zone, {requirement}}}]}}]}}}}}}"
    )


def _spreading(constraint: str) -> str:
    return pod(f"topologySpreadConstraints: [{{topologyKey: zone, {constraint}}}]")


_ONE_SPREAD = "{topologyKey: zone, maxSkew: 1, whenUnsatisfiable: DoNotSchedule}"


def _preferring(weight: int) -> str:
    return pod(
        f"affinity: {{nodeAffinity: {{{_PREFERRED}: [{{weight: {weight}, preference: "
        "{matchExpressions: [{key: zone, operator: Exists}]}}]}}"
    )


PODS = (
    row(
        "dns-policy",
        "dnsPolicy is ClusterFirst, ClusterFirstWithHostNet, Default or None",
        f"{_CORE} validateDNSPolicy",
        on(
            in_pods("dnsPolicy"),
            one_of("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
        ),
        refused=pod("dnsPolicy: ClusterDefault"),
        accepted=pod("dnsPolicy: ClusterFirst"),
    ),
    row(
        "name-servers",
        "dnsPolicy: None has name servers, and there are three at most",
        f"{_CORE} validatePodDNSConfig",
        on(in_pods(""), name_servers),
        refused=pod("dnsPolicy: None"),
        accepted=pod("dnsPolicy: None, dnsConfig: {nameservers: [10.0.0.10]}"),
    ),
    row(
        "pod-address",
        "name servers and host aliases are addresses",
        f"{_CORE} validatePodDNSConfig, ValidateHostAliases",
        on(in_pods("dnsConfig.nameservers.*", "hostAliases.*.ip"), ip_address),
        refused=pod("hostAliases: [{ip: 10.0.0.256, hostnames: [db]}]"),
        accepted=pod("hostAliases: [{ip: 10.0.0.255, hostnames: [db]}]"),
    ),
    row(
        "host-alias",
        "a host alias is a DNS-1123 subdomain",
        f"{_CORE} ValidateHostAliases",
        on(in_pods("hostAliases.*.hostnames.*"), form(DNS_SUBDOMAIN)),
        refused=pod("hostAliases: [{ip: 10.0.0.5, hostnames: [my_db]}]"),
        accepted=pod("hostAliases: [{ip: 10.0.0.5, hostnames: [my-db.local]}]"),
    ),
    row(
        "host-name",
        "hostname and subdomain of a pod are DNS-1123 labels",
        f"{_CORE} validatePodSpec",
        on(in_pods("hostname", "subdomain"), form(DNS_LABEL)),
        refused=pod("hostname: web.example"),
        accepted=pod("hostname: web-1"),
    ),
    row(
        "named-by-pod",
        "names of ServiceAccounts, classes and Secrets that a pod gives are DNS-1123 subdomains",
        f"{_CORE} ValidatePodSpec",
        on(
            in_pods("serviceAccountName", "priorityClassName", "runtimeClassName", "nodeName"),
            lambda value: form(DNS_SUBDOMAIN)(value) if value else (),
        ),
        refused=pod("priorityClassName: High_Priority"),
        accepted=pod("priorityClassName: high-priority"),
    ),
    row(
        "process-namespaces",
        "hostPID and shareProcessNamespace exclude each other",
        f"{_CORE} validateHostPIDAndShareProcessNamespace",
        on(
            in_pods(""),
            lambda spec: (
                [(("shareProcessNamespace",), "it excludes hostPID")]
                if mapping(spec).get("hostPID") is True
                and mapping(spec).get("shareProcessNamespace") is True
                else ()
            ),
        ),
        refused=pod("hostPID: true, shareProcessNamespace: true"),
        accepted=pod("hostPID: false, shareProcessNamespace: true"),
    ),
    row(
        "pod-seconds",
        "a pod's deadline is 1 second or more, its grace 0 or more",
        f"{_CORE} ValidatePodSpec",
        on(in_pods("activeDeadlineSeconds"), between(1)),
        on(in_pods("terminationGracePeriodSeconds"), between(0)),
        refused=pod("activeDeadlineSeconds: 0"),
        accepted=pod("activeDeadlineSeconds: 1"),
    ),
    row(
        "pod-enumerations",
        "preemptionPolicy is PreemptLowerPriority or Never; os is linux or windows",
        f"{_CORE} ValidatePreemptionPolicy, validateOS",
        on(in_pods("preemptionPolicy"), one_of("PreemptLowerPriority", "Never")),
        on(in_pods("os.name"), one_of("linux", "windows")),
        refused=pod("os: {name: Linux}"),
        accepted=pod("os: {name: linux}"),
    ),
    row(
        "group-policy",
        "fsGroupChangePolicy is Always or OnRootMismatch; supplementalGroupsPolicy Merge or Strict",
        f"{_CORE} validateFSGroupChangePolicy",
        on(in_pods("securityContext.fsGroupChangePolicy"), one_of("Always", "OnRootMismatch")),
        on(in_pods("securityContext.supplementalGroupsPolicy"), one_of("Merge", "Strict")),
        refused=pod("securityContext: {fsGroupChangePolicy: OnMismatch}"),
        accepted=pod("securityContext: {fsGroupChangePolicy: OnRootMismatch}"),
    ),
    row(
        "sysctl-twice",
        "each sysctl is set once",
        f"{_CORE} validateSysctls",
        on(in_pods("securityContext.sysctls"), distinct("sysctl {} is set twice", "name")),
        refused=pod(
            "securityContext: {sysctls: [{name: net.core.somaxconn, value: '1'}, "
            "{name: net.core.somaxconn, value: '2'}]}"
        ),
        accepted=pod("securityContext: {sysctls: [{name: net.core.somaxconn, value: '1'}]}"),
    ),
    row(
        "ephemeral-containers",
        "ephemeral containers are added to a pod that runs, not made with it",
        "kubernetes v1.34 pkg/apis/core/validation/validation.go ValidatePodCreate, "
        "ValidatePodTemplateSpec",
        on(
            in_pods("ephemeralContainers"), lambda value: [((), "not on creation")] if value else ()
        ),
        refused=pod("ephemeralContainers: [{name: debug, image: 'busybox:1'}]"),
        accepted=pod("ephemeralContainers: []"),
    ),
    row(
        "toleration-operator",
        "the operator of a toleration is Exists or Equal (Lt or Gt where those are enabled)",
        f"{_CORE} ValidateTolerations",
        on(in_pods("tolerations.*.operator"), one_of("", "Exists", "Equal", "Lt", "Gt")),
        refused=pod("tolerations: [{key: gpu, operator: In, effect: NoSchedule}]"),
        accepted=pod("tolerations: [{key: gpu, operator: Exists, effect: NoSchedule}]"),
    ),
    row(
        "toleration-effect",
        "the effect of a toleration is NoSchedule, PreferNoSchedule or NoExecute",
        f"{_CORE} validateTaintEffect",
        on(
            in_pods("tolerations.*.effect"),
            one_of("", "NoSchedule", "PreferNoSchedule", "NoExecute"),
        ),
        refused=pod("tolerations: [{key: gpu, operator: Exists, effect: NoScheduling}]"),
        accepted=pod("tolerations: [{key: gpu, operator: Exists}]"),
    ),
    row(
        "toleration",
        "a toleration's key, operator, value and seconds fit each other",
        f"{_CORE} ValidateTolerations",
        on(in_pods("tolerations.*"), toleration),
        refused=pod("tolerations: [{key: gpu, operator: Exists, value: 'true'}]"),
        accepted=pod("tolerations: [{operator: Exists}, {key: gpu, value: 'true'}]"),
    ),
    row(
        "node-operator",
        "the operator of a node's selector is In, NotIn, Exists, DoesNotExist, Gt or Lt",
        f"{_CORE} ValidateNodeSelectorRequirement",
        on(
            in_pods(*(f"{term}.matchExpressions.*.operator" for term in _NODE_TERMS)),
            one_of("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"),
        ),
        refused=_nodes("operator: Equals, values: [a]"),
        accepted=_nodes("operator: In, values: [a]"),
    ),
    row(
        "node-values",
        "a node's selector has the values that its operator needs",
        f"{_CORE} ValidateNodeSelectorRequirement",
        on(in_pods(*(f"{term}.matchExpressions.*" for term in _NODE_TERMS)), node_requirement),
        refused=_nodes("operator: In"),
        accepted=_nodes("operator: Exists"),
    ),
    row(
        "node-key",
        "the key of a node's selector is a qualified name",
        f"{_CORE} ValidateNodeSelectorRequirement",
        on(in_pods(*(f"{term}.matchExpressions.*.key" for term in _NODE_TERMS)), qualified),
        refused=_nodes("operator: Exists").replace("key: zone", "key: my zone"),
        accepted=_nodes("operator: Exists").replace("key: zone", "key: example.com/zone"),
    ),
    row(
        "node-terms",
        "required node affinity has a term at least",
        f"{_CORE} ValidateNodeSelector",
        on(in_pods(f"{_NODES}.{_REQUIRED}.nodeSelectorTerms"), filled("nodeSelectorTerms")),
        refused=pod(f"affinity: {{nodeAffinity: {{{_REQUIRED}: {{nodeSelectorTerms: []}}}}}}"),
        accepted=_nodes("operator: Exists"),
    ),
    row(
        "weight",
        "the weight of a preference is between 1 and 100",
        f"{_CORE} ValidatePreferredSchedulingTerms, validateWeightedPodAffinityTerms",
        on(
            in_pods(
                *(
                    f"affinity.{kind}.{_PREFERRED}.*.weight"
                    for kind in ("nodeAffinity", "podAffinity", "podAntiAffinity")
                )
            ),
            between(1, 100),
        ),
        refused=_preferring(101),
        accepted=_preferring(100),
    ),
    row(
        "topology-key",
        "a topologyKey is given and a qualified name",
        f"{_CORE} validatePodAffinityTerm, validateTopologySpreadConstraints",
        on(
            in_pods(*(f"{term}.topologyKey" for term in _POD_TERMS), f"{_SPREAD}.*.topologyKey"),
            qualified,
        ),
        refused=pod(
            f"affinity: {{podAntiAffinity: {{{_REQUIRED}: [{{topologyKey: '', labelSelector: "
            "{matchLabels: {app: web}}}]}}"
        ),
        accepted=pod(
            f"affinity: {{podAntiAffinity: {{{_REQUIRED}: [{{topologyKey: kubernetes.io/hostname, "
            "labelSelector: {matchLabels: {app: web}}}]}}"
        ),
    ),
    row(
        "spread",
        "a spread constraint has a skew of 1 at least, and minDomains only with DoNotSchedule",
        f"{_CORE} validateTopologySpreadConstraints",
        on(in_pods(f"{_SPREAD}.*.maxSkew", f"{_SPREAD}.*.minDomains"), between(1)),
        on(in_pods(f"{_SPREAD}.*"), spread),
        refused=_spreading("maxSkew: 0, whenUnsatisfiable: DoNotSchedule"),
        accepted=_spreading("maxSkew: 1, whenUnsatisfiable: DoNotSchedule"),
    ),
    row(
        "unsatisfiable",
        "whenUnsatisfiable is DoNotSchedule or ScheduleAnyway; the node policies Honor or Ignore",
        f"{_CORE} supportedScheduleActions, validateNodeInclusionPolicy",
        on(in_pods(f"{_SPREAD}.*.whenUnsatisfiable"), one_of("DoNotSchedule", "ScheduleAnyway")),
        on(
            in_pods(f"{_SPREAD}.*.nodeAffinityPolicy", f"{_SPREAD}.*.nodeTaintsPolicy"),
            one_of("Honor", "Ignore"),
        ),
        refused=_spreading("maxSkew: 1, whenUnsatisfiable: Schedule"),
        accepted=_spreading("maxSkew: 1, whenUnsatisfiable: ScheduleAnyway"),
    ),
    row(
        "spread-twice",
        "spread constraints differ in topologyKey or whenUnsatisfiable",
        f"{_CORE} ValidateSpreadConstraintNotRepeat",
        on(in_pods(_SPREAD), distinct("the constraint {} is there twice", spread_key)),
        refused=pod(f"{_SPREAD}: [{_ONE_SPREAD}, {_ONE_SPREAD}]"),
        accepted=_spreading("maxSkew: 1, whenUnsatisfiable: DoNotSchedule"),
    ),
    row(
        "volume-name",
        "the name of a volume is a DNS-1123 label",
        f"{_CORE} ValidateVolumes",
        on(in_pods(f"{_VOLUMES}.name"), form(DNS_LABEL)),
        refused=pod("volumes: [{name: my_data, emptyDir: {}}]"),
        accepted=pod("volumes: [{name: my-data, emptyDir: {}}]"),
    ),
    row(
        "volume-twice",
        "volumes of a pod have names of their own",
        f"{_CORE} ValidateVolumes",
        on(in_pods("volumes"), distinct("two volumes of the name {!r}", "name")),
        refused=pod("volumes: [{name: a, emptyDir: {}}, {name: a, emptyDir: {}}]"),
        accepted=pod("volumes: [{name: a, emptyDir: {}}, {name: b, emptyDir: {}}]"),
    ),
    row(
        "volume-sources",
        "a volume has one source",
        f"{_CORE} validateVolumeSource",
        on(in_pods(_VOLUMES), exclusive(*VOLUME_SOURCES)),
        refused=_volume("emptyDir: {}, hostPath: {path: /srv}"),
        accepted=_volume("hostPath: {path: /srv}"),
    ),
    row(
        "host-path-type",
        "the type of a hostPath is one of seven, or empty",
        f"{_CORE} validateHostPathType",
        on(
            in_pods(f"{_VOLUMES}.hostPath.type"),
            one_of(
                "",
                "BlockDevice",
                "CharDevice",
                "Directory",
                "DirectoryOrCreate",
                "File",
                "FileOrCreate",
                "Socket",
            ),
        ),
        refused=_volume("hostPath: {path: /srv, type: Dir}"),
        accepted=_volume("hostPath: {path: /srv, type: Directory}"),
    ),
    row(
        "volume-path",
        "the path of a hostPath has no .., that of an NFS share begins with /",
        f"{_CORE} validatePathNoBacksteps, validateNFSVolumeSource",
        on(in_pods(f"{_VOLUMES}.hostPath.path"), without_steps_back),
        on(in_pods(f"{_VOLUMES}.nfs.path"), absolute_path),
        refused=_volume("nfs: {server: files.example, path: srv}"),
        accepted=_volume("nfs: {server: files.example, path: /srv}"),
    ),
    row(
        "medium",
        "the medium of an emptyDir is empty, Memory, or huge pages",
        f"{_CORE} validateVolumeSource, pkg/apis/core/v1/defaults.go",
        on(in_pods(f"{_VOLUMES}.emptyDir.medium"), medium),
        refused=_volume("emptyDir: {medium: memory, sizeLimit: 1Gi}"),
        accepted=_volume("emptyDir: {medium: Memory, sizeLimit: 1Gi}"),
    ),
    row(
        "size-limit",
        "the sizeLimit of an emptyDir is a quantity that is not negative",
        f"{_CORE} validateEmptyDirVolumeSource",
        on(in_pods(f"{_VOLUMES}.emptyDir.sizeLimit"), quantity(0)),
        refused=_volume("emptyDir: {sizeLimit: 1GB}"),
        accepted=_volume("emptyDir: {sizeLimit: 1Gi}"),
    ),
    row(
        "file-mode",
        "modes of files are between 0 and 0777",
        f"{_CORE} fileModeErrorMsg",
        on(
            in_pods(
                *(
                    f"{_VOLUMES}.{kind}.defaultMode"
                    for kind in ("configMap", "secret", "downwardAPI", "projected")
                ),
                *(f"{item}.mode" for item in _ITEMS),
            ),
            mode,
        ),
        refused=_volume(
            "downwardAPI: {defaultMode: 644, items: [{path: a, fieldRef: "
            "{fieldPath: metadata.name}}]}"
        ),
        accepted=_volume(
            "downwardAPI: {defaultMode: 420, items: [{path: a, fieldRef: "
            "{fieldPath: metadata.name}}]}"
        ),
    ),
    row(
        "item-path",
        "the path of a key in a volume is given, relative and without ..",
        f"{_CORE} validateLocalNonReservedPath",
        on(in_pods(*(f"{item}.path" for item in _ITEMS)), all_of(filled("path"), relative_path)),
        refused=_volume("downwardAPI: {items: [{path: /a, fieldRef: {fieldPath: metadata.name}}]}"),
        accepted=_volume("downwardAPI: {items: [{path: a, fieldRef: {fieldPath: metadata.name}}]}"),
    ),
    row(
        "item-key",
        "the key that a volume takes is given",
        f"{_CORE} validateKeyToPath",
        on(in_pods(*(f"{item}.key" for item in _KEYED)), filled("key")),
        refused=_volume("secret: {secretName: a, items: [{key: '', path: b}]}"),
        accepted=_volume("secret: {secretName: a, items: [{key: k, path: b}]}"),
    ),
    row(
        "projected-source",
        "a source of a projected volume is one of five",
        f"{_CORE} validateProjectionSources",
        on(
            in_pods(_SOURCES),
            exclusive(
                "secret",
                "configMap",
                "downwardAPI",
                "serviceAccountToken",
                "clusterTrustBundle",
                "podCertificate",
                needed=True,
            ),
        ),
        refused=_volume("projected: {sources: [{}]}"),
        accepted=_volume("projected: {sources: [{serviceAccountToken: {path: token}}]}"),
    ),
    row(
        "token-seconds",
        "a projected token lives for 10 minutes at least",
        f"{_CORE} validateProjectionSources",
        on(
            in_pods(f"{_SOURCES}.serviceAccountToken.expirationSeconds"),
            between(600, 2**32),
        ),
        refused=_volume(
            "projected: {sources: [{serviceAccountToken: {path: t, expirationSeconds: 60}}]}"
        ),
        accepted=_volume(
            "projected: {sources: [{serviceAccountToken: {path: t, expirationSeconds: 600}}]}"
        ),
    ),
    row(
        "volume-claim",
        "what a volume is of is named: a claim, a CSI driver, a host's path",
        f"{_CORE} validatePersistentClaimVolumeSource, validateCSIVolumeSource",
        on(in_pods(f"{_VOLUMES}.persistentVolumeClaim"), requires("claimName")),
        on(in_pods(f"{_VOLUMES}.csi"), requires("driver")),
        on(in_pods(f"{_VOLUMES}.hostPath"), requires("path")),
        refused=_volume("persistentVolumeClaim: {claimName: ''}"),
        accepted=_volume("csi: {driver: secrets-store.csi.k8s.io, readOnly: true}"),
    ),
    row(
        "gate",
        "readiness and scheduling gates are qualified names, each there once",
        f"{_CORE} validateReadinessGates, validateSchedulingGates",
        on(in_pods("readinessGates.*.conditionType", "schedulingGates.*.name"), qualified),
        on(in_pods("schedulingGates"), distinct("the gate {!r} is there twice", "name")),
        refused=pod("readinessGates: [{conditionType: is ready}]"),
        accepted=pod("readinessGates: [{conditionType: example.com/is-ready}]"),
    ),
)
"""Rows about pods."""
