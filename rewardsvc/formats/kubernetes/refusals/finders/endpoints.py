"""What the API server refuses of endpoints and of the families of a Service."""

import ipaddress
from collections.abc import Iterator
from typing import Any

from rewardsvc.formats.kubernetes.manifests import mapping, sequence
from rewardsvc.formats.kubernetes.refusals.rules import Problem
from rewardsvc.formats.kubernetes.refusals.values import DNS_SUBDOMAIN, form, plain

_VERSIONS = {"IPv4": 4, "IPv6": 6}


def endpoint_slice(body: Any) -> Iterator[Problem]:
    """Endpoints without addresses, or with some of another type."""
    kind = mapping(body).get("addressType")
    for index, endpoint in enumerate(sequence(mapping(body).get("endpoints"))):
        addresses = mapping(endpoint).get("addresses")
        if isinstance(endpoint, dict) and addresses == []:
            yield ("endpoints", index, "addresses"), "an endpoint has an address"
        for place, address in enumerate(sequence(addresses)):
            for _, words in _address(address, kind):
                yield ("endpoints", index, "addresses", place), words


def _address(value: Any, kind: Any) -> Iterator[Problem]:
    text = plain(value)
    if text is None:
        return
    if kind == "FQDN":
        yield from form(DNS_SUBDOMAIN)(text.removesuffix("."))
    elif isinstance(kind, str) and kind in _VERSIONS:
        yield from reachable(text, _VERSIONS[kind])


def reachable(value: Any, version: int | None = None) -> Iterator[Problem]:
    """An address that others reach, of a version of IP where one is told."""
    text = plain(value)
    if text is None:
        return
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        yield (), f"{text!r} is no IP address"
        return
    if version is not None and address.version != version:
        yield (), f"{text} is no IPv{version} address"
    elif address.is_unspecified or address.is_loopback or address.is_link_local:
        yield (), f"{text} is not reached from elsewhere (unspecified, loopback or link-local)"


def subset(value: Any) -> Iterator[Problem]:
    """Ports without addresses, or several without names."""
    body = mapping(value)
    if body and not body.get("addresses") and not body.get("notReadyAddresses"):
        yield (), "one of addresses, notReadyAddresses must be given"
    ports = sequence(body.get("ports"))
    for index, each in enumerate(ports if len(ports) > 1 else ()):
        if not mapping(each).get("name"):
            yield ("ports", index, "name"), "there are several ports, and each then needs a name"


def families(spec: Any) -> Iterator[Problem]:
    """Families twice, or two where there is to be one."""
    body = mapping(spec)
    given = [each for each in sequence(body.get("ipFamilies")) if isinstance(each, str)]
    if body.get("type") == "ExternalName":
        if given:
            yield ("ipFamilies",), "a Service of the type ExternalName has none"
        return
    for index, each in enumerate(given):
        if each in given[:index]:
            yield ("ipFamilies", index), f"{each} is there twice"
            return
    if len(given) > 1 and body.get("ipFamilyPolicy") == "SingleStack":
        yield ("ipFamilyPolicy",), "SingleStack has one of ipFamilies"


def of_load_balancers(spec: Any) -> Iterator[Problem]:
    """Fields of load balancers in a Service that is none."""
    body = mapping(spec)
    kind = body.get("type", "ClusterIP")
    if kind in ("ClusterIP", "NodePort", "ExternalName"):
        for key in ("loadBalancerSourceRanges", "allocateLoadBalancerNodePorts"):
            if body.get(key) not in (None, []):
                yield (key,), "it is for the type LoadBalancer only"
    local = kind == "LoadBalancer" and body.get("externalTrafficPolicy", "Cluster") != "Cluster"
    if body.get("healthCheckNodePort") and isinstance(kind, str) and not local:
        words = "it is for the type LoadBalancer with externalTrafficPolicy: Local only"
        yield ("healthCheckNodePort",), words


def class_parameters(value: Any) -> Iterator[Problem]:
    """Parameters of a class in a namespace that is not told, or told where there is none."""
    body = mapping(value)
    scope, namespace = body.get("scope", "Cluster"), body.get("namespace")
    if scope == "Namespace" and not namespace:
        yield ("namespace",), "the scope Namespace says which"
    elif scope == "Cluster" and namespace:
        yield ("namespace",), "the scope Cluster has none"
