"""What Istio refuses of destinations, hosts and rights, and Gateway API of listeners."""

from rewardsvc.formats.kubernetes.refusals.examples import resource
from rewardsvc.formats.kubernetes.refusals.finders.meshes import (
    client_tls,
    condition,
    listener,
    namespaced_host,
    provider,
    resolved,
    server_tls,
    something,
    without_hosts,
)
from rewardsvc.formats.kubernetes.refusals.rules import at, on, row
from rewardsvc.formats.kubernetes.refusals.values import between

_VALIDATION = "Istio 1.24 pkg/config/validation/validation.go"
_SECURITY = "Istio 1.24 pkg/config/security/security.go"
_ROUTES = "networking.istio.io/VirtualService"
_RULE = "networking.istio.io/DestinationRule"
_RIGHTS = "security.istio.io/AuthorizationPolicy"
_POLICIES = tuple(
    f"spec.{place}trafficPolicy.{port}"
    for place in ("", "subsets.*.")
    for port in ("", "portLevelSettings.*.")
)
_TO = "route: [{destination: {host: web}}]"
_POOLS = (
    "tcp.maxConnections", "http.http1MaxPendingRequests", "http.http2MaxRequests",
    "http.maxRequestsPerConnection",
)  # fmt: skip
_SOURCE = (
    "principals", "notPrincipals", "requestPrincipals", "notRequestPrincipals", "namespaces",
    "notNamespaces", "ipBlocks", "notIpBlocks", "remoteIpBlocks", "notRemoteIpBlocks",
    "serviceAccounts", "notServiceAccounts",
)  # fmt: skip
_OPERATION = (
    "hosts", "notHosts", "ports", "notPorts", "methods", "notMethods", "paths", "notPaths",
)  # fmt: skip


def _virtual(http: str, hosts: str = "hosts: [web.example.org], ") -> str:
    return resource(
        "networking.istio.io/v1", "VirtualService", f"spec: {{{hosts}http: [{{{http}}}]}}"
    )


def _rule(policy: str) -> str:
    return resource(
        "networking.istio.io/v1",
        "DestinationRule",
        f"spec: {{host: web, trafficPolicy: {{{policy}}}}}",
    )


def _gateway(tls: str) -> str:
    return resource(
        "networking.istio.io/v1",
        "Gateway",
        "spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 443, name: https, "
        f"protocol: HTTPS}}, hosts: [web.example.org], tls: {{{tls}}}}}]}}",
    )


def _entry(resolution: str) -> str:
    return resource(
        "networking.istio.io/v1",
        "ServiceEntry",
        "spec: {hosts: ['*.example.org'], ports: [{number: 443, name: tls, protocol: TLS}], "
        f"resolution: {resolution}}}",
    )


def _right(spec: str) -> str:
    return resource("security.istio.io/v1", "AuthorizationPolicy", f"spec: {{{spec}}}")


def _sidecar(host: str) -> str:
    return resource(
        "networking.istio.io/v1", "Sidecar", f"spec: {{egress: [{{hosts: ['{host}']}}]}}"
    )


def _listener(tls: str) -> str:
    return resource(
        "gateway.networking.k8s.io/v1",
        "Gateway",
        "spec: {gatewayClassName: web, listeners: "
        f"[{{name: web, port: 443, protocol: HTTPS, tls: {{{tls}}}}}]}}",
    )


