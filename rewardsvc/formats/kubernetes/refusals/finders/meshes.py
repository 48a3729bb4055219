"""What Istio refuses of destinations, hosts and rights, and Gateway API of listeners."""

import re
from collections.abc import Iterator
from typing import Any

from rewardsvc.formats.kubernetes.manifests import mapping, sequence
from rewardsvc.formats.kubernetes.refusals.rules import Check, Problem
from rewardsvc.formats.kubernetes.refusals.values import plain

_CONDITION = re.compile(
    r"request\.headers\[.+\]|request\.auth\.(?:principal|audiences|presenter|claims\[.+\])"
    r"|source\.(?:ip|namespace|principal|serviceAccount)|remote\.ip"
    r"|destination\.(?:ip|port|labels\[.+\]|name|namespace|user)|connection\.sni"
    r"|experimental\.envoy\.filters\..+"
)


def without_hosts(spec: Any) -> Iterator[Problem]:
    """What is for no host. A VirtualService without any is one that others delegate to: it routes
    HTTP alone, and is bound to no gateway."""
    if not isinstance(spec, dict) or not spec or spec.get("hosts"):
        return
    if "http" not in spec:
        yield ("hosts",), "it must be given"
    for key in ("gateways", "tcp", "tls"):
        if "http" in spec and spec.get(key):
            yield (key,), "without hosts others delegate to it, and it has none of its own"


def client_tls(value: Any) -> Iterator[Problem]:
    """Mutual TLS without the client's certificate, or with it in two places."""
    body = mapping(value)
    if body.get("mode") != "MUTUAL":
        return
    files = [key for key in ("clientCertificate", "privateKey") if body.get(key)]
    if body.get("credentialName"):
        if files:
            yield (files[0],), "it excludes credentialName"
    elif len(files) < 2:
        yield ("mode",), "MUTUAL needs clientCertificate and privateKey, or credentialName"


def server_tls(value: Any) -> Iterator[Problem]:
    """TLS of a server without its certificate."""
    body = mapping(value)
    held = body.get("credentialName") or body.get("credentialNames") or body.get("tlsCertificates")
    files = body.get("serverCertificate") and body.get("privateKey")
    if body.get("mode") in ("SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL") and not held and not files:
        words = f"{body['mode']} needs credentialName, or serverCertificate and privateKey"
        yield ("mode",), words


def resolved(spec: Any) -> Iterator[Problem]:
    """Names that DNS cannot resolve."""
    body = mapping(spec)
    if body.get("resolution") not in ("DNS", "DNS_ROUND_ROBIN") or body.get("endpoints"):
        return
    for index, host in enumerate(sequence(body.get("hosts"))):
        if isinstance(host, str) and host.startswith("*"):
            yield ("hosts", index), f"{host!r} is resolved by no DNS: resolution NONE, or endpoints"


def condition(value: Any) -> Iterator[Problem]:
    """A key that requests do not have."""
    text = plain(value)
    if text is not None and not _CONDITION.fullmatch(text):
        yield (), f"{text!r} is no condition, as request.headers[NAME] and source.ip are"


def provider(spec: Any) -> Iterator[Problem]:
    """An action that needs a provider, or a provider of another."""
    body = mapping(spec)
    if body.get("action") == "CUSTOM" and not mapping(body.get("provider")).get("name"):
        yield ("action",), "CUSTOM needs a provider with its name"
    elif body.get("action", "ALLOW") != "CUSTOM" and body.get("provider") is not None:
        yield ("provider",), "it is for the action CUSTOM only"


def something(what: str, *keys: str) -> Check:
    """A mapping that says something by one of these keys."""

    def check(value: Any) -> Iterator[Problem]:
        if isinstance(value, dict) and not any(value.get(key) for key in keys):
            yield (), f"{what} says which: one of {', '.join(keys)}"

    return check


def namespaced_host(value: Any) -> Iterator[Problem]:
    """A host without its namespace."""
    text = plain(value)
    if text is not None and "/" not in text:
        yield (), f"{text!r} is not NAMESPACE/HOST, as ./{text} and */{text} are"


def listener(value: Any) -> Iterator[Problem]:
    """A listener that terminates TLS without a certificate."""
    body = mapping(value)
    tls = body.get("tls")
    if body.get("protocol") not in ("HTTPS", "TLS") or not isinstance(tls, dict):
        return
    held = tls.get("certificateRefs") or tls.get("options")
    if tls.get("mode", "Terminate") == "Terminate" and not held:
        yield ("tls",), "the mode Terminate needs certificateRefs"
