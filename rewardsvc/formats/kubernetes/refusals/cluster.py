"""What the API server refuses of nodes, its extensions, flow control, certificates and devices."""

from rewardsvc.formats.kubernetes.refusals.examples import resource
from rewardsvc.formats.kubernetes.refusals.finders.admission import expression
from rewardsvc.formats.kubernetes.refusals.finders.cluster import (
    USAGES,
    device_request,
    flow_rule,
    flow_subject,
    limit_response,
    priority_level,
    queuing,
    requested,
    service_of_name,
    taints,
    without_trust,
)
from rewardsvc.formats.kubernetes.refusals.rules import at, on, row
from rewardsvc.formats.kubernetes.refusals.values import (
    DNS_LABEL,
    LABEL_VALUE,
    between,
    distinct,
    exclusive,
    filled,
    form,
    one_of,
    qualified,
    requires,
)

_CORE = "kubernetes v1.34 pkg/apis/core/validation/validation.go"
_SERVICES = "kubernetes v1.34 kube-aggregator pkg/apis/apiregistration/validation/validation.go"
_FLOWS = "kubernetes v1.34 pkg/apis/flowcontrol/validation/validation.go"
_LEASES = "kubernetes v1.34 pkg/apis/coordination/validation/validation.go"
_REQUESTS = "kubernetes v1.34 pkg/apis/certificates/validation/validation.go"
_DEVICES = "kubernetes v1.34 pkg/apis/resource/validation/validation.go"
_LEVEL = "PriorityLevelConfiguration"
_CLAIMS = (
    *at("ResourceClaim", "spec.devices"),
    *at("ResourceClaimTemplate", "spec.spec.devices"),
)


