"""What Istio's webhook refuses of its own kinds beyond the rules of their CRDs."""

from rewardsvc.formats.kubernetes.refusals.examples import resource
from rewardsvc.formats.kubernetes.refusals.finders import istio
from rewardsvc.formats.kubernetes.refusals.rules import at, on, row
from rewardsvc.formats.kubernetes.refusals.values import distinct, text_at

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

ISTIO = (
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