MESHES = (
    row(
        "istio-hosts",
        "a VirtualService and a ServiceEntry have hosts",
        f"{_VALIDATION} ValidateVirtualService, ValidateServiceEntry",
        on(at(f"{_ROUTES} networking.istio.io/ServiceEntry", "spec"), without_hosts),
        refused=_virtual(_TO, "hosts: [], gateways: [web], "),
        accepted=_virtual(_TO, "hosts: [], "),
    ),
    row(
        "istio-weight",
        "weights of destinations are not negative",
        f"{_VALIDATION} validateWeights, validateHTTPRouteDestinations",
        on(
            at(_ROUTES, *(f"spec.{kind}.*.route.*.weight" for kind in ("http", "tcp", "tls"))),
            between(0),
        ),
        refused=_virtual("route: [{destination: {host: web}, weight: -10}]"),
        accepted=_virtual("route: [{destination: {host: web}, weight: 10}]"),
    ),
    row(
        "istio-status",
        "an answer that is made up has a status from 200 to 599",
        f"{_VALIDATION} validateHTTPFaultInjectionAbort, validateHTTPDirectResponse",
        on(
            at(_ROUTES, "spec.http.*.fault.abort.httpStatus", "spec.http.*.directResponse.status"),
            between(200, 599),
        ),
        refused=_virtual(f"fault: {{abort: {{httpStatus: 700, percentage: {{value: 1}}}}}}, {_TO}"),
        accepted=_virtual(
            f"fault: {{abort: {{httpStatus: 503, percentage: {{value: 1}}}}}}, {_TO}"
        ),
    ),
    row(
        "istio-retries",
        "attempts of a route are not negative",
        f"{_VALIDATION} validateHTTPRetry",
        on(at(_ROUTES, "spec.http.*.retries.attempts"), between(0)),
        refused=_virtual(f"retries: {{attempts: -1}}, {_TO}"),
        accepted=_virtual(f"retries: {{attempts: 0}}, {_TO}"),
    ),
    row(
        "istio-client-tls",
        "mutual TLS has the client's certificate and key, in files or by name",
        f"{_VALIDATION} validateTLS",
        on(at(_RULE, *(f"{policy}tls" for policy in _POLICIES)), client_tls),
        refused=_rule("tls: {mode: MUTUAL}"),
        accepted=_rule("tls: {mode: ISTIO_MUTUAL}"),
    ),
    row(
        "istio-connections",
        "bounds of connections and requests are not negative",
        f"{_VALIDATION} validateConnectionPool",
        on(
            at(
                _RULE,
                *(f"{policy}connectionPool.{pool}" for policy in _POLICIES for pool in _POOLS),
            ),
            between(0),
        ),
        refused=_rule("connectionPool: {tcp: {maxConnections: -1}}"),
        accepted=_rule("connectionPool: {tcp: {maxConnections: 100}}"),
    ),
    row(
        "istio-server-tls",
        "TLS of a gateway's server has a certificate and a key, in files or by name",
        f"{_VALIDATION} validateTLSOptions",
        on(at("networking.istio.io/Gateway", "spec.servers.*.tls"), server_tls),
        refused=_gateway("mode: SIMPLE"),
        accepted=_gateway("mode: PASSTHROUGH"),
    ),
    row(
        "istio-resolution",
        "hosts with wildcards are not resolved by DNS",
        f"{_VALIDATION} ValidateServiceEntry",
        on(at("networking.istio.io/ServiceEntry", "spec"), resolved),
        refused=_entry("DNS"),
        accepted=_entry("NONE"),
    ),
    row(
        "istio-condition",
        "a condition of an AuthorizationPolicy is about what requests have",
        f"{_SECURITY} ValidateAttribute",
        on(at(_RIGHTS, "spec.rules.*.when.*.key"), condition),
        refused=_right("rules: [{when: [{key: request.header, values: [a]}]}]"),
        accepted=_right("rules: [{when: [{key: 'request.headers[x-a]', values: [a]}]}]"),
    ),
    row(
        "istio-provider",
        "the action CUSTOM has a provider, others have none",
        f"{_VALIDATION} ValidateAuthorizationPolicy",
        on(at(_RIGHTS, "spec"), provider),
        refused=_right("action: CUSTOM, rules: [{to: [{operation: {paths: [/a]}}]}]"),
        accepted=_right("action: DENY, rules: [{to: [{operation: {paths: [/a]}}]}]"),
    ),
    row(
        "istio-source",
        "a source and an operation of an AuthorizationPolicy say which",
        f"{_VALIDATION} ValidateAuthorizationPolicy",
        on(at(_RIGHTS, "spec.rules.*.from.*.source"), something("a source", *_SOURCE)),
        on(at(_RIGHTS, "spec.rules.*.to.*.operation"), something("an operation", *_OPERATION)),
        refused=_right("rules: [{from: [{source: {}}]}]"),
        accepted=_right("rules: [{from: [{source: {namespaces: [team]}}]}]"),
    ),
    row(
        "istio-egress",
        "a host of a Sidecar has its namespace before it",
        f"{_VALIDATION} validateNamespaceSlashWildcardHostname",
        on(at("networking.istio.io/Sidecar", "spec.egress.*.hosts.*"), namespaced_host),
        refused=_sidecar("reviews"),
        accepted=_sidecar("./reviews"),
    ),
    row(
        "gateway-certificate",
        "a listener that terminates TLS has a certificate",
        "Gateway API v1.3 apis/v1/gateway_types.go GatewayTLSConfig"
        " (XValidation: certificateRefs or options must be specified when mode is Terminate)",
        on(at("gateway.networking.k8s.io/Gateway", "spec.listeners.*"), listener),
        refused=_listener("mode: Terminate"),
        accepted=_listener("mode: Terminate, certificateRefs: [{name: web-tls}]"),
    ),
)
"""Rows about meshes and gateways."""