def _in_claims(*paths: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((kind, (*place, *path.split("."))) for kind, place in _CLAIMS for path in paths)


def _api_service(more: str = "versionPriority: 100", name: str = "v1beta1.metrics.k8s.io") -> str:
    return resource(
        "apiregistration.k8s.io/v1",
        "APIService",
        "spec: {group: metrics.k8s.io, version: v1beta1, groupPriorityMinimum: 100, "
        f"service: {{name: metrics, namespace: kube-system}}, {more}}}",
        meta=f"name: {name}",
    )


def _level(limited: str, kind: str = "Limited") -> str:
    return resource("flowcontrol.apiserver.k8s.io/v1", _LEVEL, f"spec: {{type: {kind}, {limited}}}")


def _flow(more: str) -> str:
    return resource(
        "flowcontrol.apiserver.k8s.io/v1",
        "FlowSchema",
        f"spec: {{priorityLevelConfiguration: {{name: workload-low}}, {more}}}",
    )


def _flow_rule(subject: str) -> str:
    return _flow(
        f"rules: [{{subjects: [{{{subject}}}], nonResourceRules: "
        "[{verbs: ['*'], nonResourceURLs: [/healthz]}]}]"
    )


def _lease(more: str) -> str:
    return resource("coordination.k8s.io/v1", "Lease", f"spec: {{holderIdentity: a, {more}}}")


def _certificate(more: str = "", usage: str = "client auth") -> str:
    return resource(
        "certificates.k8s.io/v1",
        "CertificateSigningRequest",
        "spec: {request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0=, "
        f"signerName: kubernetes.io/kube-apiserver-client, usages: [{usage}]{more}}}",
    )


def _devices(requests: str, more: str = "") -> str:
    return resource(
        "resource.k8s.io/v1",
        "ResourceClaim",
        f"spec: {{devices: {{requests: [{requests}]{more}}}}}",
    )


_GPU = "{name: gpu, exactly: {deviceClassName: gpu.example.com}}"


def _node(taint: str) -> str:
    return resource("v1", "Node", f"spec: {{taints: [{taint}]}}")


CLUSTER = (
    row(
        "taint",
        "a taint has a qualified key and one of three effects, and is there once",
        f"{_CORE} validateNodeTaints",
        on(
            at("Node", "spec.taints.*.effect"),
            one_of("NoSchedule", "PreferNoSchedule", "NoExecute"),
        ),
        on(at("Node", "spec.taints.*.key"), qualified),
        on(at("Node", "spec.taints.*.value"), form(LABEL_VALUE)),
        on(at("Node", "spec.taints"), taints),
        refused=_node("{key: a, effect: NoRun}"),
        accepted=_node("{key: a, effect: NoExecute}"),
    ),
    row(
        "api-service-name",
        "the name of an APIService is VERSION.GROUP",
        f"{_SERVICES} ValidateAPIService",
        on(at("APIService", ""), service_of_name),
        refused=_api_service(name="metrics.k8s.io"),
        accepted=_api_service(),
    ),
    row(
        "api-service-trust",
        "an APIService trusts any certificate or those of a bundle",
        f"{_SERVICES} ValidateAPIService",
        on(at("APIService", "spec"), without_trust),
        refused=_api_service("versionPriority: 1, caBundle: Yg==, insecureSkipTLSVerify: true"),
        accepted=_api_service("versionPriority: 1, caBundle: Yg==, insecureSkipTLSVerify: false"),
    ),
    row(
        "api-service-priority",
        "the version of an APIService has a priority of 1 to 1000, its group one of 1 to 20000",
        f"{_SERVICES} ValidateAPIService",
        on(at("APIService", "spec.versionPriority"), between(1, 1000)),
        on(at("APIService", "spec.groupPriorityMinimum"), between(1, 20000)),
        on(at("APIService", "spec.service"), requires("name", "namespace")),
        refused=_api_service("versionPriority: 2000"),
        accepted=_api_service("versionPriority: 1000"),
    ),
    row(
        "flow-level",
        "a level of priority is Limited, or the one that is Exempt, and has what its type has",
        f"{_FLOWS} ValidatePriorityLevelConfigurationSpec",
        on(at(_LEVEL, ""), priority_level),
        on(at(_LEVEL, "spec.type"), one_of("Exempt", "Limited")),
        refused=_level("exempt: {}", "Exempt"),
        accepted=_level("limited: {limitResponse: {type: Reject}}"),
    ),
    row(
        "flow-response",
        "what is over the limit is rejected, or queued as queuing says",
        f"{_FLOWS} ValidateLimitResponse",
        on(at(_LEVEL, "spec.limited.limitResponse"), limit_response),
        on(at(_LEVEL, "spec.limited.limitResponse.type"), one_of("Queue", "Reject")),
        refused=_level("limited: {limitResponse: {type: Queue}}"),
        accepted=_level("limited: {limitResponse: {type: Queue, queuing: {}}}"),
    ),
    row(
        "flow-queues",
        "a level has a queue at least, and no hand of more queues than it has",
        f"{_FLOWS} ValidatePriorityLevelQueuingConfiguration",
        on(at(_LEVEL, "spec.limited.limitResponse.queuing"), queuing),
        on(
            at(
                _LEVEL,
                *(
                    f"spec.limited.limitResponse.queuing.{key}"
                    for key in ("queues", "handSize", "queueLengthLimit")
                ),
            ),
            lambda value: between(1)(value) if value else (),  # 0 stands for the default
        ),
        on(
            at(_LEVEL, "spec.limited.lendablePercent", "spec.exempt.lendablePercent"),
            between(0, 100),
        ),
        on(at(_LEVEL, "spec.limited.borrowingLimitPercent"), between(0)),
        refused=_level(
            "limited: {limitResponse: {type: Queue, queuing: {queues: 4, handSize: 8}}}"
        ),
        accepted=_level(
            "limited: {limitResponse: {type: Queue, queuing: {queues: 4, handSize: 2}}}"
        ),
    ),
    row(
        "flow-precedence",
        "a FlowSchema's precedence is 1 to 10000",
        f"{_FLOWS} ValidateFlowSchemaSpec, FlowSchemaMaxMatchingPrecedence",
        on(
            at("FlowSchema", "spec.matchingPrecedence"),
            lambda value: between(1, 10000)(value) if value else (),  # 0 stands for the default
        ),
        on(at("FlowSchema", "spec.priorityLevelConfiguration"), requires("name")),
        refused=_flow("matchingPrecedence: 20000"),
        accepted=_flow("matchingPrecedence: 10000"),
    ),
    row(
        "flow-rule",
        "a rule of a FlowSchema is of somebody and of something",
        f"{_FLOWS} ValidateFlowSchemaPolicyRulesWithSubjects, ValidateFlowSchemaSubject",
        on(at("FlowSchema", "spec.rules.*"), flow_rule),
        on(at("FlowSchema", "spec.rules.*.subjects.*"), flow_subject),
        on(
            at("FlowSchema", "spec.rules.*.subjects.*.kind"),
            one_of("Group", "ServiceAccount", "User"),
        ),
        on(at("FlowSchema", "spec.distinguisherMethod.type"), one_of("ByNamespace", "ByUser")),
        refused=_flow_rule("kind: Person"),
        accepted=_flow_rule("kind: User, user: {name: ana}"),
    ),
    row(
        "lease",
        "a Lease lasts for a second at least, and its transitions are not negative",
        f"{_LEASES} ValidateLeaseSpec",
        on(at("Lease", "spec.leaseDurationSeconds"), between(1)),
        on(at("Lease", "spec.leaseTransitions"), between(0)),
        refused=_lease("leaseDurationSeconds: 0"),
        accepted=_lease("leaseDurationSeconds: 1"),
    ),
    row(
        "request-lifetime",
        "a certificate is asked for for ten minutes at least",
        f"{_REQUESTS} ValidateCertificateSigningRequestCreate",
        on(at("CertificateSigningRequest", "spec.expirationSeconds"), between(600)),
        refused=_certificate(", expirationSeconds: 60"),
        accepted=_certificate(", expirationSeconds: 600"),
    ),
    row(
        "request-usage",
        "usages of a certificate are those that the API has, and one at least",
        f"{_REQUESTS} allValidUsages, validateCertificateSigningRequest",
        on(at("CertificateSigningRequest", "spec.usages.*"), one_of(*USAGES)),
        on(at("CertificateSigningRequest", "spec.usages"), filled("usages")),
        refused=_certificate(usage="clientAuth"),
        accepted=_certificate(usage="digital signature"),
    ),
    row(
        "device-request",
        "requests of devices have names of their own",
        f"{_DEVICES} validateDeviceClaim",
        on(_in_claims("requests"), distinct("two requests of the name {!r}", "name")),
        on(_in_claims("requests.*.name"), form(DNS_LABEL)),
        refused=_devices(f"{_GPU}, {_GPU}"),
        accepted=_devices(f"{_GPU}, {_GPU.replace('gpu,', 'other,')}"),
    ),
    row(
        "device-choice",
        "a request of devices is exact or has alternatives, in a mode that the API has",
        f"{_DEVICES} validateDeviceRequest, validateExactDeviceRequest",
        on(
            _in_claims("requests.*"),
            exclusive("exactly", "firstAvailable"),
        ),
        on(
            _in_claims(
                "requests.*.allocationMode",
                "requests.*.exactly.allocationMode",
                "requests.*.firstAvailable.*.allocationMode",
            ),
            one_of("All", "ExactCount"),
        ),
        on(
            _in_claims("requests.*", "requests.*.exactly", "requests.*.firstAvailable.*"),
            device_request,
        ),
        refused=_devices(_GPU.replace("com}", "com, allocationMode: All, count: 2}")),
        accepted=_devices(_GPU.replace("com}", "com, allocationMode: ExactCount, count: 2}")),
    ),
    row(
        "device-constraint",
        "constraints and configurations of devices are of requests that are there",
        f"{_DEVICES} validateDeviceConstraint, validateDeviceClaimConfiguration",
        on(_CLAIMS, requested),
        refused=_devices(
            _GPU, ", constraints: [{requests: [nic], matchAttribute: example.com/numa}]"
        ),
        accepted=_devices(
            _GPU, ", constraints: [{requests: [gpu], matchAttribute: example.com/numa}]"
        ),
    ),
    row(
        "device-expression",
        "devices are selected in CEL, by what is said of the device",
        f"{_DEVICES} validateCELSelector",
        on(at("DeviceClass", "spec.selectors.*.cel.expression"), expression(frozenset({"device"}))),
        on(
            _in_claims(
                "requests.*.selectors.*.cel.expression",
                "requests.*.exactly.selectors.*.cel.expression",
                "requests.*.firstAvailable.*.selectors.*.cel.expression",
            ),
            expression(frozenset({"device"})),
        ),
        refused=resource(
            "resource.k8s.io/v1",
            "DeviceClass",
            "spec: {selectors: [{cel: {expression: 'device.driver = \"gpu.example.com\"'}}]}",
        ),
        accepted=resource(
            "resource.k8s.io/v1",
            "DeviceClass",
            "spec: {selectors: [{cel: {expression: 'device.driver == \"gpu.example.com\"'}}]}",
        ),
    ),
)
"""Rows about nodes, extensions, flow control, certificates and devices."""
