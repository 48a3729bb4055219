"""What Istio's webhook refuses of its own kinds beyond the rules of their CRDs."""

from rewardsvc.formats.kubernetes.refusals.examples import resource
from rewardsvc.formats.kubernetes.refusals.finders import istio
from rewardsvc.formats.kubernetes.refusals.rules import at, on, row
from rewardsvc.formats.kubernetes.refusals.values import distinct, exclusive, text_at

_VALIDATION = "Istio 1.24 pkg/config/validation/validation.go"
_ROUTES = "networking.istio.io/VirtualService"
_GATEWAY = "networking.istio.io/Gateway"


def _virtual(more: str) -> str:
    return resource(
        "networking.istio.io/v1", "VirtualService", f"spec: {{hosts: [web.example.org]{more}}}"
    )


def _gateway(server: str, port: str = "number: 443, name: https, protocol: HTTPS") -> str:
    return resource(
        "networking.istio.io/v1",
        "Gateway",
        f"spec: {{selector: {{istio: ingressgateway}}, servers: [{{port: {{{port}}}, "
        f"hosts: [web.example.org]{server}}}]}}",
    )


_TO = "route: [{destination: {host: web}}]"
_TLS = ", tls: {mode: SIMPLE, credentialName: web}"

_RULE = "networking.istio.io/DestinationRule"
_POLICIES = tuple(
    f"spec.{place}trafficPolicy.{port}loadBalancer"
    for place in ("", "subsets.*.")
    for port in ("", "portLevelSettings.*.")
)
_MATCHES = ("authority", "headers.*", "method", "queryParams.*", "scheme", "uri")

ISTIO = (
    row(
        "istio-one-of",
        "of fields that are one in its API (oneof), a value has one",
        "istio.io/api 1.24, networking/v1 and telemetry/v1 *.proto: the webhook reads the JSON of"
        " a message; CRDs of version v1 are published without it",
        on(at(_RULE, *_POLICIES), exclusive("simple", "consistentHash")),
        on(
            at(_RULE, *(f"{policy}.consistentHash" for policy in _POLICIES)),
            exclusive("httpHeaderName", "httpCookie", "useSourceIp", "httpQueryParameterName"),
        ),
        on(
            at(_RULE, *(f"{policy}.consistentHash" for policy in _POLICIES)),
            exclusive("ringHash", "maglev"),
        ),
        on(
            at(
                _ROUTES,
                *(f"spec.http.*.match.*.{match}" for match in (*_MATCHES, "withoutHeaders.*")),
                "spec.http.*.corsPolicy.allowOrigins.*",
            ),
            exclusive("exact", "prefix", "regex"),
        ),
        on(
            at(_ROUTES, "spec.http.*.fault.abort"),
            exclusive("httpStatus", "grpcStatus", "http2Error"),
        ),
        on(at(_ROUTES, "spec.http.*.fault.delay"), exclusive("fixedDelay", "exponentialDelay")),
        on(at(_ROUTES, "spec.http.*.redirect"), exclusive("port", "derivePort")),
        on(
            at("networking.istio.io/WorkloadGroup", "spec.probe"),
            exclusive("httpGet", "tcpSocket", "exec"),
        ),
        on(
            at("telemetry.istio.io/Telemetry", "spec.metrics.*.overrides.*.match"),
            exclusive("metric", "customMetric"),
        ),
        on(
            at("telemetry.istio.io/Telemetry", "spec.tracing.*.customTags.*"),
            exclusive("literal", "environment", "header"),
        ),
        refused=_virtual(f", http: [{{match: [{{uri: {{prefix: /b, exact: /a}}}}], {_TO}}}]"),
        accepted=_virtual(f", http: [{{match: [{{uri: {{prefix: /b}}}}], {_TO}}}]"),
    ),
    row(
        "istio-route",
        "a route of HTTP goes one way: to destinations, to a redirect or to an answer of its own",
        f"{_VALIDATION} validateHTTPRouteConflict",
        on(at(_ROUTES, "spec.http.*"), istio.http_route),
        refused=_virtual(f", http: [{{{_TO}, redirect: {{uri: /a}}}}]"),
        accepted=_virtual(f", http: [{{{_TO}, rewrite: {{uri: /a}}}}]"),
    ),
    row(
        "istio-routes",
        "a VirtualService has routes of HTTP, TCP or TLS",
        f"{_VALIDATION} ValidateVirtualService",
        on(at(_ROUTES, "spec"), istio.without_routes),
        refused=_virtual(""),
        accepted=_virtual(f", http: [{{{_TO}}}]"),
    ),
    row(
        "istio-server",
        "a gateway's server has hosts, and TLS where its protocol is HTTPS or TLS",
        f"{_VALIDATION} validateServer",
        on(at(_GATEWAY, "spec.servers.*"), istio.server),
        refused=_gateway(""),
        accepted=_gateway(_TLS),
    ),
    row(
        "istio-protocol",
        "a port's protocol is one that Istio has",
        f"{_VALIDATION} validateServerPort, validateProtocol",
        on(
            at(
                f"{_GATEWAY} networking.istio.io/ServiceEntry",
                "spec.servers.*.port.protocol",
                "spec.ports.*.protocol",
            ),
            istio.protocol,
        ),
        refused=_gateway("", port="number: 80, name: web, protocol: HTTP/1.1"),
        accepted=_gateway("", port="number: 80, name: web, protocol: http"),
    ),
    row(
        "istio-port-twice",
        "ports of a gateway's servers have names of their own",
        f"{_VALIDATION} ValidateGateway",
        on(
            at(_GATEWAY, "spec.servers"),
            distinct(
                "two servers with a port of the name {!r}",
                lambda server: (
                    text_at("name")(server.get("port")) if isinstance(server, dict) else None
                ),
            ),
        ),
        refused=_gateway(_TLS).replace(
            "servers: [",
            "servers: [{port: {number: 80, name: https, protocol: HTTP}, hosts: [a.example.org]}, ",
        ),
        accepted=_gateway(_TLS).replace(
            "servers: [",
            "servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.example.org]}, ",
        ),
    ),
)
"""Rows about Istio's kinds."""
