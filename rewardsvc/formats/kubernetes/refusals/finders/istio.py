"""What Istio's webhook refuses of routes and of the servers of gateways."""

from collections.abc import Iterator
from typing import Any

from rewardsvc.formats.kubernetes.manifests import mapping
from rewardsvc.formats.kubernetes.refusals.rules import Problem
from rewardsvc.formats.kubernetes.refusals.values import plain

_EXCLUDED = {
    "redirect": ("route", "fault", "rewrite", "directResponse"),
    "directResponse": ("route", "fault", "rewrite"),
}
_SECURE = frozenset({"HTTPS", "TLS"})
_PLAIN = frozenset(
    {"GRPC", "GRPC-WEB", "HTTP", "HTTP2", "HTTP_PROXY", "HBONE", "MONGO", "MYSQL", "REDIS", "TCP"}
    | {"UDP"}
)
_WITH_HTTP = frozenset({"GRPC", "GRPC-WEB", "HTTP", "HTTP2"})


def http_route(route: Any) -> Iterator[Problem]:
    """A route that goes nowhere, or two ways."""
    body = mapping(route)
    for key, others in _EXCLUDED.items():
        for other in others:
            if body.get(key) is not None and body.get(other):
                yield (other,), f"it and {key} exclude each other"
    ways = ("route", "redirect", "directResponse", "delegate")
    if isinstance(route, dict) and not any(body.get(key) is not None for key in ways):
        yield (), "one of route, redirect, directResponse must be given"


def without_routes(spec: Any) -> Iterator[Problem]:
    """A VirtualService that routes nothing."""
    body = mapping(spec)
    if body and not any(body.get(key) for key in ("http", "tcp", "tls")):
        yield (), "one of http, tcp, tls must be given"


def server(value: Any) -> Iterator[Problem]:
    """A server without hosts, or whose TLS does not fit its protocol."""
    body = mapping(value)
    if body and not body.get("hosts"):
        yield (), "a server has a host"
    protocol = plain(mapping(body.get("port")).get("protocol"))
    tls = body.get("tls")
    if protocol is None:
        return
    named = protocol.upper()
    if named in _SECURE and tls is None:
        yield ("port", "protocol"), f"a server of {protocol} has tls"
    elif named in _PLAIN and isinstance(tls, dict):
        files = ("serverCertificate", "privateKey", "caCertificates")
        redirects = tls.get("mode", "PASSTHROUGH") == "PASSTHROUGH" and not any(map(tls.get, files))
        if named not in _WITH_HTTP or not redirects:
            yield ("tls",), f"a server of {protocol} has none but httpsRedirect"


def protocol(value: Any) -> Iterator[Problem]:
    """A protocol that Istio does not have."""
    text = plain(value)
    if text is not None and text.upper() not in _SECURE | _PLAIN:
        yield (), f"{text!r} is not one of {', '.join(sorted(_SECURE | _PLAIN))}"
