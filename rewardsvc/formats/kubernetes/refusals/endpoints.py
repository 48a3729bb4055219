"""What the API server refuses of endpoints, of a Service's families and of a class's parameters."""

from rewardsvc.formats.kubernetes.refusals.examples import resource, service
from rewardsvc.formats.kubernetes.refusals.finders.endpoints import (
    class_parameters,
    endpoint_slice,
    families,
    of_load_balancers,
    reachable,
    subset,
)
from rewardsvc.formats.kubernetes.refusals.rules import at, on, row
from rewardsvc.formats.kubernetes.refusals.values import (
    DNS_LABEL,
    distinct,
    form,
    one_of,
    port,
    requires,
)

_CORE = "kubernetes v1.34 pkg/apis/core/validation/validation.go"
_NET = "kubernetes v1.34 pkg/apis/networking/validation/validation.go"
_SLICES = "kubernetes v1.34 pkg/apis/discovery/validation/validation.go"


def _slice(address: str, kind: str = "IPv4", more: str = "ports: [{port: 80}]") -> str:
    return resource(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        f"addressType: {kind}\nendpoints: [{{addresses: [{address}]}}]\n{more}",
    )


def _endpoints(ip: str) -> str:
    return resource(
        "v1", "Endpoints", f"subsets: [{{addresses: [{{ip: {ip}}}], ports: [{{port: 80}}]}}]"
    )


def _class(parameters: str) -> str:
    return resource(
        "networking.k8s.io/v1",
        "IngressClass",
        "spec: {controller: example.com/ingress, parameters: "
        f"{{apiGroup: example.com, kind: Settings, name: web, {parameters}}}}}",
    )


ENDPOINTS = (
    row(
        "slice-address",
        "an endpoint has addresses of the slice's type, which others reach",
        f"{_SLICES} validateEndpoints, ValidateEndpointIP",
        on(at("EndpointSlice", ""), endpoint_slice),
        on(at("EndpointSlice", "addressType"), one_of("FQDN", "IPv4", "IPv6")),
        refused=_slice("'2001:db8::1'"),
        accepted=_slice("10.0.0.5"),
    ),
    row(
        "slice-port",
        "ports of an EndpointSlice have names of their own and protocols that the API has",
        f"{_SLICES} validatePorts",
        on(
            at("EndpointSlice", "ports"),
            distinct(
                "two ports of the name {!r}",
                lambda each: str(each.get("name") or "") if isinstance(each, dict) else None,
            ),
        ),
        on(at("EndpointSlice", "ports.*.protocol"), one_of("SCTP", "TCP", "UDP")),
        on(at("EndpointSlice", "ports.*.port"), port),
        on(at("EndpointSlice", "endpoints.*.hostname"), form(DNS_LABEL)),
        refused=_slice("10.0.0.5", more="ports: [{name: a, port: 80}, {name: a, port: 81}]"),
        accepted=_slice("10.0.0.5", more="ports: [{name: a, port: 80}, {name: b, port: 81}]"),
    ),
    row(
        "endpoint-address",
        "addresses of Endpoints are such that others reach",
        f"{_CORE} ValidateEndpointIP, validateEndpointSubsets",
        on(
            at("Endpoints", "subsets.*.addresses.*.ip", "subsets.*.notReadyAddresses.*.ip"),
            reachable,
        ),
        on(at("Endpoints", "subsets.*"), subset),
        on(at("Endpoints", "subsets.*.ports.*.port"), port),
        on(at("Endpoints", "subsets.*.ports.*.protocol"), one_of("SCTP", "TCP", "UDP")),
        refused=_endpoints("127.0.0.1"),
        accepted=_endpoints("10.0.0.5"),
    ),
    row(
        "service-families",
        "families of a Service are there once, and two are of a dual stack",
        "kubernetes v1.34 pkg/registry/core/service/storage/alloc.go initIPFamilyFields;"
        f" {_CORE} ValidateServiceClusterIPsRelatedFields",
        on(at("Service", "spec"), families),
        refused=service(
            "ipFamilyPolicy: SingleStack, ipFamilies: [IPv4, IPv6], ports: [{port: 80}]"
        ),
        accepted=service(
            "ipFamilyPolicy: PreferDualStack, ipFamilies: [IPv4, IPv6], ports: [{port: 80}]"
        ),
    ),
    row(
        "load-balancer-field",
        "sources, and a port for checks of health, are of Services of the type LoadBalancer",
        f"{_CORE} ValidateService, validateServiceExternalTrafficPolicy",
        on(at("Service", "spec"), of_load_balancers),
        refused=service("loadBalancerSourceRanges: [10.0.0.0/8], ports: [{port: 80}]"),
        accepted=service(
            "type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8], ports: [{port: 80}]"
        ),
    ),
    row(
        "class-parameters",
        "parameters of an IngressClass have a namespace where their scope is Namespace, only there",
        f"{_NET} validateIngressClassParametersReference",
        on(at("IngressClass", "spec.parameters"), class_parameters),
        on(at("IngressClass", "spec.parameters"), requires("kind", "name")),
        on(at("IngressClass", "spec.parameters.scope"), one_of("Cluster", "Namespace")),
        refused=_class("namespace: team, scope: Cluster"),
        accepted=_class("namespace: team, scope: Namespace"),
    ),
)
"""Rows about endpoints and classes of Ingresses."""
